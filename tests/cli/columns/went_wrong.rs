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
    ended.says("columns not used: `Name`, `City`");
}

#[test]
fn no_command_fills_in_a_column_that_was_not_recognized() {
    let dir = Workdir::with("x", "");
    let ended = of(&dir, "no_assignee_column.csv", &[]).is_refused(2);
    ended
        .says("no column is named like an assignee")
        .does_not_say("--assignee Extension");
    let ended = of(&dir, "zendesk_ticket_id.csv", &[]).is_refused(2);
    let ended = ended
        .says("no column is named like a contact")
        .says("`Requester email` (ah.meng@example.com, bala@example.com) finds each contact")
        .does_not_say("--identifier 'Ticket ID'");
    let offered = "`Requester email` (ah.meng@example.com, bala@example.com) finds each contact by what stands here:";
    shell(&dir, &command_after(&ended, offered)).exits(1);
    let rows = Results::read_any(&dir.path("plan.csv"));
    assert_eq!(told(&rows)[0], "email:ah.meng@example.com siti@example.org");
}

#[test]
fn every_answer_that_is_printed_is_a_command_that_works() {
    for (name, offered, code) in [
        (
            "google_contacts.csv",
            "`E-mail 1 - Value` (c1@example.com ::: c1b@example.com, c2@example.com) finds each contact by what stands here:",
            1,
        ),
        (
            "side_by_side.xlsx",
            "`Email (column D)` (r0@example.com, r1@example.com) finds each contact by what stands here; `Owner (column E)` (13) gives \
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
    ended.says("worth a look: 3 phone numbers");
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
    ended.says("worth a look: 1 phone number");
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
