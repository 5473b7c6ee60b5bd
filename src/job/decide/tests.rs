//! Every state, and the table in `docs/states.md`.
//!
//! With `UPDATE_STATES=1` the table is written into the page, to be read before it is committed.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use super::*;

const NAMED: [NamedFile; 4] = [
    NamedFile::Sheet,
    NamedFile::SheetInWorkbook,
    NamedFile::Results,
    NamedFile::ResultsInWorkbook,
];
const KINDS: [RealOrTrial; 2] = [RealOrTrial::Real, RealOrTrial::Trial];
const JOURNALS: [JournalState; 9] = [
    JournalState::Absent,
    JournalState::OfPlan,
    JournalState::Ended,
    JournalState::CutShort,
    JournalState::AtWork,
    JournalState::OfOtherKind,
    JournalState::OfOtherWorkspace,
    JournalState::OfOtherResults,
    JournalState::Damaged,
];
const FILES: [FileState; 4] = [
    FileState::Absent,
    FileState::AsWritten,
    FileState::Edited,
    FileState::Foreign,
];
const SHEETS: [SheetState; 3] = [SheetState::Same, SheetState::Edited, SheetState::Another];
const OPEN: [Open; 2] = [Open::Some, Open::None];
const TARGETS: [ResultsPlace; 5] = [
    ResultsPlace::Own,
    ResultsPlace::Named,
    ResultsPlace::Free,
    ResultsPlace::Taken,
    ResultsPlace::Unwritable,
];
const ASIDES: [Aside; 2] = [Aside::Unsaid, Aside::Said];
const DOING: [Doing; 2] = [Doing::Apply, Doing::Plan];

/// Every state there is.
fn states() -> impl Iterator<Item = State> {
    let named = NAMED
        .into_iter()
        .flat_map(|named| KINDS.map(|kind| (named, kind)));
    let journals = named.flat_map(|(named, kind)| JOURNALS.map(|journal| (named, kind, journal)));
    journals.flat_map(|(named, kind, journal)| {
        let files = FILES
            .into_iter()
            .flat_map(|text| FILES.map(|workbook| (text, workbook)));
        files.flat_map(move |(text, workbook)| {
            let sheets = SHEETS
                .into_iter()
                .flat_map(|sheet| OPEN.map(|open| (sheet, open)));
            sheets.flat_map(move |(sheet, open)| {
                let others = TARGETS
                    .into_iter()
                    .flat_map(|target| ASIDES.map(|aside| (target, aside)));
                others.map(move |(target, aside)| State {
                    named,
                    kind,
                    journal,
                    text,
                    workbook,
                    aside,
                    sheet,
                    open,
                    target,
                })
            })
        })
    })
}

/// What is decided where nobody has a workbook.
pub(crate) fn decisions_about_text() -> BTreeSet<(Doing, JobAction)> {
    let states = states().filter(|state| {
        matches!(state.named, NamedFile::Sheet | NamedFile::Results)
            && state.workbook == FileState::Absent
            && state.target != ResultsPlace::Unwritable
    });
    states
        .flat_map(|state| DOING.map(|doing| (doing, decide(doing, &state))))
        .collect()
}

#[test]
fn the_record_of_a_real_run_is_never_replaced() {
    for (state, doing) in states().flat_map(|state| DOING.map(|doing| (state, doing))) {
        let decision = decide(doing, &state);
        let may_replace = match state.kind {
            RealOrTrial::Real => state.journal == JournalState::OfPlan,
            // The journal of the other kind is a real run's.
            RealOrTrial::Trial => !matches!(
                state.journal,
                JournalState::OfOtherKind | JournalState::OfOtherResults
            ),
        };
        assert!(
            decision != JobAction::BeginAnew || may_replace,
            "{doing:?} {state:?}: {decision:?}"
        );
        let is_new = matches!(decision, JobAction::Begin);
        let has_run = matches!(
            state.journal,
            JournalState::Ended | JournalState::CutShort | JournalState::AtWork
        );
        assert!(!(is_new && has_run), "{doing:?} {state:?}: {decision:?}");
    }
}

