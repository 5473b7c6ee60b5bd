//! Results, journal and folder that are not where they should be: nothing that is known is lost.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
#[cfg(unix)]
use std::os::unix::process::CommandExt;
#[cfg(unix)]
use std::process::Command;

use crate::moves::Moves;
use crate::running::{Running, as_printed, journaled};
use crate::support::{Ended, Results, Sandbox, Workdir, shown, wait_until};

const SHEET: &str = "contacts.csv";
const RESULTS: &str = "contacts.results.csv";
const BESIDE: &str = "contacts.results.new.csv";
const JOURNAL: &str = "contacts.reassign/journal";

/// A run of some contacts that is under way, with some rows settled.
fn under_way(count: usize) -> (Sandbox, Moves, Workdir, Running) {
    let sandbox = Sandbox::with(["--latency", "50ms"]);
    let moves = Moves::of(&sandbox, count);
    let dir = Workdir::with(SHEET, moves.sheet());
    let run = Running::start(&mut dir.applying(SHEET, &sandbox, &["--rate", "20/s"]));
    wait_until("some rows are settled", || {
        journaled(&dir, JOURNAL, "outcome") >= 3
    });
    (sandbox, moves, dir, run)
}

#[test]
fn results_that_cannot_take_their_place_stand_beside_it_until_the_same_command_puts_them_there() {
    let (sandbox, moves, dir, run) = under_way(20);
    fs::create_dir_all(dir.path(RESULTS).join("in the way")).expect("a folder");
    let ended = run
        .ends()
        .is_refused(3)
        .says("cannot write `contacts.results.csv`: ")
        .says(&format!("the results are in `{BESIDE}` instead"))
        .says("20  done")
        .says(&format!("the journal `{}`", shown(JOURNAL)));
    assert_eq!(ended.stdout(), format!("{BESIDE}\n"));
    moves.are_made(&dir.results(BESIDE), &sandbox);
    assert_eq!(journaled(&dir, JOURNAL, "end"), 0, "the run is not over");

    fs::remove_dir_all(dir.path(RESULTS)).expect("out of the way");
    let continued = as_printed(&dir, &ended)
        .exits(0)
        .says("done by then: 20 rows finished");
    moves.are_made(&dir.results(RESULTS), &sandbox);
    assert_eq!(journaled(&dir, JOURNAL, "end"), 1, "{continued}");
    assert!(
        !dir.path(BESIDE).exists(),
        "it is in its place now\n{continued}"
    );
    dir.apply(SHEET, &sandbox, &[])
        .exits(0)
        .says("Nothing to change: every row is finished.");
}

