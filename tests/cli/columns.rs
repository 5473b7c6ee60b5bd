//! Which columns hold what: who has a contact now, headers in two rows or none, footers, countries.

use crate::support::{Ended, Held, Results, Sandbox, Workdir};

const SHEET: &str = "team.csv";
const RESULTS: &str = "team.results.csv";
/// Contacts of the sample workspace that have an email address and no phone number.
const LINA: u64 = 10014;
const ZOE: u64 = 10074;

fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox, more: &[&str]) -> Ended {
    dir.apply(sheet, sandbox, &[&["--rate", "1000/s"], more].concat())
}

/// What `plan` says of a sheet, and its rows.
#[track_caller]
fn plan(text: &str, more: &[&str]) -> (Ended, Results) {
    let dir = Workdir::with(SHEET, text);
    let args = ["plan", SHEET, "--sandbox", "-o", "plan.csv"];
    let ended = dir.run(args.iter().chain(more));
    assert!(ended.code() == 0 || ended.code() == 1, "refused\n{ended}");
    let rows = Results::read_any(&dir.path("plan.csv"));
    (ended, rows)
}

/// What `plan` says of a sheet that it refuses.
#[track_caller]
fn refused(text: &str, more: &[&str]) -> Ended {
    let dir = Workdir::with(SHEET, text);
    let args = ["plan", SHEET, "--sandbox"];
    dir.run(args.iter().chain(more)).is_refused(2)
}

/// Row number, contact, assignee and status of every row, with spaces between.
fn read(rows: &Results) -> Vec<String> {
    let rows = rows.rows.iter();
    rows.map(|row| {
        let cells = ["row", "contact", "assignee", "status"].map(|name| row.get(name));
        cells.join(" ")
    })
    .collect()
}

fn held(assignee: &str, writes: u32) -> Held {
    Held {
        assignee: assignee.to_owned(),
        writes,
    }
}

mod current {
    use super::*;

    /// Lina with whom she is, Zoe with somebody else.
    fn sheet(sandbox: &Sandbox, header: &str) -> String {
        let record = sandbox.record();
        let (lina, zoe) = (&record[&LINA].assignee, &record[&ZOE].assignee);
        let has = |who: &str| {
            if who.is_empty() {
                "unassign".to_owned()
            } else {
                who.to_owned()
            }
        };
        let other = if zoe == "daniel.lim@example.com" {
            "101"
        } else {
            "daniel.lim@example.com"
        };
        format!(
            "{header}\nlina.ng@example.com,{},grace.tan@example.com\nzoe.moreau@example.org,{other},grace.tan@example.com\n",
            has(lina)
        )
    }

    #[test]
    fn a_contact_that_somebody_else_has_is_not_written() {
        for header in [
            "Email,Current owner,New owner",
            "Email,From,To",
            "Email,Old,New",
            "Email,Previous agent,Next agent",
            "E-Mail,Bisheriger Betreuer,Neuer Betreuer",
            "邮箱,原负责人,新负责人",
            "メール,変更前,変更後",
            "Email,Previous owner,Owner",
        ] {
            let sandbox = Sandbox::start();
            let dir = Workdir::with(SHEET, sheet(&sandbox, header));
            let before = sandbox.record();
            let ended = apply(&dir, SHEET, &sandbox, &[]).exits(1);
            let results = dir.results(RESULTS);
            assert_eq!(results.row(2).get("status"), "assigned", "{ended}");
            assert_eq!(results.row(3).get("status"), "drifted", "{ended}");
            let error = results.row(3).get("error");
            let zoe = &before[&ZOE].assignee;
            let now = if zoe.is_empty() { "with nobody" } else { zoe };
            assert!(
                error.contains(now) && error.contains("the sheet says"),
                "{error}"
            );
            let after = sandbox.record();
            assert_eq!(after[&LINA], held("grace.tan@example.com", 1));
            assert_eq!(after[&ZOE], before[&ZOE]);
        }
    }

    #[test]
    fn move_sends_it_all_the_same() {
        let sandbox = Sandbox::start();
        let dir = Workdir::with(SHEET, sheet(&sandbox, "Email,From,To"));
        apply(&dir, SHEET, &sandbox, &[]).exits(1);
        apply(&dir, RESULTS, &sandbox, &[]).exits(1);
        assert_eq!(sandbox.writes(), 1, "a rerun alone changes nothing");
        dir.results(RESULTS).repair(3, "reassign_decision", "move");
        apply(&dir, RESULTS, &sandbox, &[]).exits(0);
        assert_eq!(sandbox.record()[&ZOE], held("grace.tan@example.com", 1));
    }