#[test]
fn nothing_is_sent_where_a_run_is_at_work_or_the_journal_is_another_workspaces() {
    for state in states() {
        let why = match state.journal {
            JournalState::AtWork => Why::AtWork,
            JournalState::OfOtherWorkspace => Why::OfOtherWorkspace,
            _ => continue,
        };
        assert_eq!(
            decide(Doing::Apply, &state),
            JobAction::Refuse(why),
            "{state:?}"
        );
    }
}

#[test]
fn a_trial_of_a_sheet_never_goes_on_with_what_is_there() {
    let sheets = [NamedFile::Sheet, NamedFile::SheetInWorkbook];
    for state in
        states().filter(|state| state.kind == RealOrTrial::Trial && sheets.contains(&state.named))
    {
        let decision = decide(Doing::Apply, &state);
        assert!(
            !matches!(decision, JobAction::GoOn(_) | JobAction::Resume(_)),
            "{state:?}: {decision:?}"
        );
    }
}

#[test]
fn edits_are_read_or_the_command_is_refused() {
    let is_results = |state: &State| {
        let all = [state.text, state.workbook];
        all.iter()
            .all(|file| matches!(file, FileState::AsWritten | FileState::Edited))
    };
    for state in states()
        .filter(is_results)
        .filter(|state| state.aside == Aside::Unsaid)
    {
        let (JobAction::GoOn(read) | JobAction::Resume(read)) = decide(Doing::Apply, &state) else {
            continue;
        };
        let unread = match read {
            RowSource::Text => state.workbook,
            RowSource::Workbook => state.text,
            RowSource::Named => continue,
        };
        assert_eq!(unread, FileState::AsWritten, "{state:?}: {read:?}");
    }
}

#[test]
fn every_decision_is_taken_in_some_state() {
    let taken: BTreeSet<JobAction> = states()
        .flat_map(|state| DOING.map(|doing| decide(doing, &state)))
        .collect();
    let whys = [
        Why::AtWork,
        Why::Damaged,
        Why::Foreign,
        Why::Unrecorded,
        Why::PlanThere,
        Why::Gone,
        Why::SheetEdited,
        Why::SheetAnother,
        Why::OtherEdited,
        Why::OfATrial,
        Why::OfARealRun,
        Why::OfOtherWorkspace,
        Why::OfOtherResults,
        Why::Taken,
        Why::Unwritable,
    ];
    let reads = [RowSource::Named, RowSource::Text, RowSource::Workbook];
    let begun = [
        JobAction::Begin,
        JobAction::BeginAnew,
        JobAction::BeginDated,
        JobAction::BeginTrialOfPlan,
    ];
    let all = begun
        .into_iter()
        .chain(whys.map(JobAction::Refuse))
        .chain(reads.map(JobAction::Resume))
        .chain([RowSource::Text, RowSource::Workbook].map(JobAction::GoOn));
    for decision in all {
        assert!(taken.contains(&decision), "{decision:?} is never taken");
    }
}

/// What a decision is called on the page.
fn words(decision: JobAction) -> String {
    match decision {
        JobAction::Begin => "starts".to_owned(),
        JobAction::BeginAnew => "starts; what is there is set aside".to_owned(),
        JobAction::BeginDated => "starts, with the date in the results' name".to_owned(),
        JobAction::BeginTrialOfPlan => {
            "starts a trial of the plan, with results of its own".to_owned()
        }
        JobAction::GoOn(_) => "goes on with the open rows".to_owned(),
        JobAction::Resume(RowSource::Named) => "continues the run".to_owned(),
        JobAction::Resume(_) => "continues the run, on its results".to_owned(),
        JobAction::ShowApart(why) => format!("shows the sheet for new results ({})", reason(why)),
        JobAction::Refuse(why) => format!("refused: {}", reason(why)),
    }
}

fn reason(why: Why) -> &'static str {
    match why {
        Why::AtWork => "a run is at work",
        Why::Damaged => "the journal is damaged",
        Why::Foreign => "something else is there",
        Why::Unrecorded => "no journal says which sheet they are of",
        Why::PlanThere => "a saved plan is there",
        Why::Gone => "the results are gone",
        Why::SheetEdited => "the sheet was edited",
        Why::SheetAnother => "open rows of another sheet",
        Why::OtherEdited => "text and workbook differ",
        Why::OfATrial => "it is a trial's",
        Why::OfARealRun => "it is a real run's",
        Why::OfOtherWorkspace => "it is another workspace's",
        Why::OfOtherResults => "other results have its folder",
        Why::Taken => "`-o` names a file that exists",
        Why::Unwritable => "results are not written as this kind of workbook",
    }
}

