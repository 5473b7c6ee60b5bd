//! Sheets of `tests/data/faults` that once went wrong, each standing for a kind; with what is right.

use std::fs;
use std::path::Path;

use super::*;
use crate::main_job::choices::shell;
use crate::main_job::command_after;

fn fault(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/faults");
    fs::read(folder.join(name)).expect("a sheet")
}

/// What `plan` says of one of these sheets.
#[track_caller]
fn of(dir: &Workdir, name: &str, more: &[&str]) -> Ended {
    dir.write(name, fault(name));
    let args = ["plan", name, "--sandbox", "-o", "plan.csv"];
    dir.run(args.iter().chain(more))
}

#[track_caller]
fn rows(name: &str, more: &[&str]) -> (Ended, Results) {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, name, more);
    assert!([0, 1].contains(&ended.code()), "refused\n{ended}");
    let rows = Results::read_any(&dir.path("plan.csv"));
    (ended, rows)
}

/// Contact, assignee and status, or what is wrong, of every row.
fn told(rows: &Results) -> Vec<String> {
    let each = rows.rows.iter().map(|row| match row.get("status") {
        "planned" => format!("{} {}", row.get("contact"), row.get("assignee")),
        _ => row.get("error").to_owned(),
    });
    each.collect()
}

#[test]
fn the_column_that_says_where_contacts_go_is_taken_and_the_others_are_named() {
    let (ended, rows) = rows("owner_beside_reassign_to.csv", &[]);
    ended
        .says("new owner in `Reassign to`")
        .says("present owner in `Owner`");
    assert_eq!(told(&rows), ["id:1 101", "id:3 101", "id:5 101"]);
    let (ended, _) = plan("Phone,Name,Owner,City\n+60123456701,Ann,12,Rome\n", &[]);
    ended.says("other columns, kept as they are: `Name`, `City`");
}

#[test]
fn no_command_fills_in_a_column_that_was_not_recognized() {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "no_assignee_column.csv", &[]).is_refused(2);
    ended
        .says("no column is named like a new owner")
        .does_not_say("--assignee Extension");
    let ended = of(&dir, "zendesk_ticket_id.csv", &[]).is_refused(2);
    let ended = ended
        .says("no column is named like a contact")
        .says("`Requester email` (ah.meng@example.com, bala@example.com) finds each contact")
        .does_not_say("--identifier 'Ticket ID'");
    let offered = "`Requester email` (ah.meng@example.com, bala@example.com) finds each contact by what is in it:";
    shell(&dir, &command_after(&ended, offered)).exits(1);
    let rows = Results::read_any(&dir.path("plan.csv"));
    assert_eq!(told(&rows)[0], "email:ah.meng@example.com siti@example.org");
}

#[test]
fn every_answer_that_is_printed_is_a_command_that_works() {
    for (name, offered, code) in [
        (
            "google_contacts.csv",
            "`E-mail 1 - Value` (c1@example.com ::: c1b@example.com, c2@example.com) finds each contact by what is in it:",
            1,
        ),
        (
            "side_by_side.xlsx",
            "`Email (column D)` (r0@example.com, r1@example.com) finds each contact by what is in it; `Owner (column E)` (13) gives \
             each contact to the user named here:",
            1,
        ),
        (
            "two_columns_one_name.csv",
            "`Owner (column B)` (101) gives each contact to the user named here:",
            0,
        ),
    ] {
        let dir = Workdir::with("x", "");
        let ended = of(&dir, name, &[]).is_refused(2);
        shell(&dir, &command_after(&ended, offered)).exits(code);
    }
}

#[test]
fn what_could_be_two_things_without_a_header_is_asked() {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "headerless_owner_first.csv", &[]).is_refused(2);
    let ended = ended.says("`A`, `B` (siti@example.org, ben@example.org) are contact and user");
    let offered = "`B`, `A` (c1@example.com, c2@example.com) are contact and user, in this order:";
    shell(&dir, &command_after(&ended, offered)).exits(0);
    let rows = Results::read_any(&dir.path("plan.csv"));
    assert_eq!(told(&rows)[0], "email:c1@example.com siti@example.org");
}

#[test]
fn the_same_command_goes_on_without_a_header() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with("headerless.csv", fault("headerless.csv"));
    let options = ["--header-row", "0", "--identifier", "1", "--assignee", "2"];
    let first = [&options[..], &["--limit", "1"]].concat();
    apply(&dir, "headerless.csv", &sandbox, &first).exits(1);
    let ended = apply(&dir, "headerless.csv", &sandbox, &options);
    assert!([0, 1].contains(&ended.code()), "{ended}");
}

#[test]
fn an_exit_code_that_could_be_two_is_asked_about() {
    let (_, asked) = rows("exit_code_001.csv", &[]);
    assert!(
        told(&asked)[0].contains("+16582345678 or +6582345678"),
        "{:?}",
        told(&asked)
    );
    let (_, dialled) = rows("exit_code_001.csv", &["--region", "SG"]);
    assert_eq!(
        told(&dialled),
        ["phone:+6582345678 101", "phone:+6565123456 102"]
    );
}

