//! What an admin can decide: by options, by `reassign_decision`, and by what refusals offer.

use std::fs::File;
use std::process::Command;

use super::{command_after, users};
use crate::support::{Ended, Held, Sandbox, TOKEN, Workdir, for_shell};

const RESULTS: &str = "team.results.csv";
/// Contacts of the sample workspace that have an email address and no phone number.
const LINA: u64 = 10014;
const ZOE: u64 = 10074;
const MATILDA: u64 = 10094;
const DEEPA: u64 = 10134;

const FOUR: &str = "email,assignee\n\
    lina.ng@example.com,grace.tan@example.com\n\
    zoe.moreau@example.org,grace.tan@example.com\n\
    matilda.kelly@example.com,105\n\
    deepa.iyer@example.net,105\n";

/// `apply` without any option but the pace.
fn apply(dir: &Workdir, sheet: &str, sandbox: &Sandbox, more: &[&str]) -> Ended {
    dir.apply(sheet, sandbox, &[&["--rate", "1000/s"], more].concat())
}

/// Runs a command line as a shell does, with the tests' token.
pub(crate) fn shell(dir: &Workdir, line: &str) -> Ended {
    let mut command = Command::new("sh");
    command
        .args(["-c", &for_shell(line)])
        .current_dir(dir.path("."));
    Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
}

fn held(assignee: &str, writes: u32) -> Held {
    Held {
        assignee: assignee.to_owned(),
        writes,
    }
}

#[test]
fn skip_leaves_a_row_out_and_settles_it() {
    let (dir, sandbox) = (
        Workdir::with("team.csv", format!("{FOUR}nobody knows,105\n")),
        Sandbox::start(),
    );
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    dir.results(RESULTS).repair(6, "reassign_decision", "Skip ");
    let before = sandbox.writes();
    apply(&dir, RESULTS, &sandbox, &[]).exits(0);
    assert_eq!(sandbox.writes(), before);
    let results = dir.results(RESULTS);
    assert_eq!(results.row(6).get("status"), "skipped");
    assert!(results.row(6).get("error").contains("`skip`"));
    apply(&dir, RESULTS, &sandbox, &[])
        .exits(0)
        .says("Nothing to change");
}

#[test]
fn a_blank_beside_a_row_that_names_a_user_contradicts_it_only_where_blanks_unassign() {
    for (blank, statuses, writes) in [
        (None, ["invalid", "assigned"], 1),
        (Some("skip"), ["skipped", "assigned"], 1),
        (Some("unassign"), ["conflict", "conflict"], 0),
    ] {
        let sheet = "email,assignee\nlina.ng@example.com,\nlina.ng@example.com,105\n";
        let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
        let options = blank.map(|blank| ["--blank", blank, "--max-unassign", "100%"]);
        let options = options.iter().flatten().copied().collect::<Vec<_>>();
        let ended = apply(&dir, "team.csv", &sandbox, &options);
        let results = dir.results(RESULTS);
        let told = [2, 3].map(|row| results.row(row).get("status").to_owned());
        assert_eq!(told, statuses, "{blank:?}\n{ended}");
        assert_eq!(sandbox.record()[&LINA].writes, writes, "{blank:?}\n{ended}");
    }
}

#[test]
fn a_repair_that_does_not_help_is_told_anew() {
    let sheet = "email,assignee\nlina.ng@example.com,Grace Tan\n";
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    dir.results(RESULTS).repair(2, "assignee", "+65 8123 4567");
    apply(&dir, RESULTS, &sandbox, &[]).exits(1);
    let results = dir.results(RESULTS);
    let error = results.row(2).get("error");
    assert!(
        error.contains("a user cannot be named by a phone number"),
        "{error}"
    );
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn rows_deleted_from_the_results_are_missed() {
    let sheet = format!("{FOUR}nobody knows,105\n");
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    let missed = "1 row of the last run is not in the sheet any more";
    apply(&dir, RESULTS, &sandbox, &[])
        .exits(1)
        .does_not_say("of the last run is not in the sheet");
    let text = dir.read(RESULTS);
    let kept = text
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("nobody"));
    dir.write(RESULTS, kept.collect::<String>());
    apply(&dir, RESULTS, &sandbox, &[]).exits(0).says(missed);
}

