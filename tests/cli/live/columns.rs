//! What the workspace tells about the columns of a sheet.

use super::{plan, told, workspace};

#[test]
fn a_column_of_an_unknown_name_that_names_the_workspaces_users_is_a_rival() {
    let sheet = "Phone,Owner,Desk\n\
        +60121233111,ann@example.com,Bob Ray\n\
        +60121233112,ann@example.com,Cyd Poe\n\
        +60121233113,bob@example.com,Cyd Poe\n";
    let (dir, sandbox) = workspace(sheet, &[]);
    dir.run(["plan", "team.csv", "--sandbox"])
        .exits(0)
        .says("new owner in `Owner`");
    plan(&dir, &sandbox, &[])
        .is_refused(2)
        .says("`Owner`, `Desk` could all hold the new owner")
        .says("--assignee Desk");
    plan(&dir, &sandbox, &["--assignee", "Desk"])
        .exits(0)
        .says("→ Cyd Poe");
}

const EXPORT: &str = "Contact ID,Phone,Email,Assignee\n\
    11,+60121233111,eve@example.org,bob@example.com\n\
    12,+60121233112,fay@example.org,bob@example.com\n\
    13,+60121233113,gus@example.org,cyd@example.com\n\
    14,,hal@example.org,cyd@example.com\n";

#[test]
fn ids_of_the_workspaces_own_export_are_known_by_three_of_them() {
    let (dir, sandbox) = workspace(EXPORT, &[]);
    dir.run(["plan", "team.csv", "--sandbox"])
        .is_refused(2)
        .says("an ID may be another system's record ID");
    plan(&dir, &sandbox, &["-o", "plan.csv"]).exits(0).says(
        "contacts are found by `Contact ID`: 3 contacts were looked up by it and have the phone or email of their rows",
    );
    let rows = dir.results("plan.csv");
    assert_eq!(rows.row(5).get("contact"), "id:14");
    assert_eq!(told(&dir, "plan.csv").len(), 4);
}

#[test]
fn ids_of_another_system_are_known_by_three_of_them() {
    let sheet = EXPORT.replace("\n1", "\n90071");
    let (dir, sandbox) = workspace(&sheet, &[]);
    plan(&dir, &sandbox, &["-o", "plan.csv"])
        .exits(0)
        .says("contacts are found by `Phone`, `Email`: 3 contacts were looked up by `Contact ID`, which is another system's");
    let rows = dir.results("plan.csv");
    assert_eq!(rows.row(2).get("contact"), "phone:+60121233111");
}

#[test]
fn ids_some_of_which_are_other_contacts_are_asked_about() {
    let sheet = EXPORT.replace("12,+", "57,+");
    let sheet = sheet.replace("14,,", "13,,");
    let (dir, sandbox) = workspace(&sheet, &[]);
    plan(&dir, &sandbox, &[])
        .is_refused(2)
        .says("an ID may be another system's record ID");
}