#[test]
fn digits_with_zeros_in_front_are_no_id() {
    let (_, rows) = plan("Contact,Owner\n0060123456789,12\n", &[]);
    assert_eq!(read(&rows), ["2 phone:+60123456789 12 planned"]);
}

#[test]
fn the_region_that_was_given_decides_unless_both_readings_are_in_use() {
    let (_, rows) = rows("us_area_codes.csv", &["--region", "US"]);
    let told = told(&rows);
    let sent = told
        .iter()
        .filter(|told| told.starts_with("phone:+1"))
        .count();
    let asked = told
        .iter()
        .filter(|told| told.contains("say which with `--bare-phones"))
        .count();
    assert_eq!(sent + asked, told.len(), "{told:?}");
    assert!(
        asked * 8 < told.len(),
        "{asked} of {} are asked about",
        told.len()
    );
}

#[test]
fn numbers_of_former_plans_are_sent_as_they_stand_and_listed() {
    let (ended, mexico) = rows("whatsapp_mexico.csv", &[]);
    ended.says("please check: 3 phone numbers");
    assert_eq!(
        told(&mexico),
        [
            "phone:+5212221234567 101",
            "phone:+5212221234568 101",
            "phone:+5212221234569 101",
            "phone:+522221234560 101"
        ]
    );
    let (ended, ivory) = rows("ivory_coast_old.csv", &[]);
    ended.says("please check: 1 phone number");
    assert_eq!(
        told(&ivory),
        ["phone:+22501234567 104", "phone:+2250123456789 104"]
    );
}

#[test]
fn a_chat_id_is_named_with_its_number() {
    let (_, rows) = rows("chat_ids.csv", &[]);
    let told = told(&rows);
    assert!(
        told[0].contains(
            "this is a chat ID and no email address; write its phone number, `+5215512345682`"
        ),
        "{told:?}"
    );
    assert!(told[1].contains("`+60123456701`"), "{told:?}");
}

#[test]
fn letters_of_every_script_stand_in_addresses_alike() {
    let (_, rows) = rows("eai.csv", &[]);
    assert_eq!(
        told(&rows),
        [
            "email:josé@example.es 12",
            "email:李@example.com 12",
            "email:ñoño@example.es 12",
            "email:straße@example.de 12"
        ]
    );
    // The way out for what is refused.
    let (_, refused) = plan(
        "Email,Owner\nаnn@example.com,12\nemail:аnn@example.com,12\n",
        &[],
    );
    let statuses: Vec<_> = refused.rows.iter().map(|row| row.get("status")).collect();
    assert_eq!(statuses, ["invalid", "planned"]);
}

#[test]
fn a_name_beside_an_address_is_read_where_one_address_is_named() {
    let (_, rows) = rows("name_and_address.csv", &[]);
    let told = told(&rows);
    for row in [
        "ann03", "ann04", "ann05", "ann06", "ann06b", "ann07", "ann21", "ann22", "ann23", "ann24",
        "ann25", "ann26", "ann35", "ann41",
    ] {
        let email = format!("email:{row}@example.com 101");
        assert!(told.contains(&email), "{email} in {told:#?}");
    }
    assert!(told.contains(&"email:пошта32@example.com 101".to_owned()));
    // Two addresses are two.
    for row in ["ann27", "ann28", "ann29"] {
        let reason = told.iter().find(|told| told.contains(row)).expect("a row");
        assert!(reason.contains("more than one email address"), "{reason}");
    }
}

#[test]
fn a_name_and_an_address_that_contradict_each_other_are_refused() {
    let users = "name_contradicts_address.users.csv";
    let dir = Workdir::with(users, fault(users));
    let ended = of(&dir, "name_contradicts_address.csv", &["--users", users]);
    assert_eq!(ended.code(), 1, "{ended}");
    let rows = Results::read_any(&dir.path("plan.csv"));
    let told = told(&rows);
    assert_eq!(told[0], "id:1 101", "{told:#?}");
    assert_eq!(told[20], "id:21 101");
    assert_eq!(told[21], "id:22 101");
    assert!(
        told[22].contains("Dee Fox") && told[22].contains("Ann Lee"),
        "{}",
        told[22]
    );
}

#[test]
fn remarks_that_reports_leave_below_the_data_are_no_rows() {
    let (_, power_bi) = rows("powerbi_bottom.xlsx", &[]);
    assert_eq!(told(&power_bi)[3], "id:12004 101");
    assert_eq!(power_bi.rows[4].get("status"), "skipped");
    for identifier in ["Contact ID", "Email"] {
        let (_, salesforce) = rows("sf_report.csv", &["--identifier", identifier]);
        let statuses: Vec<_> = salesforce
            .rows
            .iter()
            .map(|row| row.get("status"))
            .collect();
        assert_eq!(statuses[..2], ["planned"; 2]);
        assert_eq!(statuses[2..], ["skipped"; 5]);
    }
    // What is asked shows contacts, not remarks.
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "sf_report.csv", &[]).is_refused(2);
    ended
        .says("`Contact ID` (12001, 12002) finds")
        .does_not_say("Contacts by owner");
}