    #[test]
    fn a_blank_cell_is_no_condition_and_an_unreadable_one_rejects_its_row() {
        let rows = "lina.ng@example.com,,105\nzoe.moreau@example.org,Grace Tan,105\ndeepa.iyer@example.net,n/a,105\n";
        let dir = Workdir::with(SHEET, format!("Email,Current owner,New owner\n{rows}"));
        let sandbox = Sandbox::start();
        apply(&dir, SHEET, &sandbox, &[])
            .exits(1)
            .says("`Current owner`");
        let results = dir.results(RESULTS);
        assert_eq!(
            results.statuses(),
            [(2, "assigned"), (3, "invalid"), (4, "assigned")]
        );
        let zoe = results.row(3);
        assert!(
            zoe.get("error")
                .contains("column `Current owner`, `Grace Tan`"),
            "{}",
            zoe.get("error")
        );
        assert_eq!(
            (zoe.get("contact"), zoe.get("assignee")),
            ("email:zoe.moreau@example.org", "105")
        );
    }

    #[test]
    fn with_a_list_of_users_it_may_be_a_name_or_somebody_who_has_left() {
        let users =
            "id,email,name\n101,kim@example.com,Kim Park\n105,grace.tan@example.com,Grace Tan\n";
        let dir = Workdir::with("users.csv", users);
        dir.write(
            SHEET,
            "Email,Current owner,New owner\na@example.com,\"Park, Kim\",Grace Tan\nb@example.com,77,105\nc@example.com,Lee Kim,105\n",
        );
        let args = [
            "plan",
            SHEET,
            "--sandbox",
            "--users",
            "users.csv",
            "-o",
            "plan.csv",
        ];
        let ended = dir.run(args).exits(1).says("2 rows say who");
        let rows = dir.results("plan.csv");
        let statuses: Vec<_> = rows
            .statuses()
            .into_iter()
            .map(|(_, status)| status)
            .collect();
        assert_eq!(statuses, ["planned", "planned", "invalid"], "{ended}");
        assert!(
            rows.row(4)
                .get("error")
                .starts_with("column `Current owner`, `Lee Kim`")
        );
    }

    #[test]
    fn writing_blindly_cannot_check_it() {
        let sandbox = Sandbox::start();
        let dir = Workdir::with(SHEET, sheet(&sandbox, "Email,From,To"));
        let refused = apply(&dir, SHEET, &sandbox, &["--blind"]).is_refused(2);
        let refused = refused
            .says("`From` says who has each contact now")
            .says("--current none");
        assert_eq!(sandbox.writes(), 0, "{refused}");
        apply(&dir, SHEET, &sandbox, &["--blind", "--current", "none"]).exits(0);
        assert_eq!(sandbox.writes(), 2);
    }

    #[test]
    fn a_contact_that_is_where_it_should_be_is_settled_by_reading() {
        let sandbox = Sandbox::start();
        let lina = sandbox.record()[&LINA].assignee.clone();
        let lina = if lina.is_empty() {
            "unassign".to_owned()
        } else {
            lina
        };
        let dir = Workdir::with(
            SHEET,
            format!("Email,From,To\nlina.ng@example.com,101,{lina}\n"),
        );
        apply(&dir, SHEET, &sandbox, &[]).exits(0);
        assert_eq!(dir.results(RESULTS).row(2).get("status"), "unchanged");
    }

    #[test]
    fn other_names_for_two_assignees_are_refused_with_both_names() {
        for (header, named) in [
            ("Email,Owner,Agent", "`Owner`, `Agent`"),
            ("Email,Owner,New owner", "`New owner`, `Owner`"),
            ("Email,New owner,New agent", "`New owner`, `New agent`"),
            ("Email,From,To,Assignee", "`Assignee`, `To`"),
        ] {
            refused(&format!("{header}\nann@example.com,1,2,3\n"), &[])
                .says(&format!("{named} could all hold the assignee"))
                .says("--assignee");
        }
        refused(
            "Email,Current owner,Old agent,New owner\nann@example.com,1,2,3\n",
            &[],
        )
        .says("`Current owner`, `Old agent` could all hold who has each contact now")
        .says("--current 'Current owner'");
        // A date in `From` beside a column that says what it is.
        let (_, rows) = plan("Email,From,Assignee\nann@example.com,2024-05-01,3\n", &[]);
        assert_eq!(read(&rows), ["2 email:ann@example.com 3 planned"]);
    }
}

