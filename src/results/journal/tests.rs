use std::collections::{HashMap, HashSet};

use super::*;
use crate::contact::Assignee;
use crate::outcome::{Met, Pace, Sent, Verified, Withdrawn};
use crate::results::JobFolder;

fn start(run: &str) -> Start {
    Start {
        format: FORMAT,
        tool: "0.1.0".to_owned(),
        run: run.to_owned(),
        at: Timestamp::UNIX_EPOCH,
        user: "ann".to_owned(),
        computer: "desk-7".to_owned(),
        workspace: "sandbox".to_owned(),
        sheet: "a.csv".into(),
        sha256: "00".to_owned(),
        worksheet: None,
        options: vec!["--region".to_owned(), "MY".to_owned()],
        command: Some("reassign apply a.csv --yes".to_owned()),
        plan: "639142134508".to_owned(),
        results: None,
        note: None,
        instead_of: None,
    }
}

fn sent(row: u32) -> Event {
    Event::Sent(Sent {
        row,
        contact: "id:1".parse().expect("a contact"),
        assignee: Assignee::User(7),
        previous: Some(Assignee::Nobody),
        held: Some(Assignee::Nobody),
        contact_id: Some(1),
        attempts: 1,
        at: Timestamp::UNIX_EPOCH,
    })
}

/// The announcement of the second attempt to write a row, who had it before our first one, and right before this one.
fn sent_again(row: u32) -> Event {
    let Event::Sent(first) = sent(row) else {
        unreachable!("it was announced")
    };
    Event::Sent(Sent {
        attempts: 2,
        held: Some(Assignee::User(7)),
        ..first
    })
}

fn withdrawn(row: u32, attempts: u32) -> Event {
    let at = Timestamp::UNIX_EPOCH;
    Event::Withdrawn(Withdrawn { row, attempts, at })
}

fn settled(row: u32) -> Event {
    Event::Settled(Outcome {
        row,
        status: Status::Assigned,
        previous: Some(Assignee::Nobody),
        reason: None,
        http: Some(200),
        contact_id: Some(1),
        attempts: 1,
        at: Timestamp::UNIX_EPOCH,
    })
}

fn end() -> EndLine {
    EndLine {
        at: Timestamp::UNIX_EPOCH,
        why: "done".to_owned(),
        counts: vec![(Status::Assigned, 1)],
    }
}

/// A folder, and where the journal of a job in it is.
fn job() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("x.reassign/journal");
    (dir, path)
}

fn known(path: &Path) -> History {
    History::read(path).expect("a history")
}

fn begin(path: &Path, start: Start) -> Result<Journal, Error> {
    Journal::begin(&lock(path), &History::read(path)?, start)
}

/// The lock of the job that has this journal.
fn lock(journal: &Path) -> Lock {
    let folder = journal.parent().expect("a folder");
    Lock::take(&JobFolder::of(&folder.with_extension("csv")), "a test").expect("a lock")
}

/// A journal of a run that settled row 2 and was cut short while row 3 was under way.
fn cut_short(path: &Path) {
    let mut journal = begin(path, start("one")).expect("a new journal");
    journal
        .record(&[sent(2), settled(2), sent(3)])
        .expect("written");
}

fn rows<T>(of: &HashMap<u32, T>) -> Vec<u32> {
    let mut rows: Vec<_> = of.keys().copied().collect();
    rows.sort_unstable();
    rows
}

#[test]
fn a_run_that_was_cut_short_tells_what_is_settled_and_what_is_in_doubt() {
    let (_dir, path) = job();
    assert!(!known(&path).is_unfinished());
    cut_short(&path);
    let history = known(&path);
    assert!(history.is_unfinished());
    assert_eq!(
        (rows(&history.outcomes), rows(&history.in_doubt)),
        (vec![2], vec![3])
    );
    assert_eq!(history.first, Some(start("one")));
}

#[test]
fn a_run_that_continues_adds_to_what_is_known_and_its_end_closes_both() {
    let (_dir, path) = job();
    cut_short(&path);
    let mut journal = begin(&path, start("two")).expect("it goes on");
    journal.record(&[settled(3)]).expect("written");
    let history = known(&path);
    assert_eq!(
        (rows(&history.outcomes), rows(&history.in_doubt)),
        (vec![2, 3], vec![])
    );
    journal
        .writing(&Sums {
            results: "abc".to_owned(),
            workbook: None,
        })
        .and_then(|()| journal.end(end()))
        .expect("written");
    let history = known(&path);
    assert!(!history.is_unfinished());
    assert_eq!(
        history.written.map(|sums| sums.results).as_deref(),
        Some("abc")
    );
    begin(&path, start("three")).expect("it goes on");
    let history = known(&path);
    assert!(
        history.outcomes.is_empty(),
        "what ended stands in the results"
    );
    assert_eq!(history.first.map(|first| first.run).as_deref(), Some("one"));
}