fn journal(journal: JournalState) -> &'static str {
    match journal {
        JournalState::Absent => "none",
        JournalState::OfPlan => "of a saved plan",
        JournalState::Ended => "ended",
        JournalState::CutShort => "cut short",
        JournalState::AtWork => "at work now",
        JournalState::OfOtherKind => "of a trial, or of a real run where this is a trial",
        JournalState::OfOtherWorkspace => "of another workspace",
        JournalState::OfOtherResults => {
            "of results, or of a plan, of the same name with another ending"
        }
        JournalState::Damaged => "damaged",
    }
}

/// Files that stand for all that are found alike.
const RESULTS: [(&str, FileState, FileState); 4] = [
    ("none", FileState::Absent, FileState::Absent),
    ("there", FileState::AsWritten, FileState::Absent),
    (
        "text and workbook differ",
        FileState::AsWritten,
        FileState::Edited,
    ),
    ("something else", FileState::Foreign, FileState::Absent),
];

fn file(file: FileState) -> &'static str {
    match file {
        FileState::Absent => "absent",
        FileState::AsWritten => "as written",
        FileState::Edited => "edited",
        FileState::Foreign => "no results",
    }
}

fn read(found: Found) -> &'static str {
    match found {
        Found::Nothing => "nothing is there",
        Found::Foreign => "something else is there",
        Found::Read(RowSource::Text) => "the text",
        Found::Read(RowSource::Workbook) => "the workbook",
        Found::Read(RowSource::Named) => "what was named",
        Found::OtherEdited => "refused, with a command for each",
    }
}

fn state(named: NamedFile, kind: RealOrTrial, journal: JournalState) -> State {
    State {
        named,
        kind,
        journal,
        text: FileState::Absent,
        workbook: FileState::Absent,
        aside: Aside::Unsaid,
        sheet: SheetState::Same,
        open: Open::Some,
        target: ResultsPlace::Own,
    }
}

/// The cells that a command has in a state: `apply`, `plan`, `apply --sandbox`.
fn cells(state: State) -> [String; 3] {
    [
        (Doing::Apply, RealOrTrial::Real),
        (Doing::Plan, RealOrTrial::Real),
        (Doing::Apply, RealOrTrial::Trial),
    ]
    .map(|(doing, kind)| words(decide(doing, &State { kind, ..state })))
}

fn table(header: &[&str], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
    let rule = vec!["---".to_owned(); header.len()];
    let rows: String = rows.iter().map(|row| line(row)).collect();
    format!(
        "{}{}{rows}",
        line(&header),
        line(&rule).replace(" --- ", "---")
    )
}

/// Results by what is read of them.
fn which() -> String {
    let mut rows = Vec::new();
    for text in FILES {
        for workbook in FILES {
            let found = |named| {
                let state = State {
                    text,
                    workbook,
                    ..state(named, RealOrTrial::Real, JournalState::Ended)
                };
                read(found(&state)).to_owned()
            };
            rows.push(vec![
                file(text).to_owned(),
                file(workbook).to_owned(),
                found(NamedFile::Sheet),
                found(NamedFile::SheetInWorkbook),
            ]);
        }
    }
    let header = [
        "text",
        "workbook",
        "of a sheet that is text",
        "of a sheet in a workbook",
    ];
    table(&header, rows)
}