mod header {
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
        refused("Contact ID,Phone,Type,Owner\n12,+60123456789,mobile,user\n13,+60198765432,mobile,agent\n", &[])
            .says("`Contact ID`, `Phone` stand side by side");
    }

    #[test]
    fn a_sheet_without_a_header_is_read_by_what_its_cells_hold() {
        for sheet in [
            "Ann Lee,+60123456789,12\nBo,+60198765432,agent@example.com\n",
            "+60123456789,12\n+60198765432,agent@example.com\n",
            "12,+60123456789\nagent@example.com,+60198765432\n",
        ] {
            let (ended, rows) = plan(sheet, &[]);
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
        let (_, rows) = plan(
            "ann@example.com,bo@example.org\neve@example.com,bo@example.org\n",
            &[],
        );
        assert_eq!(
            read(&rows)[0],
            "1 email:ann@example.com bo@example.org planned"
        );
        let (_, rows) = plan("ann@example.com,12\neve@example.com,13\n", &[]);
        assert_eq!(read(&rows)[1], "2 email:eve@example.com 13 planned");
    }

    #[test]
    fn cells_that_leave_it_open_are_refused_with_the_options_that_decide() {
        for sheet in [
            "60123456789,12\n60198765432,13\n",
            "1001,ann@example.com\n1002,bo@example.com\n",
            "ann@example.com,bo@example.com,12\neve@example.com,bo@example.com,13\n",
        ] {
            refused(sheet, &[])
                .says("none of the first 20 rows names the columns")
                .says("--header-row 0 --identifier 1 --assignee 2");
        }
        refused("Name,City\nAnn,Rome\n", &[])
            .says("no column is named like a contact (found: `Name`, `City`)");
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
        ended.says("assignee in `Agent name`");
        let (ended, _) = plan(
            "Phone,Agent name,Agent email\n+60123456789,Ann Lee,ann@example.com\n",
            &[],
        );
        ended.says("assignee in `Agent email`");
        refused("Phone,Owner,New owner name\n+60123456789,12,Ann Lee\n", &[])
            .says("`New owner name`, `Owner` could all hold the assignee");
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
}

mod identifiers {
    use super::*;

    const TWO: &str =
        "Email,Phone,Owner\nann@example.com,+60123456789,12\nbo@example.com,,13\n,,14\n";

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
            .says("`ID`, `Phone`, `Email` stand side by side")
            .says("--identifier Phone,Email");
        let (_, rows) = plan(sheet, &["--identifier", "Email,ID"]);
        assert_eq!(
            read(&rows),
            ["2 email:ann@example.com 12 planned", "3 id:8 13 planned"]
        );
    }
}

mod cells {
    use super::*;

    #[test]
    fn a_row_with_more_cells_than_the_header_is_rejected() {
        let (_, rows) = plan(
            "Phone,Name,Owner\n+60123456789,Tan, Ah Kow,12\n+60198765432,Bo,13,,\n",
            &[],
        );
        assert_eq!(
            read(&rows),
            [
                "2 phone:+60123456789  invalid",
                "3 phone:+60198765432 13 planned"
            ]
        );
        let error = rows.row(2).get("error");
        assert_eq!(
            error,
            "this row has more cells than the header; is a comma unquoted?"
        );
    }

    #[test]
    fn a_short_row_is_blank_where_it_ends() {
        let (_, rows) = plan(
            "sep=;\nPhone;Name;Owner\n+60123456789;Tan\n\n+60198765432\n+60112345678;Bo;13\n",
            &[],
        );
        assert_eq!(
            read(&rows),
            [
                "3 phone:+60123456789  invalid",
                "5 phone:+60198765432  invalid",
                "6 phone:+60112345678 13 planned"
            ]
        );
        assert!(
            rows.row(3)
                .get("error")
                .contains("column `Owner`: the cell is blank")
        );
    }