#[test]
fn a_name_alone_below_the_data_is_still_somebodys() {
    for below in [
        "\nAnn Lee,,\n",
        "\nAnn Lee,,\nBen Fox,,\n",
        "Contacts of the north and of the south,,\n+60123456702,12,\n",
        "\n0123 456 789 ext 12,,\n\nGenerated by: Ann,,\n",
    ] {
        let sheet = format!("Contact,Owner,City\n+60123456701,12,Rome\n{below}");
        let (_, rows) = plan(&sheet, &[]);
        assert_eq!(rows.rows[1].get("status"), "invalid", "{below:?}");
    }
}

#[test]
fn a_header_far_down_is_found_or_the_option_for_it_is_named() {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "data_from_row_23.xls", &[]).is_refused(2);
    ended
        .says("row 23 names `test`")
        .says("`--header-row`")
        .does_not_say("empty");
    let above = "Report,,\n".repeat(40);
    let (ended, rows) = plan(
        &format!("{above}Phone,City,Owner\n+60123456701,Rome,12\n"),
        &[],
    );
    ended.says("header in row 41");
    assert_eq!(rows.rows.len(), 1);
}

#[test]
fn rows_that_were_quoted_as_a_whole_are_named_as_the_cause() {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "whole_lines_quoted.csv", &[]).is_refused(2);
    ended
        .says("all cells of each row are in column A, as in `Contact,Owner`")
        .does_not_say("reassign plan whole_lines_quoted.csv");
}

#[test]
fn the_delimiter_is_the_one_under_which_the_header_names_columns() {
    let (_, rows) = rows("semicolons_and_commas.csv", &[]);
    assert_eq!(told(&rows)[0], "phone:+60123456701 101");
}

#[test]
fn text_of_a_macintosh_is_read() {
    let (ended, rows) = rows("macintosh.csv", &[]);
    ended.says("encoding macintosh (a guess");
    assert_eq!(told(&rows)[1], "phone:+60123456702 102");
}

#[test]
fn text_of_dos_is_named_as_the_cause_with_both_ways_out() {
    let dir = Workdir::with(
        "dos.csv",
        b"T\x82l\x82phone;Propri\x82taire\n+60123456701;101\n",
    );
    let ended = dir.run(["plan", "dos.csv", "--sandbox"]).is_refused(2);
    ended.says("code page 437 or 850").says("`CSV UTF-8`");
    let windows = ["plan", "dos.csv", "--sandbox", "--encoding", "windows-1252"];
    let columns = ["--identifier", "A", "--assignee", "B"];
    dir.run(windows.iter().chain(&columns)).exits(0);
}

#[test]
fn no_command_holds_letters_that_were_only_guessed() {
    // Polish in a code page of DOS is guessed wrongly.
    let header = b"Telefon;W\x88a\x98ciciel email;Kl\xA7ient email\n";
    let rows = b"+60123456701;dee@example.com;ann@example.com\n";
    let dir = Workdir::with("polish.csv", [&header[..], rows].concat());
    let ended = dir.run(["plan", "polish.csv", "--sandbox"]).is_refused(2);
    let stderr = ended.stderr();
    let commands: Vec<_> = stderr
        .lines()
        .filter(|line| line.trim().contains("plan polish.csv"))
        .collect();
    assert!(!commands.is_empty(), "{ended}");
    assert!(commands.iter().all(|line| line.is_ascii()), "{ended}");
}

#[test]
fn a_sheet_of_thousands_of_columns_is_refused_in_a_few_lines() {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "wide_4000.csv", &[]).is_refused(2);
    assert!(ended.stderr().len() < 2_000, "{ended}");
}

#[test]
fn columns_of_unknown_names_are_shown_with_what_they_hold() {
    let dir = Workdir::with("x", "");
    of(&dir, "no_assignee_column.csv", &[])
        .is_refused(2)
        .says("row 1 names `Contact ID` (10001, 10002), `Customer` (L, M), `Extension` (101, 102)");
}

#[test]
fn every_one_of_these_sheets_has_its_test() {
    let tests = [
        "went_wrong.rs",
        "../reading/no_rows.rs",
        "../reading/number_formats.rs",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/columns");
    let tests = tests.map(|file| fs::read_to_string(folder.join(file)).expect("tests"));
    let sheets = fs::read_dir(folder.join("../../data/faults")).expect("the sheets");
    for sheet in sheets.map(|sheet| sheet.expect("a sheet").file_name()) {
        let name = sheet.to_string_lossy();
        assert!(tests.iter().any(|test| test.contains(&*name)), "{name}");
    }
}