#[test]
fn a_torn_last_line_is_cut_off_wherever_it_tore() {
    let (_dir, path) = job();
    cut_short(&path);
    let whole = std::fs::read(&path).expect("readable");
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .expect("lines")
        + 1;
    for length in last..whole.len() {
        std::fs::write(&path, &whole[..length]).expect("writable");
        let history = History::read(&path).unwrap_or_else(|err| panic!("torn at {length}: {err}"));
        assert_eq!(
            (rows(&history.outcomes), rows(&history.in_doubt)),
            (vec![2], vec![])
        );
        begin(&path, start("two")).expect("it goes on");
        assert_eq!(known(&path).last, Some(start("two")));
    }
}

#[test]
fn a_line_that_was_changed_is_refused_by_its_number() {
    let (_dir, path) = job();
    cut_short(&path);
    let text = std::fs::read_to_string(&path).expect("readable");
    std::fs::write(
        &path,
        text.replacen("\"assignee\":\"7\"", "\"assignee\":\"8\"", 1),
    )
    .expect("writable");
    let err = History::read(&path).expect_err("a changed line");
    assert!(matches!(err, Error::Damaged { line: 2, .. }), "{err}");
    std::fs::write(&path, text.replace("\"format\":1", "\"format\":2")).expect("writable");
    assert!(matches!(
        History::read(&path),
        Err(Error::Damaged { line: 1, .. })
    ));
}

#[test]
fn a_run_that_is_taken_back_leaves_the_journal_as_it_was() {
    let (_dir, path) = job();
    begin(&path, start("one"))
        .and_then(|journal| journal.take_back().map_err(Error::io("write", &path)))
        .expect("taken back");
    assert!(!path.exists());
    cut_short(&path);
    let before = std::fs::read(&path).expect("readable");
    begin(&path, start("two"))
        .and_then(|journal| journal.take_back().map_err(Error::io("write", &path)))
        .expect("taken back");
    assert_eq!(std::fs::read(&path).expect("readable"), before);
}

#[test]
fn a_run_that_was_overtaken_by_another_does_not_begin() {
    let (_dir, path) = job();
    let before = known(&path);
    cut_short(&path);
    let err = Journal::begin(&lock(&path), &before, start("two")).expect_err("overtaken");
    assert!(matches!(err, Error::Overtaken { .. }), "{err}");
}

