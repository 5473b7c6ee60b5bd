//! What a command does, decided from what stands on disk: pure, and for every state.
//!
//! The tables in `docs/states.md` are made from this file, and a test keeps them equal.

/// What a command is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doing {
    /// Shows what would be sent, and writes nothing where results go.
    Plan,
    /// Sends.
    Apply,
}

/// Whether it is done in the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RealOrTrial {
    /// In a workspace that is there tomorrow.
    Real,
    /// In the sandbox.
    Trial,
}

/// What the file that was named is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedFile {
    /// A sheet as somebody made it, as text.
    Sheet,
    /// The same in a workbook.
    SheetInWorkbook,
    /// Results as text.
    Results,
    /// Results in a workbook.
    ResultsInWorkbook,
}

/// How a sheet compares with the one that the job's results were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SheetState {
    /// The same, byte by byte, or results were named and there is nothing to compare.
    Same,
    /// At least half of the rows say what they said.
    Edited,
    /// Fewer do.
    Another,
}

/// What became of a results file since it was last written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileState {
    /// It is not there.
    Absent,
    /// It says what we wrote.
    AsWritten,
    /// It holds results, and is not as we wrote it; or nothing is known of what we wrote.
    Edited,
    /// It holds no results.
    Foreign,
}

/// What the journal tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JournalState {
    /// There is none.
    Absent,
    /// Of a plan that was saved, and of no run.
    OfPlan,
    /// Its last run ended.
    Ended,
    /// Its last run was cut short.
    CutShort,
    /// A run is at work.
    AtWork,
    /// It, or the results where there is none, are of a trial and this is no trial; or the other way round.
    OfOtherKind,
    /// It is of another workspace.
    OfOtherWorkspace,
    /// It is of results, or of a saved plan, that differ in the ending of their name only and are still there.
    OfOtherResults,
    /// It cannot be read as a whole.
    Damaged,
}

/// Whether results have rows that are still to be settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Open {
    /// Every row is settled.
    None,
    /// Some are not.
    Some,
}

/// Where the results of a command go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultsPlace {
    /// Where the job's results are.
    Own,
    /// Where the user wants the results of a sheet, with `-o`.
    Named,
    /// To another place, given with `-o`, which is free.
    Free,
    /// To another place, given with `-o`, where something is.
    Taken,
    /// The results that were named are a workbook of a kind that is not written.
    Unwritable,
}

/// Whether the user said that the other one of two results files is not to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aside {
    /// Nothing was said.
    Unsaid,
    /// `--set-aside` names it.
    Said,
}

/// All that a decision depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) named: NamedFile,
    pub(crate) kind: RealOrTrial,
    pub(crate) journal: JournalState,
    pub(crate) text: FileState,
    pub(crate) workbook: FileState,
    pub(crate) aside: Aside,
    pub(crate) sheet: SheetState,
    pub(crate) open: Open,
    pub(crate) target: ResultsPlace,
}

/// A file that rows are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowSource {
    /// The file that was named.
    Named,
    /// The results as text.
    Text,
    /// The results in a workbook.
    Workbook,
}

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum JobAction {
    /// The first run of the job.
    Begin,
    /// A trial, or a run where only the record of a plan is left, takes the place of what is there, which is set aside.
    BeginAnew,
    /// The results that are there are finished and of another sheet: new ones get the date in their name.
    BeginDated,
    /// A trial of a saved plan, with results of its own.
    BeginTrialOfPlan,
    /// The open rows of results that an earlier run left.
    GoOn(RowSource),
    /// A run that was cut short is continued.
    Resume(RowSource),
    /// Only shown, as for new results in another file.
    ShowApart(Why),
    /// Nothing is done.
    Refuse(Why),
}

/// Why a command does not use what stands there, or does nothing at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// A run is at work on it.
    AtWork,
    /// The journal is damaged.
    Damaged,
    /// Something that is no result stands there.
    Foreign,
    /// Results stand there, and no journal says of which sheet.
    Unrecorded,
    /// A saved plan stands there.
    PlanThere,
    /// The journal tells of a run, and its results are gone.
    Gone,
    /// The sheet was edited since its results were written.
    SheetEdited,
    /// The results, not finished, are of another sheet.
    SheetAnother,
    /// The results file that would not be read was edited.
    OtherEdited,
    /// The results of a trial, and this is no trial.
    OfATrial,
    /// The results of a real run, and this is a trial.
    OfARealRun,
    /// The results of another workspace.
    OfOtherWorkspace,
    /// Results of another ending have the folder that these would have.
    OfOtherResults,
    /// Something stands where `-o` points.
    Taken,
    /// Results are not written as workbooks of this kind.
    Unwritable,
}