/// What happens where a sheet is named. Lines that differ in nothing are one.
fn of_sheets() -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for journal_state in JOURNALS {
        for (results, text, workbook) in RESULTS {
            let at = |sheet, open| {
                let state = state(NamedFile::Sheet, RealOrTrial::Real, journal_state);
                cells(State {
                    text,
                    workbook,
                    sheet,
                    open,
                    ..state
                })
            };
            let all = [
                ("the same", at(SheetState::Same, Open::Some)),
                ("edited", at(SheetState::Edited, Open::Some)),
                ("another, rows open", at(SheetState::Another, Open::Some)),
                ("another, no row open", at(SheetState::Another, Open::None)),
            ];
            assert_eq!(
                at(SheetState::Same, Open::Some),
                at(SheetState::Same, Open::None)
            );
            assert_eq!(
                at(SheetState::Edited, Open::Some),
                at(SheetState::Edited, Open::None)
            );
            let mut groups: Vec<(Vec<&str>, [String; 3])> = Vec::new();
            for (sheet, cells) in all {
                match groups.iter_mut().find(|(_, known)| *known == cells) {
                    Some((sheets, _)) => sheets.push(sheet),
                    None => groups.push((vec![sheet], cells)),
                }
            }
            for (sheets, cells) in groups {
                let sheets = if sheets.len() == 4 {
                    "any".to_owned()
                } else {
                    sheets.join("; ")
                };
                let mut row = vec![
                    journal(journal_state).to_owned(),
                    results.to_owned(),
                    sheets,
                ];
                row.extend(cells);
                rows.push(row);
            }
        }
    }
    rows = merged(rows);
    let header = [
        "journal",
        "results",
        "sheet",
        "`apply`",
        "`plan`",
        "`apply --sandbox`",
    ];
    table(&header, rows)
}

/// What happens where results are named.
fn of_results_files() -> String {
    let mut rows = Vec::new();
    for journal_state in JOURNALS {
        for (results, text, workbook) in &RESULTS[1..3] {
            let at = |target| {
                let state = state(NamedFile::Results, RealOrTrial::Real, journal_state);
                cells(State {
                    text: *text,
                    workbook: *workbook,
                    target,
                    ..state
                })
            };
            for (place, target) in [
                ("their own", ResultsPlace::Own),
                ("`-o`, free", ResultsPlace::Free),
                ("`-o`, taken", ResultsPlace::Taken),
                (
                    "their own, a workbook of another kind",
                    ResultsPlace::Unwritable,
                ),
            ] {
                let mut row = vec![
                    journal(journal_state).to_owned(),
                    (*results).to_owned(),
                    place.to_owned(),
                ];
                row.extend(at(target));
                rows.push(row);
            }
        }
    }
    let header = [
        "journal",
        "results",
        "place",
        "`apply`",
        "`plan`",
        "`apply --sandbox`",
    ];
    table(&header, merged(rows))
}

/// Lines with the same journal and the same ends are one, with "any" where they differ.
fn merged(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut merged: Vec<Vec<String>> = Vec::new();
    for journal in rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>() {
        if merged.iter().any(|row| row[0] == journal) {
            continue;
        }
        let of_one: Vec<_> = rows
            .iter()
            .filter(|row| row[0] == journal)
            .cloned()
            .collect();
        let ends: BTreeSet<_> = of_one.iter().map(|row| row[3..].to_vec()).collect();
        match ends.len() {
            1 => {
                let mut row = of_one[0].clone();
                row[1] = "any".to_owned();
                row[2] = "any".to_owned();
                merged.push(row);
            }
            _ => merged.extend(of_one),
        }
    }
    merged
}

/// What happens where a plan is saved.
fn of_saved_plans() -> String {
    let mut rows = Vec::new();
    for journal_state in JOURNALS {
        let all = FILES.map(|file| save(journal_state, file));
        let word = |saving| match saving {
            Saving::Write => "written",
            Saving::Replace => "takes its place",
            Saving::OfARun => "refused: the record of a run is there",
            Saving::OfOtherResults => "refused: another file has its folder",
            Saving::PlanEdited => "refused: the plan was edited",
            Saving::Foreign => "refused: it is no plan of ours",
        };
        if all.iter().all(|saving| *saving == all[0]) {
            rows.push(vec![
                journal(journal_state).to_owned(),
                "any".to_owned(),
                word(all[0]).to_owned(),
            ]);
            continue;
        }
        for (state, saving) in FILES.into_iter().zip(all) {
            rows.push(vec![
                journal(journal_state).to_owned(),
                file(state).to_owned(),
                word(saving).to_owned(),
            ]);
        }
    }
    table(&["journal", "file", "`plan -o`"], rows)
}

