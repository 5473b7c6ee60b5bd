//! What an applied undo sheet has given back, noted in the results that it came from.

use std::path::Path;

use super::super::provenance;
use super::super::screen::{counted, tell};
use super::super::session::Workspace;
use super::super::summary_sheet::{SummaryFacts, page};
use crate::job::undone::{self, Noted, Undone};
use crate::results::History;
use crate::results::journal::Taken;

/// Notes it, or says why it cannot be.
pub(super) fn note(undone: anyhow::Result<Vec<Undone>>, workspace: &Workspace) {
    match undone {
        Ok(undone) => undone
            .iter()
            .for_each(|undone| mark(undone, Taken::Back, workspace, &[])),
        Err(err) => tell(format!(
            "what was undone could not be noted beside the results that it came from: {err:#}"
        )),
    }
}

/// Notes that rows of other results were given back, or are as they were before an undo, and says so. Where the results are
/// those of an undo sheet, the same goes the other way round for what that had given back.
fn mark(undone: &Undone, taken: Taken, workspace: &Workspace, before: &[&Path]) {
    let is_news = undone.is_news();
    let undone = &match undone::as_sent(undone.clone()) {
        Ok(undone) => undone,
        Err(err) => {
            return tell(format!(
                "what was undone could not be noted for `{}`: {err:#}",
                undone.results.display()
            ));
        }
    };
    if undone.rows.is_empty() {
        if is_news {
            tell(format!(
                "`{}` is about other contacts now, and stays as it is.",
                undone.results.display()
            ));
        }
        return;
    }
    tell(noted(undone, taken, workspace));
    let other = match taken {
        Taken::Back => Taken::Again,
        Taken::Again => Taken::Back,
    };
    let before = [before, &[undone.results.as_path()]].concat();
    match undone::redone(undone) {
        // Results that name each other would never come to an end.
        Ok(redone) => redone
            .iter()
            .filter(|redone| !before.contains(&redone.results.as_path()))
            .for_each(|redone| mark(redone, other, workspace, &before)),
        Err(err) => tell(format!(
            "what `{}` had given back could not be found: {err:#}",
            undone.results.display()
        )),
    }
}

fn noted(undone: &Undone, taken: Taken, workspace: &Workspace) -> String {
    let results = undone.results.display();
    let rows = counted(undone.rows.len(), "row", "rows");
    let (are, them, as_before, say) = match undone.rows.len() {
        1 => (
            "is",
            "it",
            "is as it was before it was undone",
            "says what it",
        ),
        _ => (
            "are",
            "them",
            "are as they were before they were undone",
            "say what they",
        ),
    };
    let again = &format!(
        "To do {them} again, write `again` into `reassign_decision`, or add `--again all`"
    );
    let page = |history: &History, counts: undone::ResultCounts| {
        let last = history.last.as_ref();
        let about = SummaryFacts {
            what: "Results",
            workspace: workspace.name(),
            by: provenance::by(),
            sheet: last.map_or(Path::new(""), |last| &last.sheet),
            plan: last.map(|last| last.plan.clone()).unwrap_or_default(),
            ended: match taken {
                Taken::Back => format!("an undo of {rows} was applied"),
                Taken::Again => format!("an undo of {rows} was itself undone"),
            },
            next: match taken {
                Taken::Back => vec![again.to_owned()],
                Taken::Again => Vec::new(),
            },
        };
        page(&about, counts.into_iter())
    };
    match (
        undone::note(undone, taken, &provenance::holder(), &workspace.id(), page),
        taken,
    ) {
        (Ok(Noted::Told), Taken::Back) => {
            format!("{rows} of `{results}` {are} undone now. {again}")
        }
        (Ok(Noted::InJournal), Taken::Back) => format!(
            "{rows} of `{results}` {are} undone now; the file itself says so after the next run on it. {again}"
        ),
        (Ok(Noted::Told), Taken::Again) => {
            format!("{rows} of `{results}` {as_before}.")
        }
        (Ok(Noted::InJournal), Taken::Again) => format!(
            "{rows} of `{results}` {as_before}; the file itself says so after the next run on it."
        ),
        (Ok(Noted::OtherWorkspace), _) => {
            format!("`{results}` is about another workspace, and stays as it is.")
        }
        (Ok(Noted::NoJournal), _) => {
            format!("`{results}` has no journal, so {rows} of it still {say} said.")
        }
        (Err(err), _) => {
            format!("what became of {rows} of `{results}` could not be written there: {err:#}")
        }
    }
}