/// Which results file a sheet has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Foreign,
    Read(RowSource),
    /// The other one was edited, too.
    OtherEdited,
}

/// What a command does in a state.
pub(crate) fn decide(doing: Doing, state: &State) -> JobAction {
    let decision = match state.named {
        NamedFile::Sheet | NamedFile::SheetInWorkbook => of_a_sheet(doing, state),
        NamedFile::Results | NamedFile::ResultsInWorkbook => of_results(doing, state),
    };
    let decision = match (doing, decision) {
        // A plan writes nothing there; what it shows begins in another file.
        (Doing::Plan, JobAction::Refuse(why)) if can_be_shown(state.named, why) => {
            JobAction::ShowApart(why)
        }
        (_, decision) => decision,
    };
    #[cfg(test)]
    crate::test_world::decided(doing, decision);
    decision
}

/// Whether a sheet can be planned although its results cannot be gone on with.
fn can_be_shown(named: NamedFile, why: Why) -> bool {
    match (named, why) {
        (NamedFile::Results | NamedFile::ResultsInWorkbook, _) | (_, Why::OtherEdited) => false,
        (NamedFile::Sheet | NamedFile::SheetInWorkbook, _) => true,
    }
}

fn of_a_sheet(doing: Doing, state: &State) -> JobAction {
    use JobAction::{Begin, BeginAnew, BeginDated, GoOn, Refuse, Resume};
    use SheetState::{Another, Edited, Same};

    match (state.journal, found(state), state.sheet, state.open) {
        (JournalState::Damaged, ..) => Refuse(Why::Damaged),
        (JournalState::OfOtherResults, ..) => Refuse(Why::OfOtherResults),
        (JournalState::OfOtherKind, ..) => Refuse(of_other_kind(state.kind)),
        (JournalState::OfOtherWorkspace, ..) => Refuse(Why::OfOtherWorkspace),
        (JournalState::AtWork, ..) if doing == Doing::Apply => Refuse(Why::AtWork),
        (_, Found::Foreign, ..) => Refuse(Why::Foreign),
        // A trial says nothing about anything else, and begins anew; to go on with one, its results are named.
        (_, Found::Nothing, ..)
            if state.kind == RealOrTrial::Trial && state.journal == JournalState::Absent =>
        {
            Begin
        }
        (JournalState::OfPlan, Found::Read(_) | Found::OtherEdited, ..) => Refuse(Why::PlanThere),
        _ if state.kind == RealOrTrial::Trial => BeginAnew,
        (JournalState::Absent, Found::Nothing, ..) => Begin,
        (JournalState::Absent, Found::Read(_) | Found::OtherEdited, ..) => Refuse(Why::Unrecorded),
        (JournalState::OfPlan, Found::Nothing, ..) => BeginAnew,
        (JournalState::Ended, _, Another, Open::None) if state.target == ResultsPlace::Own => {
            BeginDated
        }
        (JournalState::Ended, Found::Nothing, ..) => Refuse(Why::Gone),
        (JournalState::CutShort | JournalState::AtWork, Found::Nothing, Same | Edited, _) => {
            Resume(RowSource::Named)
        }
        (_, _, Another, _) => Refuse(Why::SheetAnother),
        (_, _, Edited, _) => Refuse(Why::SheetEdited),
        (_, Found::OtherEdited, Same, _) => Refuse(Why::OtherEdited),
        (JournalState::Ended, Found::Read(read), Same, _) => GoOn(read),
        (JournalState::CutShort | JournalState::AtWork, Found::Read(read), Same, _) => Resume(read),
    }
}

