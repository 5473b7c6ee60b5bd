//! Headers in two rows, none, and rows below that look like one.

use super::*;

#[test]
fn groups_above_the_names_belong_to_them() {
    let sheets = [
        // Merged groups.
        "Contact,,Owner,\nPhone,Email,Current,New\n+60123456789,,12,13\n,ann@example.com,14,15\n",
        // Repeated groups, and a title above.
        "Handover,,,\nContact,Contact,Owner,Owner\nPhone,Email,From,To\n+60123456789,,12,13\n,ann@example.com,14,15\n",
        // Blank rows above, a blank column to the left, a column merged downwards.
        ",,,,,\n,,,,,\n,Kunde,,Name,Betreuer,\n,Telefon,E-Mail,,Alt,Neu\n,+60123456789,,Ann,12,13\n,,ann@example.com,Bo,14,15\n",
        // Groups that say nothing, above names that say all.
        "Person details,,Assignment,\nPhone,Email,Current owner,New owner\n+60123456789,,12,13\n,ann@example.com,14,15\n",
        "客户,,负责人,\n电话,邮箱,变更前,变更后\n+60123456789,,12,13\n,ann@example.com,14,15\n",
    ];
    for sheet in sheets {
        let (ended, rows) = plan(sheet, &[]);
        let found: Vec<_> = rows
            .rows
            .iter()
            .map(|row| (row.get("contact"), row.get("assignee")))
            .collect();
        assert_eq!(
            found,
            [
                ("phone:+60123456789", "13"),
                ("email:ann@example.com", "15")
            ],
            "{sheet}\n{ended}"
        );
        ended.says("header in rows ").says("2 rows say who");
    }
}

#[test]
fn results_of_a_header_in_two_rows_are_read_again() {
    let sandbox = Sandbox::start();
    let sheet = "Contact,,Owner,\nPhone,Email,Current,New\n,lina.ng@example.com,,105\n,zoe.moreau@example,,105\n";
    let dir = Workdir::with(SHEET, sheet);
    apply(&dir, SHEET, &sandbox, &[]).exits(1);
    let mut results = dir.results(RESULTS);
    assert_eq!(
        results.header[..4],
        [
            "Contact Phone",
            "Contact Email",
            "Owner Current",
            "Owner New"
        ]
    );
    results.repair(4, "Contact Email", "zoe.moreau@example.org");
    apply(&dir, RESULTS, &sandbox, &[]).exits(0);
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn data_below_a_header_is_never_taken_for_a_part_of_it() {
    let sheet = "Contact,,Owner\nphone,x,agent\n+60123456789,,12\n";
    let (_, rows) = plan(sheet, &[]);
    // `phone` and `agent` could be names, so the first row may be a group; either way nothing is sent to them.
    assert!(
        rows.rows
            .iter()
            .all(|row| row.get("status") == "invalid" || row.get("assignee") == "12")
    );
    let (ended, rows) = plan(
        "Email,,Owner\nann@example.com,user,12\nbo@example.com,mobile,13\n",
        &[],
    );
    assert_eq!(
        read(&rows),
        [
            "2 email:ann@example.com 12 planned",
            "3 email:bo@example.com 13 planned"
        ]
    );
    ended.says("header in row 1,");
}

#[test]
fn a_header_that_is_refused_is_not_passed_over_for_a_row_below() {
    refused(
        "Contact ID,Phone,Type,Owner\n12,+60123456789,mobile,user\n13,+60198765432,mobile,agent\n",
        &[],
    )
    .says("`Contact ID`, `Phone` are side by side");
}

#[test]
fn a_sheet_without_a_header_is_read_by_what_its_cells_hold() {
    for sheet in [
        "Ann Lee,+60123456789,12\nBo,+60198765432,agent@example.com\n",
        "+60123456789,12\n+60198765432,agent@example.com\n",
        "12,+60123456789\nagent@example.com,+60198765432\n",
    ] {
        let (_, told) = plan(sheet, &["--header-row", "0"]);
        let (ended, rows) = plan(sheet, &[]);
        assert_eq!(read(&told), read(&rows));
        let ended = ended.says("no header, columns by position");
        assert_eq!(
            read(&rows),
            [
                "1 phone:+60123456789 12 planned",
                "2 phone:+60198765432 agent@example.com planned"
            ],
            "{ended}"
        );
    }
}

#[test]
fn cells_that_leave_it_open_are_refused_with_the_options_that_decide() {
    for sheet in [
        "60123456789,12\n60198765432,13\n",
        "1001,ann@example.com\n1002,bo@example.com\n",
        "ann@example.com,bo@example.com,12\neve@example.com,bo@example.com,13\n",
        "ann@example.com,12\neve@example.com,13\n",
        "ann@example.com,bo@example.org\neve@example.com,bo@example.org\n",
    ] {
        refused(sheet, &[])
            .says("none of the first 50 rows names the columns")
            .says("`A`, `B` (")
            .says("--header-row 0 --identifier A --assignee B");
    }
    refused("Name,City\nAnn,Rome\n", &[])
        .says("no column is named like a contact (row 1 names `Name` (Ann), `City` (Rome))");
}

#[test]
fn results_of_a_sheet_without_a_header_keep_their_columns() {
    let sandbox = Sandbox::start();
    let sheet = "12,,lina.ng@example.com,105\n13,zoe.moreau@example,,105\n";
    let dir = Workdir::with(SHEET, sheet);
    let options = [
        "--header-row",
        "0",
        "--identifier",
        "B,C",
        "--assignee",
        "4",
    ];
    apply(&dir, SHEET, &sandbox, &options).exits(1);
    let mut results = dir.results(RESULTS);
    assert_eq!(
        results.header[..4],
        ["column 1", "contact", "contact 2", "assignee"]
    );
    results.repair(2, "contact", "zoe.moreau@example.org");
    apply(&dir, RESULTS, &sandbox, &[]).exits(0);
    assert_eq!(sandbox.writes(), 2);
}

#[test]
fn a_column_of_assignees_by_name_counts_where_nothing_says_more() {
    let (ended, _) = plan("Phone,Agent name\n+60123456789,Ann Lee\n", &[]);
    ended.says("new owner in `Agent name`");
    let (ended, _) = plan(
        "Phone,Agent name,Agent email\n+60123456789,Ann Lee,ann@example.com\n",
        &[],
    );
    ended.says("new owner in `Agent email`");
    let (ended, _) = plan("Phone,Owner,New owner name\n+60123456789,12,Ann Lee\n", &[]);
    ended.says("new owner in `New owner name`");
}

#[test]
fn names_in_a_column_of_customers_leave_the_phone_beside_it() {
    let (ended, rows) = plan(
        "Customer,Phone,Owner\nAh Meng,+60123456789,12\nBala,+60198765432,13\n",
        &[],
    );
    assert_eq!(read(&rows)[0], "2 phone:+60123456789 12 planned");
    ended.says("contact in `Phone`,");
    refused(
        "Customer,Phone,Owner\nann@example.com,+60123456789,12\n",
        &[],
    )
    .says("`Customer`, `Phone` could all hold the contact");
}
