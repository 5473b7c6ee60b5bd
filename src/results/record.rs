//! What our columns say about a row: a cell for each column, and how a workbook shows them.

use serde::{Serialize, Serializer};

use crate::contact::{Assignee, Identifier};
use crate::outcome::{Code, Decision, Guidance, Outcome, Reason, Status, Todo, column, guidance};
use crate::sheet::{SheetColumns, Tone};
use crate::wording::local_time;
use crate::workspace::People;

/// What our columns say about a row; for programs under the same names, without what only the next run needs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    /// Its number in the first sheet.
    pub row: u32,
    /// The contact, if it was readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Identifier>,
    /// The assignee, if it was readable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Assignee>,
    /// Who had the contact right before the first write that was accepted, or may have been; if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Assignee>,
    /// Who must have the contact for the row to be sent, if that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Assignee>,
    /// What is true of the row.
    pub status: Status,
    /// What is wrong with it, or why it was not sent.
    #[serde(
        rename = "reason",
        serialize_with = "one_word_each",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub codes: Vec<Code>,
    /// The same as a sentence for people: what is wrong and what would fix it.
    #[serde(skip_serializing_if = "is_blank")]
    pub error: Option<String>,
    /// What of it the row's text does not show, with digests of that text; blank if there is nothing.
    #[serde(skip)]
    pub cells: String,
    /// What the admin wrote, as far as it still has to be heeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<&'static str>,
    /// The last HTTP status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// The API's ID of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<u64>,
    /// Writes sent.
    pub attempts: u32,
    /// When it was settled, as [`local_time`] writes it.
    #[serde(skip_serializing_if = "is_blank")]
    pub at: Option<String>,
    /// The workspace.
    #[serde(skip)]
    pub workspace: String,
}

fn one_word_each<S: Serializer>(codes: &[Code], to: S) -> Result<S::Ok, S::Error> {
    joined(codes).serialize(to)
}

fn is_blank(text: &Option<String>) -> bool {
    text.as_ref().is_none_or(String::is_empty)
}

fn joined(codes: &[Code]) -> String {
    let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
    names.join(" ")
}

impl Record {
    /// What is said of a row of which nothing else is known.
    pub(crate) fn new(row: u32, status: Status) -> Record {
        Record {
            row,
            contact: None,
            assignee: None,
            previous: None,
            expected: None,
            status,
            codes: Vec::new(),
            error: None,
            cells: String::new(),
            decision: None,
            http: None,
            contact_id: None,
            attempts: 0,
            at: None,
            workspace: String::new(),
        }
    }

    /// With what a run has come to.
    pub(crate) fn with(self, outcome: &Outcome, people: &People) -> Record {
        let reason = outcome.reason.as_ref();
        Record {
            status: outcome.status,
            codes: reason.map(Reason::code).into_iter().collect(),
            error: reason.map(|reason| reason.told(people).to_string()),
            http: outcome.http,
            attempts: outcome.attempts,
            at: Some(local_time(outcome.at)),
            ..self
        }
    }

    /// Who has the contact, or had it before this row was sent, as far as that is known or the row says so.
    pub(crate) fn owner_before(&self) -> Option<&Assignee> {
        self.previous.as_ref().or(self.expected.as_ref())
    }

    /// As one whose change an undo has taken back.
    pub(crate) fn undone(self) -> Record {
        Record {
            status: Status::Undone,
            codes: vec![Code::Undone],
            error: Some(Reason::Undone.to_string()),
            ..self
        }
    }

    /// As one whose change was undone, and is made again.
    pub(crate) fn redone(self) -> Record {
        Record {
            status: match self.assignee {
                Some(Assignee::Nobody) => Status::Unassigned,
                Some(_) | None => Status::Assigned,
            },
            codes: Vec::new(),
            error: None,
            ..self
        }
    }

    /// What the row asks for.
    pub(crate) fn guidance(&self) -> Guidance {
        guidance(self.status, self.codes.first().copied())
    }

    /// What the colour of its status tells.
    pub(super) fn tone(&self) -> Tone {
        match (self.status, self.guidance().todo()) {
            (Status::Skipped | Status::Duplicate, _) => Tone::Quiet,
            (_, Todo::Done) => Tone::Good,
            (_, Todo::RunAgain) => Tone::Waiting,
            (_, Todo::Repair | Todo::Decide) => Tone::Wrong,
        }
    }

    /// In the order of [`column::ALL`].
    pub(super) fn into_cells(self) -> [String; column::ALL.len()] {
        fn text<T: ToString>(value: Option<&T>) -> String {
            value.map(T::to_string).unwrap_or_default()
        }
        [
            self.row.to_string(),
            text(self.contact.as_ref()),
            text(self.assignee.as_ref()),
            text(self.previous.as_ref()),
            text(self.expected.as_ref()),
            self.status.to_string(),
            joined(&self.codes),
            self.error.unwrap_or_default(),
            self.cells,
            self.decision.unwrap_or_default().to_owned(),
            text(self.http.as_ref()),
            text(self.contact_id.as_ref()),
            self.attempts.to_string(),
            self.at.unwrap_or_default(),
            self.workspace,
        ]
    }
}

/// Our columns that are for programs, of so many columns in all.
pub(super) fn special(columns: usize) -> SheetColumns {
    const FOR_PROGRAMS: [&str; 6] = [
        column::EXPECTED,
        column::CELLS,
        column::HTTP,
        column::CONTACT_ID,
        column::ATTEMPTS,
        column::WORKSPACE,
    ];
    let own = columns - column::ALL.len();
    let place = |name: &str| column::ALL.iter().position(|known| *known == name);
    let ours = |name: &str| place(name).map(|place| own + place);
    SheetColumns {
        hidden: FOR_PROGRAMS.into_iter().filter_map(ours).collect(),
        wrapped: ours(column::ERROR).into_iter().collect(),
        editable: (0..own).chain(ours(column::DECISION)).collect(),
        words: ours(column::DECISION).map(|place| (place, Decision::NAMES.as_slice())),
    }
}

/// Where the status stands among our columns.
pub(super) fn status_place() -> usize {
    let mut ours = column::ALL.iter();
    ours.position(|name| *name == column::STATUS)
        .expect("the status is a column of ours")
}