#[test]
fn results_beside_their_place_are_results_like_others() {
    let (sandbox, moves, dir, run) = under_way(30);
    fs::create_dir_all(dir.path(RESULTS).join("in the way")).expect("a folder");
    run.signal("INT");
    run.ends().is_refused(3).says("Stopped as asked.");
    let results = dir.results(BESIDE);
    moves.agree(&results, &sandbox);
    assert!(results.count("not_attempted") > 0);
    dir.apply(BESIDE, &sandbox, &["--rate", "200/s"]).exits(0);
    moves.are_made(&dir.results(BESIDE), &sandbox);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, Moves::of(&sandbox, 2).sheet());
    // Nobody can make files there, not even root.
    let ended = dir
        .apply(SHEET, &sandbox, &["-o", "/sys/contacts.results.csv"])
        .is_refused(2)
        .says("error: cannot write results as `/sys/contacts.results.csv`, so nothing was changed; `-o FILE` puts them elsewhere: ");
    assert_eq!(
        ended
            .stderr()
            .lines()
            .filter(|line| line.starts_with("error"))
            .count(),
        1
    );
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(dir.files(), [SHEET]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_is_deleted_under_way_stops_the_run_and_what_is_known_is_saved() {
    let sandbox = Sandbox::with(["--latency", "50ms"]);
    let moves = Moves::of(&sandbox, 60);
    let dir = Workdir::new();
    let folder = dir.path("migration");
    fs::create_dir(&folder).expect("a folder");
    dir.write("migration/contacts.csv", moves.sheet());
    let (sheet, journal) = (
        "migration/contacts.csv",
        "migration/contacts.reassign/journal",
    );
    let saved_in = dir.path("saved");
    fs::create_dir(&saved_in).expect("a folder");
    let mut command = dir.applying(sheet, &sandbox, &["--rate", "20/s"]);
    let run = Running::start(command.env("TMPDIR", &saved_in));
    wait_until("some rows are settled", || {
        journaled(&dir, journal, "outcome") >= 5
    });
    fs::remove_dir_all(&folder).expect("the folder can be deleted");
    let ended = run
        .ends()
        .is_refused(3)
        .says("the journal `migration/contacts.reassign/journal` was deleted, moved or replaced")
        .says("rows finished, 0 rows sent to the workspace without an answer, ")
        .says("that is saved in `");
    let written = sandbox.writes() as usize;
    assert!((5..60).contains(&written), "{written} writes\n{ended}");

    // Sheet and journal are put back, and the same command goes on.
    let saved: Vec<_> = fs::read_dir(&saved_in)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(saved.len(), 1, "{saved:?}\n{ended}");
    fs::create_dir_all(dir.path("migration/contacts.reassign")).expect("a folder");
    fs::copy(&saved[0], dir.path(journal)).expect("the journal");
    dir.write("migration/contacts.csv", moves.sheet());
    as_printed(&dir, &ended)
        .exits(0)
        .says(&format!("done by then: {written} rows finished"));
    moves.are_made(&Results::read(&folder.join(RESULTS)), &sandbox);
}

#[cfg(unix)]
#[test]
fn a_journal_that_is_deleted_under_way_stops_the_run_with_its_results_written() {
    let (sandbox, moves, dir, run) = under_way(60);
    fs::remove_file(dir.path(JOURNAL)).expect("the journal");
    let ended = run
        .ends()
        .exits(3)
        .says("what happens can no longer be written down: the journal");
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    assert!(results.count("not_attempted") > 0, "{ended}");
    as_printed(&dir, &ended).exits(0);
    moves.are_made(&dir.results(RESULTS), &sandbox);
}

#[cfg(unix)]
#[test]
fn a_journal_that_others_shorten_under_way_stops_the_run_and_says_so() {
    let (sandbox, moves, dir, run) = under_way(60);
    let journal = fs::OpenOptions::new().write(true).open(dir.path(JOURNAL));
    let journal = journal.expect("the journal");
    journal.set_len(0).expect("it can be shortened");
    let ended = run.ends().exits(3).says("was changed by another program");
    let results = dir.results(RESULTS);
    moves.agree(&results, &sandbox);
    assert!(results.count("not_attempted") > 0, "{ended}");
    // Nothing that was written is lost: the results tell what the journal no longer does.
    let written = results.count("assigned");
    dir.run(["undo", RESULTS, "-o", "back.csv"])
        .says(&format!("{written}  to give back"));
}

/// The same command by a user who may read only what is open to him: an administrator may read everything.
#[cfg(unix)]
fn by_a_user(dir: &Workdir, mut command: Command) -> Command {
    const NOBODY: u32 = 65_534;
    let program = dir.path("program");
    if !program.exists() {
        if fs::metadata(dir.path("")).expect("the folder").uid() != 0 {
            return command;
        }
        crate::support::copied(command.get_program(), &program);
        chown(dir.path(""), Some(NOBODY), Some(NOBODY)).expect("a folder of that user");
    }
    let mut same = Command::new(program);
    same.args(command.get_args()).current_dir(dir.path(""));
    same.env("HOME", dir.path("")).env_remove("XDG_CONFIG_HOME");
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    command = same;
    command.uid(NOBODY).gid(NOBODY);
    command
}

#[cfg(unix)]
#[test]
fn a_journal_that_may_not_be_read_is_not_taken_for_one_that_is_not_there_or_damaged() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with(SHEET, Moves::of(&sandbox, 3).sheet());
    let apply = |sheet| Ended::of(&mut by_a_user(&dir, dir.applying(sheet, &sandbox, &[])));
    apply(SHEET).exits(0);
    let (writes, files) = (sandbox.writes(), dir.files());
    for closed in [JOURNAL, "contacts.reassign"] {
        let path = dir.path(closed);
        let before = fs::metadata(&path).expect("it is there").permissions();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o000)).expect("closed");
        let undo = by_a_user(&dir, dir.command(["undo", RESULTS]));
        let plan = by_a_user(&dir, dir.command(["plan", SHEET]));
        let ended = [undo, plan].map(|mut command| Ended::of(&mut command));
        for ended in ended.into_iter().chain([SHEET, RESULTS].map(apply)) {
            ended
                .is_refused(2)
                .says("`contacts.reassign/journal` may not be read by you; change its permissions");
        }
        fs::set_permissions(&path, before).expect("open again");
    }
    assert_eq!((sandbox.writes(), dir.files()), (writes, files));
}
