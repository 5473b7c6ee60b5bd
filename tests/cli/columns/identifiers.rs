//! Several columns that identify the contact.

use super::*;

const TWO: &str = "Email,Phone,Owner\nann@example.com,+60123456789,12\nbo@example.com,,13\n,,14\n";

#[test]
fn the_first_that_is_not_blank_in_a_row_is_used() {
    let (ended, rows) = plan(TWO, &[]);
    assert_eq!(
        read(&rows),
        [
            "2 phone:+60123456789 12 planned",
            "3 email:bo@example.com 13 planned",
            "4  14 invalid"
        ]
    );
    ended.says("contact in `Phone`, else `Email`");
    let (ended, rows) = plan(TWO, &["--identifier", "Email,Phone"]);
    assert_eq!(read(&rows)[0], "2 email:ann@example.com 12 planned");
    ended.says("contact in `Email`, else `Phone`");
}

#[test]
fn an_id_beside_them_stops_the_plan_until_an_option_says() {
    let sheet = "ID,Email,Phone,Owner\n7,ann@example.com,+60123456789,12\n8,,,13\n";
    refused(sheet, &[])
        .says("`ID`, `Phone`, `Email` are side by side")
        .says("--identifier Phone,Email");
    let (_, rows) = plan(sheet, &["--identifier", "Email,ID"]);
    assert_eq!(
        read(&rows),
        ["2 email:ann@example.com 12 planned", "3 id:8 13 planned"]
    );
}