#[test]
fn the_page_about_states_tells_what_is_decided() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/states.md");
    let page = fs::read_to_string(&path).expect("the page");
    let mut made = page.clone();
    for (name, table) in [
        ("which", which()),
        ("sheets", of_sheets()),
        ("results", of_results_files()),
        ("saving", of_saved_plans()),
    ] {
        let (begin, end) = (
            format!("<!-- {name} -->\n"),
            format!("<!-- end of {name} -->"),
        );
        let start = made.find(&begin).expect("where the table begins") + begin.len();
        let stop = made.find(&end).expect("where the table ends");
        made.replace_range(start..stop, &table);
    }
    if env::var_os("UPDATE_STATES").is_some() {
        fs::write(&path, &made).expect("the page can be written");
    } else if made != page {
        panic!(
            "docs/states.md says something else than src/job/decide.rs; run this test with UPDATE_STATES=1"
        );
    }
}

/// The test that meets a decision on the real program.
fn met_by(decision: JobAction) -> &'static str {
    match decision {
        JobAction::Begin => "the_first_command_tells_what_became_of_every_row",
        JobAction::BeginAnew | JobAction::BeginTrialOfPlan => {
            "a_trial_and_a_real_run_share_no_file"
        }
        JobAction::BeginDated => "this_months_sheet_of_the_same_name_gets_results_with_the_date",
        JobAction::GoOn(RowSource::Workbook) => {
            "a_workbook_that_was_repaired_is_read_where_it_or_the_sheet_is_named"
        }
        JobAction::GoOn(_) => "repaired_rows_are_sent_and_no_others_and_then_nothing_is_left",
        JobAction::Resume(RowSource::Named) => {
            "a_killed_run_is_continued_from_its_journal_by_the_same_command"
        }
        JobAction::Resume(RowSource::Text) => {
            "a_killed_rerun_does_not_take_an_edited_cell_for_what_it_had_sent"
        }
        JobAction::Resume(RowSource::Workbook) => {
            "a_run_that_was_killed_between_the_two_files_goes_on_from_the_text"
        }
        JobAction::ShowApart(_) => {
            "a_plan_shows_the_sheet_for_new_results_where_it_cannot_go_on_and_changes_nothing"
        }
        JobAction::Refuse(why) => match why {
            Why::AtWork => "a_second_run_on_the_same_results_is_refused_and_told_who_holds_them",
            Why::Damaged => {
                "a_line_that_was_tampered_with_is_refused_by_its_number_and_nothing_is_sent"
            }
            Why::Foreign | Why::PlanThere | Why::Gone | Why::Taken => {
                "what_is_printed_where_something_else_stands_on_disk_works"
            }
            Why::Unrecorded => "a_workbook_beside_results_without_a_journal_is_written_with_them",
            Why::SheetEdited | Why::SheetAnother => {
                "another_sheet_is_refused_while_the_results_of_the_first_have_open_rows"
            }
            Why::OtherEdited => {
                "where_the_other_one_was_repaired_nothing_is_chosen_and_each_printed_command_works"
            }
            Why::OfATrial | Why::OfARealRun => {
                "results_of_a_trial_are_refused_without_the_sandbox_and_real_ones_with_it"
            }
            Why::OfOtherWorkspace => "results_of_another_workspace_are_refused_naming_both",
            Why::OfOtherResults => {
                "what_differs_in_its_ending_only_does_not_share_the_folder_of_what_is_there"
            }
            Why::Unwritable => {
                "results_in_a_workbook_of_a_kind_that_is_not_written_are_planned_and_go_on_elsewhere"
            }
        },
    }
}

#[test]
fn every_distinct_decision_is_met_on_the_real_program() {
    fn read(folder: &Path, all: &mut String) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            match entry.path().is_dir() {
                true => read(&entry.path(), all),
                false => all.push_str(&fs::read_to_string(entry.path()).unwrap_or_default()),
            }
        }
    }
    let mut tests = String::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli"),
        &mut tests,
    );
    let decisions: BTreeSet<JobAction> = states()
        .flat_map(|state| DOING.map(|doing| decide(doing, &state)))
        .collect();
    for decision in decisions {
        let name = met_by(decision);
        assert!(
            tests.contains(&format!("fn {name}()")),
            "{decision:?}: {name}"
        );
    }
}