#[test]
fn every_run_is_told_with_its_course_its_users_and_its_end() {
    let (_dir, path) = job();
    cut_short(&path);
    let mut journal = begin(&path, start("two")).expect("an old journal");
    let pace = Pace {
        reads: 3,
        throttled: 1,
        ..Pace::default()
    };
    let met = Met {
        id: Some(7),
        email: None,
        name: "Ann".to_owned(),
    };
    let mut again = settled(3);
    if let Event::Settled(outcome) = &mut again {
        outcome.status = Status::Conflict;
    }
    journal
        .record(&[
            Event::Met(met.clone()),
            settled(3),
            Event::Pace(pace),
            again,
        ])
        .expect("events");
    journal.end(end()).expect("an end");

    let runs = runs(&path).expect("a journal");
    let names: Vec<&str> = runs.iter().map(|run| run.start.run.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!((runs[0].sent, runs[0].end.clone()), (2, None));
    assert_eq!(runs[0].course, []);
    assert_eq!(runs[1].course, [pace]);
    assert_eq!(runs[1].users, [met]);
    assert_eq!(
        runs[1].tally.iter().collect::<Vec<_>>(),
        [(Status::Conflict, 1)]
    );
    assert_eq!(runs[1].end, Some(end()));
}

#[test]
fn a_journal_that_tells_neither_command_nor_course_is_read() {
    let (_dir, path) = job();
    let before = Start {
        command: None,
        ..start("one")
    };
    let journal = begin(&path, before.clone()).expect("a new journal");
    drop(journal);
    let text = std::fs::read_to_string(&path).expect("the journal");
    assert!(!text.contains("command"), "{text}");
    let runs = runs(&path).expect("a journal");
    assert_eq!(runs[0].start, before);
    assert_eq!(known(&path).last, Some(before));
}

#[test]
fn what_a_run_that_was_cut_short_has_written_stays_written_when_nothing_is_left_to_do() {
    let (_dir, path) = job();
    cut_short(&path);
    let mut journal = begin(&path, start("two")).expect("it goes on");
    let unchanged = |row| match settled(row) {
        Event::Settled(outcome) => Event::Settled(Outcome {
            status: Status::Unchanged,
            ..outcome
        }),
        _ => unreachable!("it is settled"),
    };
    journal
        .record(&[unchanged(2), unchanged(3)])
        .expect("written");
    let runs = writes(&path).expect("whole");
    let status = |row| {
        let outcome = runs[0].rows[&row].outcome.as_ref();
        outcome.map(|outcome| outcome.status)
    };
    assert_eq!(status(2), Some(Status::Assigned), "it was accepted");
    assert_eq!(status(3), Some(Status::Unchanged), "it was in doubt");
}

#[test]
fn a_write_in_doubt_stays_in_doubt_when_another_row_contradicts_it_later() {
    let (_dir, path) = job();
    cut_short(&path);
    let mut journal = begin(&path, start("two")).expect("it goes on");
    let Event::Settled(outcome) = settled(3) else {
        unreachable!("it is settled")
    };
    let status = Status::Conflict;
    journal
        .record(&[Event::Settled(Outcome { status, ..outcome })])
        .expect("written");
    let runs = writes(&path).expect("whole");
    assert_eq!(runs[0].rows[&3].outcome, None, "it can still be given back");
}

#[test]
fn what_open_rows_said_is_known_until_their_run_has_ended() {
    let (_dir, path) = job();
    let said = |row: u32, assignee: &str| RowAtStart {
        row,
        contact: format!("id:{row}"),
        assignee: assignee.to_owned(),
        cells: Some(u64::from(row)),
    };
    let mut journal = begin(&path, start("one")).expect("a new journal");
    let many = 2..=ROWS as u32 * 2 + 2;
    journal
        .rows(many.clone().map(|row| said(row, "7")))
        .expect("written");
    drop(journal);
    let mut journal = begin(&path, start("two")).expect("it goes on");
    journal.rows([said(3, "8")]).expect("written");
    let history = known(&path);
    assert_eq!(rows(&history.said), many.collect::<Vec<_>>());
    assert_eq!(history.said[&2], said(2, "7"));
    assert_eq!(history.said[&3], said(3, "8"), "the later one counts");
    journal.end(end()).expect("written");
    begin(&path, start("three")).expect("a new run");
    assert!(known(&path).said.is_empty());
}

#[test]
fn results_are_about_the_sheet_that_a_run_went_on_with() {
    let (_dir, path) = job();
    let of = |sha256: &str, instead_of: Option<&str>| Start {
        sha256: sha256.to_owned(),
        instead_of: instead_of.map(str::to_owned),
        ..start("one")
    };
    for (start, sheet) in [
        (of("aa", None), "aa"),
        (of("bb", Some("aa")), "bb"),
        (of("cc", None), "bb"), // the results themselves
    ] {
        begin(&path, start).expect("it begins");
        let history = known(&path);
        assert_eq!(history.sheet.as_deref(), Some(sheet));
    }
}

#[cfg(unix)]
#[test]
fn a_journal_that_was_deleted_records_nothing_more_and_can_be_saved_whole() {
    let (_dir, path) = job();
    let mut journal = begin(&path, start("one")).expect("a new journal");
    journal.record(&[sent(2), settled(2)]).expect("written");
    assert_eq!(journal.save(&[]).expect("in its place"), None);
    std::fs::remove_file(&path).expect("deleted");
    let err = journal.record(&[sent(3), settled(3)]).expect_err("gone");
    assert!(err.to_string().contains("was deleted"), "{err}");
    let Event::Settled(last) = settled(4) else {
        unreachable!("it is settled")
    };
    let saved = journal.save(&[last]).expect("saved").expect("a path");
    let history = known(&saved);
    std::fs::remove_file(saved).expect("deleted");
    assert_eq!(rows(&history.outcomes), [2, 3, 4]);
}

fn verified(row: u32) -> Event {
    let at = Timestamp::UNIX_EPOCH;
    Event::Verified(Verified { row, at })
}

#[test]
fn a_write_is_verified_until_it_is_sent_again() {
    let (_dir, path) = job();
    let mut journal = begin(&path, start("one")).expect("a journal");
    let events = [sent(2), settled(2), verified(2), sent(3), settled(3)];
    journal.record(&events).expect("recorded");
    let history = known(&path);
    assert_eq!(history.verified, HashSet::from([2]));
    journal.record(&[verified(3), sent(2)]).expect("recorded");
    let history = known(&path);
    assert_eq!(history.verified, HashSet::from([3]));
    journal.end(end()).expect("ended");
    begin(&path, start("two")).expect("a journal");
    let history = known(&path);
    assert_eq!(
        history.verified,
        HashSet::new(),
        "the next run knows of its own writes only"
    );
}

#[test]
fn the_journal_of_a_plan_tells_its_maker_and_changes_and_that_nothing_was_run() {
    let (_dir, path) = job();
    let changes: Vec<RowAtStart> = (2..1200)
        .map(|row| RowAtStart {
            row,
            contact: format!("id:{row}"),
            assignee: "7".to_owned(),
            cells: None,
        })
        .collect();
    of_a_plan(&lock(&path), start("plan"), &changes, None).expect("written");
    let history = known(&path);
    assert_eq!(history.planned, Some(start("plan")));
    assert_eq!(
        history.changes,
        HashMap::from([("639142134508".to_owned(), changes)])
    );
    assert_eq!((history.first, history.last), (None, None));

    let mut journal = begin(&path, start("one")).expect("a journal");
    journal.record(&[sent(2)]).expect("recorded");
    let history = known(&path);
    assert_eq!(
        history.planned,
        Some(start("plan")),
        "a run leaves it as it was"
    );
    assert!(history.is_unfinished());
}

#[test]
fn an_announcement_that_was_withdrawn_leaves_nothing_in_doubt_but_what_was_before() {
    let (_dir, path) = job();
    let mut journal = begin(&path, start("one")).expect("a journal");
    let events = [
        sent(2),
        withdrawn(2, 1),
        // The first attempt may have arrived, the second did not leave.
        sent(3),
        sent_again(3),
        withdrawn(3, 2),
        // Announced twice before it left once.
        sent(4),
        sent(4),
        withdrawn(4, 1),
        // Not the last announcement.
        sent(5),
        sent_again(5),
        withdrawn(5, 1),
    ];
    journal.record(&events).expect("recorded");
    let history = known(&path);
    let attempts = |row: u32| history.in_doubt.get(&row).map(|sent| sent.attempts);
    assert_eq!(
        [2, 3, 4, 5].map(attempts),
        [None, Some(1), None, Some(2)],
        "{:?}",
        history.in_doubt
    );
    let written = writes(&path).expect("a journal");
    let attempts = |row: u32| written[0].rows.get(&row).map(|write| write.sent.attempts);
    assert_eq!([2, 3, 4, 5].map(attempts), [None, Some(1), None, Some(2)]);
    journal.record(&[settled(5)]).expect("recorded");
    let history = known(&path);
    assert_eq!(rows(&history.in_doubt), [3]);
}

#[test]
fn a_journal_that_somebody_shortens_under_way_stops_the_run() {
    let (_dir, path) = job();
    let mut journal = begin(&path, start("one")).expect("a journal");
    journal.record(&[sent(2), settled(2)]).expect("recorded");
    let whole = std::fs::metadata(&path).expect("the journal").len();
    let other = std::fs::File::options()
        .write(true)
        .open(&path)
        .expect("writable");
    other.set_len(whole - 10).expect("shorter");
    let err = journal
        .record(&[sent(3)])
        .expect_err("something is missing");
    assert!(
        err.to_string().contains("was changed by another program"),
        "{err}"
    );
}

#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_reached_is_not_said_to_be_deleted() {
    let (dir, path) = job();
    let mut journal = begin(&path, start("one")).expect("a journal");
    let folder = path.parent().expect("its folder");
    std::fs::rename(folder, dir.path().join("away")).expect("moved");
    std::os::unix::fs::symlink(folder, folder).expect("a link to itself");
    let err = journal.record(&[sent(2)]).expect_err("out of reach");
    assert!(
        err.to_string().contains("cannot be reached any more"),
        "{err}"
    );
}

#[test]
fn the_journal_of_a_plan_takes_the_place_of_another_and_leaves_nothing_beside_it() {
    let (_dir, path) = job();
    let lock = lock(&path);
    of_a_plan(&lock, start("plan"), &[], None).expect("written");
    let before = std::fs::read(&path).expect("the journal");
    of_a_plan(&lock, start("other"), &[], None).expect("written");
    assert_ne!(std::fs::read(&path).expect("the journal"), before);
    let names = std::fs::read_dir(lock.job().path()).expect("the folder");
    assert_eq!(names.count(), 2, "journal and lock");
}
