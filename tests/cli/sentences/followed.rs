//! What a sentence advises is done, and what it was about is accepted then.

use super::*;

/// What a rejection's advice comes to: the cell that it was about, what is written instead or which options are added, and
/// what is read then.
const FOLLOWED: [(&str, &str, &str, &str); 46] = [
    ("", "id:12", "", "id:12"),
    ("=B2", "id:12", "", "id:12"),
    ("6.01E+10", "+60123456789", "", "phone:+60123456789"),
    (
        "-60123456789",
        "60123456789",
        "--bare-digits phone --bare-phones international",
        "phone:+60123456789",
    ),
    ("id:12¹", "id:12", "", "id:12"),
    (
        "аnn@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "аnn@example.com",
        "email:аnn@example.com",
        "",
        "email:аnn@example.com",
    ),
    (
        "60123456789",
        "60123456789",
        "--bare-digits id",
        "id:60123456789",
    ),
    ("60123456789", "id:60123456789", "", "id:60123456789"),
    ("60123456789", "+60123456789", "", "phone:+60123456789"),
    (
        "60123456789",
        "60123456789",
        "--bare-digits phone --region MY",
        "phone:+60123456789",
    ),
    ("id:12a", "id:12", "", "id:12"),
    ("id:007", "id:7", "", "id:7"),
    ("phone:none yet", "+60123456789", "", "phone:+60123456789"),
    (
        "+60123456789 ask Ann",
        "+60123456789",
        "",
        "phone:+60123456789",
    ),
    (
        "+1 415 555 0133 ext. 5",
        "+1 415 555 0133",
        "",
        "phone:+14155550133",
    ),
    (
        "+60123456789 / +60198765432",
        "+60198765432",
        "",
        "phone:+60198765432",
    ),
    ("60+123456789", "+60123456789", "", "phone:+60123456789"),
    (
        "012-345 6789",
        "012-345 6789",
        "--region MY",
        "phone:+60123456789",
    ),
    ("012-345 6789", "+60 12-345 6789", "", "phone:+60123456789"),
    (
        "phone:60123456789",
        "phone:60123456789",
        "--region MY",
        "phone:+60123456789",
    ),
    (
        "phone:123456789",
        "phone:123456789",
        "--region MY",
        "phone:+60123456789",
    ),
    (
        "phone:4915112345678",
        "phone:4915112345678",
        "--bare-phones international",
        "phone:+4915112345678",
    ),
    (
        "phone:447911123456",
        "phone:447911123456",
        "--region DE --bare-phones international",
        "phone:+447911123456",
    ),
    (
        "phone:447911123456",
        "phone:447911123456",
        "--region DE --bare-phones national",
        "phone:+49447911123456",
    ),
    (
        "phone:0016582345678",
        "+16582345678",
        "",
        "phone:+16582345678",
    ),
    (
        "phone:0016582345678",
        "phone:0016582345678",
        "--region SG",
        "phone:+6582345678",
    ),
    (
        "phone:0016582345678",
        "phone:0016582345678",
        "--region DE",
        "phone:+16582345678",
    ),
    ("+39 (0)5279348", "+3905279348", "", "phone:+3905279348"),
    ("+39 (0)5279348", "+39 05279348", "", "phone:+3905279348"),
    ("email:ann", "ann@example.com", "", "email:ann@example.com"),
    (
        "5215512345682@c.us",
        "+5215512345682",
        "",
        "phone:+5215512345682",
    ),
    (
        "ann@example.com; bob@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "ann@@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "Ann Lee ann@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "ann@example",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "\"ann\"@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "ann.@example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    (
        "o’brien@example.com",
        "o'brien@example.com",
        "",
        "email:o'brien@example.com",
    ),
    (
        "ann@exam_ple.com",
        "ann@exam-ple.com",
        "",
        "email:ann@exam-ple.com",
    ),
    (
        "ann@-example.com",
        "ann@example.com",
        "",
        "email:ann@example.com",
    ),
    ("Ann Lee", "id:12", "", "id:12"),
    ("0012 3456", "+6512345678", "", "phone:+6512345678"),
    ("+6012", "+60123456789", "", "phone:+60123456789"),
    ("+414742213519", "+41474221351", "", "phone:+41474221351"),
];

#[test]
fn a_rejected_contact_is_accepted_once_its_advice_is_followed() {
    let dir = dir();
    let mut wrong = Vec::new();
    for (before, after, options, read) in FOLLOWED {
        let write = |cell: &str| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for record in [["Contact", "Owner"], [cell, "102"], ["id:1", "102"]] {
                writer.write_record(record).expect("a vector takes bytes");
            }
            dir.write(
                "sheet.csv",
                writer.into_inner().expect("a vector takes bytes"),
            );
        };
        let options: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
        // Without its advice the row is rejected, but for the options that the page itself gives.
        write(before);
        let is_given = |given: &&[String]| given[0] == "--region" && options.len() > 2;
        let given = options.get(..2).filter(is_given).unwrap_or_default();
        let rejected = planned(&dir, "sheet.csv", given);
        if rejected.row(2).get("status") == "planned" && before != after {
            wrong.push(format!(
                "{before} is read as it stands: {}",
                rejected.row(2).get("contact")
            ));
        }
        write(after);
        let followed = planned(&dir, "sheet.csv", &options);
        let row = followed.row(2);
        if (row.get("status"), row.get("contact")) != ("planned", read) {
            wrong.push(format!(
                "`{}` was followed with `{after}` {options:?}: {} {} {}",
                rejected.row(2).get("error"),
                row.get("status"),
                row.get("contact"),
                row.get("error"),
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_rejected_user_is_accepted_once_the_advice_is_followed() {
    let users = ["--users", "users.csv"].map(str::to_owned);
    for (before, after, read) in [
        ("113", "102", "102"),
        ("mina.park@example.org", "ben.carter@example.com", "102"),
        ("Carter, Benn", "Ben Carter", "102"),
        ("Carter, Benn", "ben.carter@example.com", "102"),
        ("Front desk", "102", "102"),
        ("Zoltan Q", "102", "102"),
    ] {
        let dir = dir();
        dir.write("sheet.csv", format!("Contact,Owner\nid:1,\"{before}\"\n"));
        let rejected = planned(&dir, "sheet.csv", &users);
        assert_eq!(rejected.row(2).get("status"), "invalid", "{before}");
        dir.write("sheet.csv", format!("Contact,Owner\nid:1,\"{after}\"\n"));
        let followed = planned(&dir, "sheet.csv", &users);
        let row = followed.row(2);
        assert_eq!(
            (row.get("status"), row.get("assignee")),
            ("planned", read),
            "{}",
            row.get("error")
        );
    }
    // Or the user's sheet is completed.
    let dir = dir();
    for (name, line) in [
        ("113", "113,Zoltan Q,zoltan@example.com"),
        ("Zoltan Q", "113,Zoltan Q,zoltan@example.com"),
    ] {
        dir.write("more.csv", format!("id,name,email\n{line}\n"));
        dir.write("sheet.csv", format!("Contact,Owner\nid:1,{name}\n"));
        let more = ["--users", "more.csv"].map(str::to_owned);
        let row = planned(&dir, "sheet.csv", &more);
        assert_eq!(row.row(2).get("assignee"), "113", "{name}");
    }
}

/// What the advice about a cell of a workbook comes to: what is done in the workbook, and what is read then.
fn followed_in_a_workbook(what: &str) -> Vec<(Fill, &'static str)> {
    let text = |text: &'static str| -> Fill {
        let as_text = Format::new().set_num_format("@");
        Box::new(move |sheet| sheet.write_with_format(1, 0, text, &as_text).map(drop))
    };
    let typed = || text("id:12");
    match what {
        "long number" => vec![(
            Box::new(|sheet| {
                let as_text = Format::new().set_num_format("@");
                sheet.write(0, 0, "Contact ID")?;
                let contact = "1234567890123456";
                sheet.write_with_format(1, 0, contact, &as_text).map(drop)
            }),
            "id:1234567890123456",
        )],
        "date" => vec![(text("+60123456789"), "phone:+60123456789")],
        "boolean" => vec![(typed(), "id:12")],
        "error" | "formula" => vec![
            (
                Box::new(|sheet| {
                    let formula = Formula::new("=\"id:\"&12").set_result("id:12");
                    sheet.write(1, 0, formula).map(drop)
                }),
                "id:12",
            ),
            (typed(), "id:12"),
        ],
        "unshown" => vec![(typed(), "id:12")],
        "covered" => vec![(
            Box::new(|sheet| sheet.write(1, 0, "id:10131").map(drop)),
            "id:10131",
        )],
        other => panic!("what is `{other}`?"),
    }
}

#[test]
fn a_cell_of_a_workbook_is_accepted_once_its_advice_is_followed() {
    for example in Page::read().examples(WORKBOOK) {
        for (fill, read) in followed_in_a_workbook(example.what()) {
            let dir = dir();
            dir.write("book.xlsx", book(fill));
            let row = planned(&dir, "book.xlsx", &[]);
            let row = row.row(2);
            let told = (row.get("status"), row.get("contact"), row.get("assignee"));
            assert_eq!(told, ("planned", read, "102"), "{example:?}: {row:?}");
        }
        // Or in the results.
        let dir = dir();
        dir.write("book.xlsx", book(rejected(example.what())));
        plan(&dir, "book.xlsx", &["-o", "saved.csv"].map(str::to_owned)).exits(1);
        let mut saved = dir.results("saved.csv");
        saved.repair(2, "Contact", "id:12");
        saved.repair(2, "Owner", "102");
        let again = planned(&dir, "saved.csv", &[]);
        let row = again.row(2);
        let told = (row.get("status"), row.get("contact"), row.get("assignee"));
        assert_eq!(
            told,
            ("planned", "id:12", "102"),
            "{example:?} in results: {row:?}"
        );
    }
}

/// What the advice about a row comes to: the sheet and options with which all of it is read, and its contact then.
fn followed_in_a_row(what: &str) -> Vec<(String, &'static str, &'static str)> {
    let sheet = |row: &str| format!("Contact,Owner\nid:1,102\n{row}\nid:3,102\n");
    let countries =
        |row: &str| format!("Phone,Owner,Country\n+60123456789,102,MY\n{row}\nid:3,102\n");
    match what {
        "nul" => vec![(sheet("id:2,102"), "", "id:2")],
        "unclosed quote" => vec![
            (sheet("\"id:2\",102"), "", "id:2"),
            (sheet("id:2,102"), "", "id:2"),
        ],
        "too long" => {
            let ones = "1".repeat(1 << 19);
            let longer = format!("id:2,102\nid:4,{ones}\nid:5,{ones}");
            vec![(sheet(&longer), "", "id:2")]
        }
        "too many cells" => vec![(sheet("id:2,102\nid:4,102"), "", "id:2")],
        "more cells" => vec![(
            "Contact,Owner\nid:1,102\nid:2,\"102\"\nid:3,102\n".to_owned(),
            "",
            "id:2",
        )],
        "total" => vec![(
            "Contact ID,Owner,Name\n1,102,Ann\nid:12,102,Total\nid:3,102\n".to_owned(),
            "",
            "id:12",
        )],
        "unknown country" => vec![
            (countries("012-345 6789,102,MY"), "", "phone:+60123456789"),
            (
                countries("+60 12-345 6788,102,Wakanda"),
                "",
                "phone:+60123456788",
            ),
        ],
        other => panic!("what is `{other}`?"),
    }
}

#[test]
fn a_row_is_accepted_once_its_advice_is_followed() {
    let accepted =
        |row: &crate::support::ResultRow| matches!(row.get("status"), "planned" | "duplicate");
    for example in Page::read().examples(ROWS) {
        let dir = dir();
        if example.what() == "undecodable" {
            // In a column that is not used, which is all that this is about.
            let bytes = b"\xef\xbb\xbfContact,Owner,Name\nid:1,102,Ann\nid:2,102,Zo\xeb\n".to_vec();
            dir.write("sheet.csv", &bytes);
            let row = planned(&dir, "sheet.csv", &[]);
            assert_eq!(row.row(3).get("status"), "invalid");
            let row = planned(
                &dir,
                "sheet.csv",
                &["--encoding", "windows-1252"].map(str::to_owned),
            );
            assert_eq!(
                (row.row(3).get("status"), row.row(3).0["Name"].as_str()),
                ("planned", "Zoë")
            );
            dir.write(
                "sheet.csv",
                "\u{feff}Contact,Owner,Name\nid:1,102,Ann\nid:2,102,Zoë\n",
            );
            assert_eq!(
                planned(&dir, "sheet.csv", &[]).row(3).get("status"),
                "planned"
            );
            continue;
        }
        for (sheet, options, contact) in followed_in_a_row(example.what()) {
            dir.write("sheet.csv", sheet);
            let options: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
            let rows = planned(&dir, "sheet.csv", &options);
            let row = rows.row(3);
            assert!(
                accepted(row) && row.get("contact") == contact,
                "{example:?}: {row:?}"
            );
        }
        // Or in the results.
        dir.write("rows.csv", row(example.what()));
        plan(&dir, "rows.csv", &["-o", "saved.csv"].map(str::to_owned)).exits(1);
        let mut saved = dir.results("saved.csv");
        let (contact, told) = match example.what() {
            "unknown country" => ("+60 12-345 6788", "phone:+60123456788"),
            _ => ("id:2", "id:2"),
        };
        let column = ["Contact", "Phone", "Contact ID"];
        let column = column
            .into_iter()
            .find(|name| saved.row(3).0.contains_key(*name));
        saved.repair(3, column.expect("a contact column"), contact);
        saved.repair(3, "Owner", "102");
        if example.what() == "more cells" {
            saved.repair(3, "reassign_surplus", "");
        }
        let rows = planned(&dir, "saved.csv", &[]);
        let row = rows.row(3);
        assert!(
            accepted(row) && row.get("contact") == told,
            "{example:?} in results: {row:?}"
        );
    }
}

/// What the advice about all rows comes to: the options that are added, or what is done to the sheet.
fn followed_for_all_rows(dir: &Workdir, what: &str) -> Vec<&'static str> {
    match what {
        "hidden" => vec!["--hidden-rows skip", "--hidden-rows include"],
        "digits" => vec![
            "--assignee Agent --bare-digits id",
            "--assignee Owner --bare-digits phone --region MY",
            "--assignee Owner --bare-digits phone --bare-phones international",
        ],
        "without owner" => vec!["--assignee Owner --max-unassign 1"],
        "other order" => {
            dir.write("sheet.csv", "Contact,Owner\nid:1,102\nid:2,102\n");
            vec![""]
        }
        "same row" => {
            dir.results("saved.csv").repair_first("reassign_row", "");
            vec![""]
        }
        other => panic!("what is `{other}`?"),
    }
}

#[test]
fn rows_are_read_once_the_advice_about_all_of_them_is_followed() {
    for example in Page::read().examples(ABOUT_ROWS) {
        let dir = dir();
        let sheet = in_the_way(&dir, example.what());
        for options in followed_for_all_rows(&dir, example.what()) {
            let options: Vec<&str> = options.split_whitespace().collect();
            if example.what() == "without owner" {
                dir.apply(sheet, &Sandbox::start(), &options).exits(0);
                continue;
            }
            let typed: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
            let rows = planned(&dir, sheet, &typed);
            let left_out = usize::from(options.contains(&"skip"));
            let read = rows.count("planned") + left_out;
            assert_eq!(read, rows.rows.len(), "{example:?} {options:?}");
        }
    }
}

/// What the advice about columns comes to: the header, a row below it, and the options that are added.
fn followed_in_columns(what: &str) -> Vec<(&'static str, &'static str, &'static [&'static str])> {
    const PHONE: &str = "+60123456789,102";
    const THREE: &str = "+60123456789,+60198765432,102";
    const IDS: &str = "12,+60123456789,102";
    const USERS: &str = "+60123456789,102,103";
    const OURS: &str = "+60123456789,102,,,,";
    match what {
        "no identifier" => vec![
            ("Name,Owner", PHONE, &["--identifier", "Name"]),
            ("Name,Owner\nContact,Owner", PHONE, &["--header-row", "2"]),
        ],
        "no assignee" => vec![
            ("Phone,Name", PHONE, &["--assignee", "Name"]),
            ("Phone,Name\nPhone,Owner", PHONE, &["--header-row", "2"]),
        ],
        "identifier" => vec![
            ("Phone,Mobile,Owner", THREE, &["--identifier", "Phone"]),
            ("Phone,Mobile,Owner", THREE, &["--identifier", "Mobile"]),
        ],
        "id beside" => vec![
            (
                "Contact ID,Phone,Owner",
                IDS,
                &["--identifier", "Contact ID"],
            ),
            ("Contact ID,Phone,Owner", IDS, &["--identifier", "Phone"]),
        ],
        "assignee" => vec![
            ("Phone,Owner,Agent", USERS, &["--assignee", "Owner"]),
            ("Phone,Owner,Agent", USERS, &["--assignee", "Agent"]),
        ],
        "no such column" => vec![("Phone,Owner", PHONE, &["--assignee", "Owner"])],
        "ambiguous" => vec![
            ("Phone,Owner,owner", USERS, &["--assignee", "B"]),
            ("Phone,Owner,owner", USERS, &["--assignee", "C"]),
        ],
        "twice ours" => vec![(
            "Contact,Owner,reassign_row,reassign_contact,reassign_assignee,reassign_status,Row",
            OURS,
            &[],
        )],
        "no such header" => vec![
            ("Phone,Owner", PHONE, &["--header-row", "1"]),
            ("Phone,Owner", PHONE, &[]),
        ],
        "same column" => vec![("Phone,Owner", PHONE, &["--identifier", "Phone"])],
        "empty" => vec![("Phone,Owner", PHONE, &[])],
        "current" => {
            let (header, row) = (
                "Phone,Old owner,Current agent,New owner",
                "+60123456789,102,103,104",
            );
            vec![
                (header, row, &["--current", "Old owner"]),
                (header, row, &["--current", "Current agent"]),
            ]
        }
        "country" => {
            let (header, row) = ("Phone,Country,Land,Owner", "012-345 6789,MY,MY,102");
            vec![
                (header, row, &["--region-column", "Country"]),
                (header, row, &["--region-column", "Land"]),
            ]
        }
        "no header" => vec![
            (
                "+60123456788,102",
                PHONE,
                &["--header-row", "0", "--identifier", "A", "--assignee", "B"],
            ),
            ("a,b\nPhone,Owner", PHONE, &["--header-row", "2"]),
        ],
        "rows as cells" => vec![("Phone,Owner", PHONE, &[])],
        "half results" => vec![
            (
                "Contact,Owner,reassign_row,reassign_contact,reassign_assignee,reassign_status",
                OURS,
                &[],
            ),
            ("Contact,Owner,Row", "+60123456789,102,", &[]),
        ],
        other => panic!("what is `{other}`?"),
    }
}

#[test]
fn columns_are_known_once_the_advice_about_them_is_followed() {
    for example in Page::read().examples(COLUMNS) {
        for (header, row, options) in followed_in_columns(example.what()) {
            let dir = dir();
            dir.write("sheet.csv", format!("{header}\n{row}\n"));
            let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
            let rows = planned(&dir, "sheet.csv", &options);
            let statuses: Vec<_> = rows
                .statuses()
                .into_iter()
                .map(|(_, status)| status)
                .collect();
            assert!(
                !statuses.is_empty() && statuses.iter().all(|status| *status == "planned"),
                "{example:?}, {header} {options:?}: {statuses:?}"
            );
        }
    }
}

#[test]
fn a_results_file_is_read_again_once_the_advice_about_it_is_followed() {
    let dir = dir();
    dir.write("sheet.csv", "Contact,Owner\nid:1,102\nid:2,103\n");
    for example in Page::read().examples(RESULTS) {
        plan(&dir, "sheet.csv", &["-o", "saved.csv"].map(str::to_owned)).exits(0);
        let mut saved = dir.results("saved.csv");
        let before = saved
            .row(2)
            .get(example.cell(1).trim_start_matches("reassign_"))
            .to_owned();
        saved.repair(2, &example.cell(1), &example.cell(2));
        plan(&dir, "saved.csv", &[]).is_refused(2);
        saved.repair_first(&example.cell(1), &before);
        assert_eq!(
            planned(&dir, "saved.csv", &[]).count("planned"),
            2,
            "{example:?}, restored"
        );
        let ours = saved.rows[0]
            .0
            .keys()
            .filter(|name| name.starts_with("reassign_"));
        for name in ours.cloned().collect::<Vec<_>>() {
            saved.repair_first(&name, "");
        }
        let rows = planned(&dir, "saved.csv", &[]);
        let told: Vec<_> = rows.rows.iter().map(|row| row.get("contact")).collect();
        assert_eq!(
            (rows.count("planned"), told.len()),
            (2, 2),
            "{example:?}, emptied: {told:?}"
        );
        fs::remove_file(dir.path("saved.csv")).expect("the plan");
    }
}