    #[test]
    fn totals_and_remarks_below_are_left_out() {
        let sheet = "No.,Name,Phone,Owner\n1,Ann,+60123456789,12\nGesamt,,1,1\nTotal:,,,\n*** end of report ***,,,\nExported by: crm@example.com,,,\n合计,,3,\n";
        let (ended, rows) = plan(sheet, &[]);
        let ended = ended.says("total or footer row");
        let statuses: Vec<_> = rows
            .statuses()
            .into_iter()
            .map(|(_, status)| status)
            .collect();
        assert_eq!(
            statuses,
            [
                "planned", "skipped", "skipped", "skipped", "skipped", "skipped"
            ],
            "{ended}"
        );
        assert_eq!(rows.row(3).get("error"), "total or footer row");
        assert_eq!(
            (rows.row(3).get("contact"), rows.row(3).get("assignee")),
            ("", "")
        );
    }

    #[test]
    fn a_row_that_could_be_somebodys_is_never_taken_for_a_footer() {
        let sheet = "Name,Phone,Owner\nTotal Energies,,12\nAh Meng,,\nTotal,+60123456789,12\nSum,abc,12\nEnde,,\n,*** 12,13\n";
        let (_, rows) = plan(sheet, &[]);
        let statuses: Vec<_> = rows
            .statuses()
            .into_iter()
            .map(|(_, status)| status)
            .collect();
        assert_eq!(
            statuses,
            [
                "invalid", "invalid", "planned", "invalid", "invalid", "invalid"
            ]
        );
    }

    #[test]
    fn a_total_that_reads_as_a_contact_and_a_user_is_rejected_and_not_sent() {
        let (_, rows) = plan("Name,Contact ID,Owner\nAnn,1001,12\nTotal,1200,3\n", &[]);
        assert_eq!(read(&rows), ["2 id:1001 12 planned", "3   invalid"]);
        assert!(rows.row(3).get("error").contains("looks like a total"));
    }
}

mod phones {
    use super::*;

    #[test]
    fn the_rows_own_country_wins_and_the_option_fills_the_blanks() {
        let sheet = "Phone,Country,Owner\n012-345 6789,Malaysia,12\n020 7946 0958,gb,12\n030 12345678,,12\n012-345 6788,Wakanda,12\n+60198765432,Wakanda,12\n";
        let (ended, rows) = plan(sheet, &["--region", "DE", "--region-column", "Country"]);
        assert_eq!(
            read(&rows),
            [
                "2 phone:+60123456789 12 planned",
                "3 phone:+442079460958 12 planned",
                "4 phone:+493012345678 12 planned",
                "5  12 invalid",
                "6 phone:+60198765432 12 planned"
            ]
        );
        assert!(
            rows.row(5)
                .get("error")
                .contains("column `Country`, `Wakanda`: this is no country")
        );
        ended.says("phone numbers of `Country`, else DE");
    }

    #[test]
    fn a_column_of_countries_is_found_and_one_of_sales_regions_is_not() {
        let (_, rows) = plan("Phone,Country,Owner\n012-345 6789,MY,12\n", &[]);
        assert_eq!(read(&rows), ["2 phone:+60123456789 12 planned"]);
        let sales = "Phone,Region,Owner\n012-345 6789,APAC,12\n012-345 6788,EMEA,12\n";
        let (_, rows) = plan(sales, &["--region", "MY"]);
        assert_eq!(read(&rows)[0], "2 phone:+60123456789 12 planned");
        let (_, rows) = plan(
            "Phone,Country,Owner\n012-345 6789,GB,12\n",
            &["--region", "MY", "--region-column", "none"],
        );
        assert_eq!(read(&rows), ["2 phone:+60123456789 12 planned"]);
    }

    #[test]
    fn the_plan_counts_how_numbers_without_a_plus_were_read() {
        let sheet = "Phone,Owner\n60123456789,12\n012-345 6788,12\n447911123456,12\n+60123456787,12\n60198765432,12\n";
        let (ended, _) = plan(sheet, &[]);
        ended.says("phone numbers without a plus sign: 4 refused");
        let (ended, _) = plan(sheet, &["--region", "MY"]);
        ended
            .says("phone numbers without a plus sign: 3 read as international, 1 read as national");
        let (ended, _) = plan("Phone,Owner\n447911123456,12\n", &["--region", "DE"]);
        ended.says("phone numbers without a plus sign: 1 refused");
    }

    #[test]
    fn possible_numbers_that_are_not_known_to_be_in_use_are_worth_a_look() {
        let (ended, rows) = plan(
            "Phone,Owner\n+60123456789,12\n+60100000000,12\n+15555550100,13\n",
            &[],
        );
        assert_eq!(rows.count("planned"), 3);
        ended.says(
            "worth a look: 2 phone numbers are possible, but not known to be in use, rows 3, 4",
        );
    }
}