fn of_results(doing: Doing, state: &State) -> JobAction {
    use JobAction::{Begin, BeginTrialOfPlan, GoOn, Refuse, Resume};

    match (state.journal, read(state), state.target) {
        (JournalState::Damaged, _, ResultsPlace::Own) => Refuse(Why::Damaged),
        (JournalState::OfOtherResults, ..) => Refuse(Why::OfOtherResults),
        (JournalState::OfOtherKind, ..) => Refuse(of_other_kind(state.kind)),
        (JournalState::OfOtherWorkspace, ..) => Refuse(Why::OfOtherWorkspace),
        (JournalState::AtWork, ..) if doing == Doing::Apply => Refuse(Why::AtWork),
        (_, _, ResultsPlace::Taken) => Refuse(Why::Taken),
        (_, _, ResultsPlace::Unwritable) if doing == Doing::Apply => Refuse(Why::Unwritable),
        (_, None, _) => Refuse(Why::OtherEdited),
        (JournalState::OfPlan, ..) if state.kind == RealOrTrial::Trial => BeginTrialOfPlan,
        (JournalState::OfPlan, ..) => Begin,
        // What a damaged journal knows is not known in the new place, either: the results tell what they tell.
        (JournalState::Absent | JournalState::Ended | JournalState::Damaged, Some(read), _) => {
            GoOn(read)
        }
        (JournalState::CutShort | JournalState::AtWork, Some(read), _) => Resume(read),
    }
}

fn of_other_kind(kind: RealOrTrial) -> Why {
    match kind {
        RealOrTrial::Real => Why::OfATrial,
        RealOrTrial::Trial => Why::OfARealRun,
    }
}

/// Which results file a sheet has: the workbook of a workbook and the text of a text.
fn found(state: &State) -> Found {
    let (one, other) = one_and_other(state);
    match (one, other) {
        (FileState::Absent, FileState::Absent) => Found::Nothing,
        (FileState::Foreign, _) | (_, FileState::Foreign) => Found::Foreign,
        _ => read(state).map_or(Found::OtherEdited, Found::Read),
    }
}

/// Which of two results files is read: where one is named that one; of a sheet's, the workbook of a workbook and the text of a
/// text. Neither, if the other one was edited, too.
fn read(state: &State) -> Option<RowSource> {
    let (one, other) = one_and_other(state);
    let (read, instead) = match state.named {
        NamedFile::Sheet | NamedFile::Results => (RowSource::Text, RowSource::Workbook),
        NamedFile::SheetInWorkbook | NamedFile::ResultsInWorkbook => {
            (RowSource::Workbook, RowSource::Text)
        }
    };
    match (one, other) {
        (FileState::Absent, FileState::AsWritten | FileState::Edited) => Some(instead),
        (FileState::AsWritten | FileState::Edited, FileState::Edited)
            if state.aside == Aside::Unsaid =>
        {
            None
        }
        _ => Some(read),
    }
}

/// Of text and workbook, the one that is read where both are there, and the other.
fn one_and_other(state: &State) -> (FileState, FileState) {
    match state.named {
        NamedFile::Sheet | NamedFile::Results => (state.text, state.workbook),
        NamedFile::SheetInWorkbook | NamedFile::ResultsInWorkbook => (state.workbook, state.text),
    }
}

/// What stands where a plan is to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Saving {
    /// It is written.
    Write,
    /// It takes the place of a plan that nobody has edited.
    Replace,
    /// The record of a run must not be lost.
    OfARun,
    /// Another plan, or other results, have the folder that this plan would have.
    OfOtherResults,
    /// Somebody has worked in the plan that is there.
    PlanEdited,
    /// It is no plan of ours.
    Foreign,
}

/// Whether a plan may be saved in a place.
pub(crate) fn save(journal: JournalState, file: FileState) -> Saving {
    match (journal, file) {
        (
            JournalState::Ended
            | JournalState::CutShort
            | JournalState::AtWork
            | JournalState::OfOtherKind
            | JournalState::OfOtherWorkspace
            | JournalState::Damaged,
            _,
        ) => Saving::OfARun,
        (JournalState::OfOtherResults, _) => Saving::OfOtherResults,
        (JournalState::Absent | JournalState::OfPlan, FileState::Foreign)
        | (JournalState::Absent, FileState::AsWritten | FileState::Edited) => Saving::Foreign,
        (JournalState::Absent, FileState::Absent) => Saving::Write,
        (JournalState::OfPlan, FileState::Edited) => Saving::PlanEdited,
        (JournalState::OfPlan, FileState::Absent | FileState::AsWritten) => Saving::Replace,
    }
}

#[cfg(test)]
pub(crate) mod tests;