#[test]
fn a_settled_row_that_says_something_else_is_named_and_sent_only_again() {
    let (dir, sandbox) = (Workdir::with("team.csv", FOUR), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(0);
    dir.results(RESULTS)
        .repair(3, "assignee", "hiro.sato@example.com");
    apply(&dir, RESULTS, &sandbox, &[])
        .exits(0)
        .says("1 row is done and says something else now")
        .says("row 3 was settled as email:zoe.moreau@example.org for grace.tan@example.com")
        .says("now says email:zoe.moreau@example.org for hiro.sato@example.com");
    assert_eq!(sandbox.record()[&ZOE], held("grace.tan@example.com", 1));

    dir.results(RESULTS).repair(3, "reassign_decision", "again");
    apply(&dir, RESULTS, &sandbox, &[]).exits(0);
    assert_eq!(sandbox.record()[&ZOE], held("hiro.sato@example.com", 2));
    assert_eq!(sandbox.record()[&LINA], held("grace.tan@example.com", 1));
    let results = dir.results(RESULTS);
    assert_eq!(results.row(3).get("assignee"), "hiro.sato@example.com");
    assert_eq!(
        results.row(3).get("decision"),
        "",
        "a decision is heeded once"
    );
    apply(&dir, RESULTS, &sandbox, &[])
        .exits(0)
        .says("Nothing to change");
}

#[test]
fn a_word_that_is_no_decision_is_refused_and_nothing_is_sent() {
    let (dir, sandbox) = (Workdir::with("team.csv", FOUR), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &["--limit", "1"]).exits(1);
    dir.results(RESULTS).repair(4, "reassign_decision", "maybe");
    apply(&dir, RESULTS, &sandbox, &[])
        .is_refused(2)
        .says("row 4")
        .says("`maybe` is none of skip, again, move");
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn limit_sends_the_first_changes_and_tells_how_to_go_on() {
    let (dir, sandbox) = (Workdir::with("team.csv", FOUR), Sandbox::start());
    let ended = apply(&dir, "team.csv", &sandbox, &["--limit", "3"]).exits(1);
    assert_eq!(sandbox.writes(), 3);
    let results = dir.results(RESULTS);
    let statuses = ["assigned", "assigned", "assigned", "not_attempted"];
    assert_eq!(
        results.statuses(),
        (2..).zip(statuses).collect::<Vec<_>>(),
        "{ended}"
    );
    let ended = ended.says("Then this command makes the change that is left:");
    let text = ended.stderr();
    let looked = text.lines().filter(|line| line.starts_with("  row "));
    let looked: Vec<&str> = looked.collect();
    assert_eq!(looked.len(), 3, "{ended}");
    assert!(
        looked[0].ends_with("email:lina.ng@example.com → grace.tan@example.com"),
        "{looked:?}"
    );
    let command = text
        .lines()
        .find(|line| line.contains(" apply ") && line.contains(RESULTS));
    let command = command.unwrap_or_else(|| panic!("no command in\n{ended}"));
    shell(&dir, command).exits(0);
    assert_eq!(sandbox.writes(), 4);
    assert_eq!(dir.results(RESULTS).count("assigned"), 4);
}

#[test]
fn a_blank_never_unassigns_unless_that_is_asked_for() {
    let sheet = "email,assignee,why\nlina.ng@example.com,,left\nzoe.moreau@example.org,105,\n";
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    assert_eq!(dir.results(RESULTS).row(2).get("status"), "invalid");
    assert_eq!(sandbox.record()[&LINA], held("hiro.sato@example.com", 0));

    let skip = ["--blank", "skip", "-o", "skip.csv"];
    apply(&dir, "team.csv", &sandbox, &skip).exits(0);
    assert_eq!(dir.results("skip.csv").row(2).get("status"), "skipped");
    assert_eq!(sandbox.record()[&LINA], held("hiro.sato@example.com", 0));

    let unassign = ["--blank", "unassign", "-o", "unassign.csv"];
    apply(&dir, "team.csv", &sandbox, &unassign)
        .is_refused(3)
        .says("1 contact would be left without an owner");
    assert_eq!(sandbox.record()[&LINA], held("hiro.sato@example.com", 0));
    let allowed = [&unassign[..], &["--max-unassign", "1"]].concat();
    apply(&dir, "team.csv", &sandbox, &allowed).exits(0);
    assert_eq!(
        dir.results("unassign.csv").row(2).get("status"),
        "unassigned"
    );
    assert_eq!(sandbox.record()[&LINA], held("", 1));
}

#[test]
fn words_that_exports_write_for_blank_never_unassign_either() {
    for word in ["-", "null", "None", "nil", "n/a", "#N/A", " "] {
        let sheet = format!("email,assignee,why\nlina.ng@example.com,{word},left\n");
        let dir = Workdir::with("team.csv", sheet);
        let ended = dir.run(["plan", "team.csv", "--sandbox"]).exits(1);
        ended
            .says("This will change nothing")
            .does_not_say("without an owner");
    }
}

#[test]
fn on_conflict_says_which_of_two_rows_decides() {
    let sheet = "email,assignee\n\
        lina.ng@example.com,105\n\
        zoe.moreau@example.org,105\n\
        LINA.NG@example.com,grace.tan@example.com\n";
    for (policy, winner, loser, assignee) in [
        ("first", 2, 4, "elena.garcia@example.com"),
        ("last", 4, 2, "grace.tan@example.com"),
    ] {
        let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
        apply(&dir, "team.csv", &sandbox, &["--on-conflict", policy]).exits(0);
        let results = dir.results(RESULTS);
        assert_eq!(results.row(winner).get("status"), "assigned", "{policy}");
        assert_eq!(results.row(loser).get("status"), "skipped", "{policy}");
        let error = results.row(loser).get("error");
        assert!(error.starts_with(&format!("row {winner} ")), "{error}");
        assert_eq!(sandbox.record()[&LINA], held(assignee, 1), "{policy}");
    }
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    assert_eq!(dir.results(RESULTS).count("conflict"), 2);
    assert_eq!(sandbox.record()[&LINA].writes, 0, "neither was sent");
}

#[test]
fn one_contact_named_in_two_ways_is_written_once() {
    let sheet = "contact,assignee\n\
        lucia.nunez@example.com,105\n\
        +34 612 345 610,105\n\
        id:10001,105\n";
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(0);
    let results = dir.results(RESULTS);
    assert_eq!(
        (results.count("assigned"), results.count("duplicate")),
        (1, 2)
    );
    assert_eq!(
        sandbox.record()[&10001],
        held("elena.garcia@example.com", 1)
    );
    assert_eq!(sandbox.writes(), 1);
}

#[test]
fn one_contact_that_two_ways_of_naming_it_give_to_two_users_is_a_conflict() {
    let sheet = "contact,assignee\nlucia.nunez@example.com,105\n+34 612 345 610,106\n";
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    let results = dir.results(RESULTS);
    assert_eq!(
        results.count("assigned") as u32,
        sandbox.writes(),
        "what was written is told"
    );
    for row in &results.rows {
        assert_eq!(row.get("http"), "200", "only reading the contact told");
        if row.get("status") != "assigned" {
            assert_eq!(row.get("status"), "conflict", "{row:?}");
            assert!(row.get("error").contains("id:10001"), "{row:?}");
        }
    }
    assert!(sandbox.writes() <= 1);
}

/// A contact by its ID, forty others, and the same contact by its email for somebody else.
fn two_names_far_apart() -> String {
    let mut sheet = "contact,assignee\nid:10001,101\n".to_owned();
    for id in 10_002..10_042 {
        sheet += &format!("id:{id},101\n");
    }
    sheet + "lucia.nunez@example.com,105\n"
}

#[test]
fn what_was_written_stays_told_as_written_and_the_later_row_is_the_conflict() {
    let (dir, sandbox) = (
        Workdir::with("team.csv", two_names_far_apart()),
        Sandbox::start(),
    );
    apply(&dir, "team.csv", &sandbox, &["--concurrency", "1"]).exits(1);
    let results = dir.results(RESULTS);
    let settled = results.count("assigned") + results.count("unchanged");
    assert_eq!((settled, results.count("conflict")), (41, 1));
    assert_eq!(results.row(2).get("status"), "assigned");
    let later = results.row(43).get("error");
    assert!(
        later.starts_with(
            "row 2 names this contact in another way (id:10001), has given this contact to Aisha Rahman <aisha.rahman@example.com>; write `skip`"
        ),
        "{later}"
    );
    assert_eq!(
        sandbox.record()[&10001],
        held("aisha.rahman@example.com", 1)
    );
    assert_eq!(results.count("assigned") as u32, sandbox.writes());
    // What it advises works.
    apply(&dir, RESULTS, &sandbox, &["--on-conflict", "last"]).exits(0);
    assert_eq!(dir.results(RESULTS).row(43).get("status"), "assigned");
    assert_eq!(
        sandbox.record()[&10001],
        held("elena.garcia@example.com", 2)
    );
}

#[test]
fn on_conflict_decides_for_two_names_of_one_contact_too() {
    for (policy, statuses, assignee, writes) in [
        (
            "first",
            ["assigned", "skipped"],
            "aisha.rahman@example.com",
            1,
        ),
        (
            "last",
            ["assigned", "assigned"],
            "elena.garcia@example.com",
            2,
        ),
    ] {
        let (dir, sandbox) = (
            Workdir::with("team.csv", two_names_far_apart()),
            Sandbox::start(),
        );
        let more = [
            "--concurrency",
            "1",
            "--check",
            "all",
            "--on-conflict",
            policy,
        ];
        let ended = apply(&dir, "team.csv", &sandbox, &more).exits(0);
        let results = dir.results(RESULTS);
        let told = [2, 43].map(|row| results.row(row).get("status"));
        assert_eq!(told, statuses, "{policy} {ended}");
        assert_eq!(sandbox.record()[&10001], held(assignee, writes), "{policy}");
        if policy == "last" {
            let replaced = results.row(2);
            assert_eq!(replaced.get("reason"), "replaced");
            assert!(
                replaced
                    .get("error")
                    .contains("then row 43 gave the contact to Elena García")
            );
            assert_eq!(results.row(43).get("previous"), "101");
        }
        apply(&dir, RESULTS, &sandbox, &[]).exits(0);
        assert_eq!(
            sandbox.record()[&10001],
            held(assignee, writes),
            "nothing is sent again"
        );
    }
}

#[test]
fn a_saved_plan_sends_its_rows_whatever_decided_between_them() {
    let sheet = "contact,assignee\nid:10001,101\nid:10001,105\nid:10001,101\n";
    for (policy, statuses) in [
        ("first", ["assigned", "skipped", "duplicate"]),
        ("last", ["duplicate", "skipped", "assigned"]),
    ] {
        let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
        dir.run([
            "plan",
            "team.csv",
            "--on-conflict",
            policy,
            "-o",
            "plan.csv",
            "--base-url",
            &sandbox.url,
        ])
        .exits(0);
        let ended = apply(&dir, "plan.csv", &sandbox, &[]).exits(0);
        let results = dir.results("plan.csv");
        let told: Vec<&str> = results.rows.iter().map(|row| row.get("status")).collect();
        assert_eq!(told, statuses, "{policy} {ended}");
        assert_eq!(
            sandbox.record()[&10001],
            held("aisha.rahman@example.com", 1)
        );
    }
}

#[test]
fn a_repaired_row_is_judged_by_the_policy_that_is_remembered() {
    let sheet = "contact,assignee\nid:10001,101\nid:10001,who?\n";
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &["--on-conflict", "last"]).exits(1);
    let repaired = dir.read(RESULTS).replace("who?", "105");
    dir.write(RESULTS, repaired);
    dir.run(["plan", RESULTS, "--base-url", &sandbox.url])
        .says("give 1 contact to a new owner");
    apply(&dir, RESULTS, &sandbox, &[]).exits(0);
    assert_eq!(
        sandbox.record()[&10001],
        held("elena.garcia@example.com", 2)
    );
}

#[test]
fn too_many_unassignments_are_refused_with_the_figure_that_allows_them() {
    let sheet = "email,assignee\n\
        lina.ng@example.com,unassign\n\
        zoe.moreau@example.org,105\n\
        matilda.kelly@example.com,nobody\n";
    let (dir, sandbox) = (Workdir::with("team.csv", sheet), Sandbox::start());
    let ended = apply(&dir, "team.csv", &sandbox, &[])
        .is_refused(3)
        .says("2 contacts would be left without an owner")
        .says("`--max-unassign 2`");
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(dir.files(), ["team.csv"], "nothing was begun");
    apply(&dir, "team.csv", &sandbox, &["--max-unassign", "1"]).is_refused(3);
    apply(&dir, "team.csv", &sandbox, &["--max-unassign", "50%"]).is_refused(3);
    shell(&dir, &command_after(&ended, "this would work:")).exits(0);
    let record = sandbox.record();
    assert_eq!(record[&LINA], held("", 1));
    assert_eq!(record[&MATILDA], held("", 0), "she was with nobody already");
}

#[test]
fn refusals_come_together_with_one_command_that_works() {
    let sheet = "E-mail,City,Owner,Agent\n\
        lina.ng@example.com,,unassign,x\n\
        zoe.moreau@example.org,,105,y\n";
    let (dir, sandbox) = (Workdir::with("the team.csv", sheet), Sandbox::start());
    let attempt = |more: &[&str]| {
        let args = ["apply", "the team.csv", "--base-url", &sandbox.url];
        let mut command = dir.command(args.iter().chain(more));
        Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
    };
    let ended = attempt(&[])
        .is_refused(2)
        .says("3 problems have to be solved first")
        .says("`Owner`, `Agent` could all hold the new owner")
        .says("with `--assignee Owner`, 1 contact would be left without an owner")
        .says("nobody can be asked");
    assert_eq!(sandbox.writes(), 0);
    // What one answer asks for is not said for the other.
    let agent = "`Agent` (x, y) gives each contact to the user named here:";
    assert!(!command_after(&ended, agent).contains("--max-unassign"));
    let owner = "`Owner` (unassign, 105) gives each contact to the user named here; 1 contact may be left without \
                 an owner:";
    shell(&dir, &command_after(&ended, owner)).exits(0);
    let record = sandbox.record();
    assert_eq!(record[&LINA], held("", 1));
    assert_eq!(record[&ZOE], held("elena.garcia@example.com", 1));

    let both = attempt(&["--assignee", "Owner", "-o", "again.csv"])
        .is_refused(2)
        .says("2 problems have to be solved first")
        .says("nobody can be asked")
        .says("1 contact would be left without an owner");
    shell(&dir, &command_after(&both, "this would work:")).exits(0);
}

#[test]
fn results_of_another_workspace_are_refused_naming_both() {
    let (dir, sandbox) = (
        Workdir::with("team.csv", format!("{FOUR}lina.ng@example.com,\n")),
        Sandbox::start(),
    );
    apply(&dir, "team.csv", &sandbox, &[]).exits(1);
    let writes = sandbox.writes();
    dir.run(["apply", RESULTS, "--sandbox"])
        .is_refused(2)
        .says("was made by a real run");
    let elsewhere = Sandbox::start();
    apply(&dir, RESULTS, &elsewhere, &[])
        .is_refused(2)
        .says(&sandbox.url)
        .says(&elsewhere.url);
    let ended = apply(&dir, "team.csv", &elsewhere, &[])
        .is_refused(2)
        .says(&sandbox.url)
        .says(&elsewhere.url);
    assert_eq!(elsewhere.writes(), 0);
    let fresh = command_after(&ended, "start over in another file:");
    shell(&dir, &fresh).exits(1);
    assert_eq!(elsewhere.writes(), 4);
    assert_eq!(sandbox.writes(), writes);
}

#[test]
fn a_sheet_from_standard_input_needs_a_name_for_its_results() {
    let (dir, sandbox) = (Workdir::with("team.csv", FOUR), Sandbox::start());
    let piped = |more: &[&str]| {
        let mut command = dir.command(["apply", "-", "--base-url", &sandbox.url]);
        command.args(more).env("REASSIGN_TOKEN", TOKEN);
        Ended::of(command.stdin(File::open(dir.path("team.csv")).expect("the sheet")))
    };
    piped(&["--yes"]).is_refused(2).says("-o FILE");
    piped(&["-o", "out.csv"]).is_refused(2).says("--yes");
    assert_eq!(sandbox.writes(), 0);
    piped(&["-o", "out.csv", "--yes", "--rate", "1000/s"]).exits(0);
    assert_eq!(
        sandbox.record()[&DEEPA],
        held("elena.garcia@example.com", 1)
    );
    assert_eq!(dir.results("out.csv").count("assigned"), 4);
    piped(&["-o", "out.csv", "--yes"])
        .exits(0)
        .says("Nothing to change");
    assert_eq!(sandbox.writes(), 4);
}

#[test]
fn a_users_id_and_email_mean_the_same_user_to_the_workspace() {
    let (dir, sandbox) = (Workdir::with("team.csv", FOUR), Sandbox::start());
    apply(&dir, "team.csv", &sandbox, &[]).exits(0);
    assert_eq!(users()["105"], sandbox.record()[&DEEPA].assignee);
    let ids = FOUR.replace("105", "Elena.Garcia@example.com");
    dir.write("ids.csv", ids);
    apply(&dir, "ids.csv", &sandbox, &[]).exits(0);
    assert_eq!(dir.results("ids.results.csv").count("unchanged"), 4);
    assert_eq!(sandbox.writes(), 4);
}

#[test]
fn a_cell_that_is_emptied_later_does_not_unassign_though_the_blanks_of_the_sheet_did() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(
        "team.csv",
        "contact,assignee\nid:10001,\nid:10002,104\nid:10003,104\n",
    );
    let blanks = ["--blank", "unassign", "--max-unassign", "1", "--limit", "1"];
    let limited = dir.apply("team.csv", &sandbox, &blanks).exits(1);
    let before = sandbox.record()[&10002].clone();
    let emptied = dir
        .read("team.results.csv")
        .replacen("id:10002,104,", "id:10002,,", 1);
    dir.write("team.results.csv", emptied);
    let rest = command_after(&limited, "Then this command makes the other 2 changes:");
    shell(&dir, &rest).exits(1);
    assert_eq!(sandbox.record()[&10002], before);
    let results = dir.results("team.results.csv");
    let statuses = results.statuses();
    assert_eq!(
        statuses,
        [(2, "unassigned"), (3, "invalid"), (4, "assigned")]
    );
    // Nor with the run after that.
    let options = ["--blank", "unassign", "--max-unassign", "1"];
    dir.apply("team.results.csv", &sandbox, &options).exits(1);
    assert_eq!(sandbox.record()[&10002], before);
}
