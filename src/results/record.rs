//! What our columns say about a row: a cell for each column, and how a workbook shows them.

use crate::contact::{Assignee, Identifier};
use crate::outcome::{Code, Guidance, Reason, Status, Todo, column, guidance};
use crate::sheet::{SheetColumns, Tone};

/// What our columns say about a row.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its number in the first sheet.
    pub row: u32,
    /// The contact, if it was readable.
    pub contact: Option<Identifier>,
    /// The assignee, if it was readable.
    pub assignee: Option<Assignee>,
    /// Who had the contact right before the first write that was accepted, or may have been; if known.
    pub previous: Option<Assignee>,
    /// Who must have the contact for the row to be sent, if that matters.
    pub expected: Option<Assignee>,
    /// What is true of the row.
    pub status: Status,
    /// What is wrong with it, or why it was not sent.
    pub codes: Vec<Code>,
    /// The same as a sentence for people: what is wrong and what would fix it.
    pub error: Option<String>,
    /// What of it the row's text does not show, with digests of that text; blank if there is nothing.
    pub cells: String,
    /// What the admin wrote, as far as it still has to be heeded.
    pub decision: Option<&'static str>,
    /// The last HTTP status.
    pub http: Option<u16>,
    /// The API's ID of the contact.
    pub contact_id: Option<u64>,
    /// Writes sent.
    pub attempts: u32,
    /// When it was settled, as [`local_time`](crate::outcome::local_time) writes it.
    pub at: Option<String>,
    /// The workspace.
    pub workspace: String,
}

impl Record {
    /// Who has the contact, or had it before this row was sent, as far as that is known or the row says so.
    pub(crate) fn owner_before(&self) -> Option<&Assignee> {
        self.previous.as_ref().or(self.expected.as_ref())
    }

    /// The codes of what is wrong with it, as the results show them.
    pub(crate) fn reason(&self) -> String {
        let codes: Vec<&str> = self.codes.iter().map(|code| code.name()).collect();
        codes.join(" ")
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
        let reason = self.reason();
        [
            self.row.to_string(),
            text(self.contact.as_ref()),
            text(self.assignee.as_ref()),
            text(self.previous.as_ref()),
            text(self.expected.as_ref()),
            self.status.to_string(),
            reason,
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
        words: ours(column::DECISION).map(|place| (place, DECISIONS)),
    }
}

/// What the admin may decide about a row.
const DECISIONS: &[&str] = &["skip", "again", "move"];

/// Where the status stands among our columns.
pub(super) const STATUS_PLACE: usize = 5;
