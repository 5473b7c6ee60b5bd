//! What only the user can tell about columns, with what there is to choose from.

use std::fmt;

use super::super::rejection::excerpt;

/// How far down a header is looked for, in rows.
pub const HEADER_WITHIN: u32 = 50;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// No column is named like a contact.
    NoIdentifier,
    /// Several columns could hold the contact.
    Identifier,
    /// An ID stands beside other identifiers: it may be another system's record ID.
    IdBeside,
    /// No column is named like an assignee.
    NoAssignee,
    /// Several columns could hold who gets each contact.
    Assignee,
    /// Several could hold who has each contact, and only that is asked for.
    Holder,
    /// Several could hold who has each contact now, beside who gets it.
    Current,
    /// Several could hold the country of the phone numbers.
    Country,
    /// No row names the columns, and what stands in them leaves open which is which.
    NoHeader,
}

/// One of the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The columns, as messages call them.
    pub columns: Vec<String>,
    /// Where they stand; the first column is 0.
    pub places: Vec<usize>,
    /// What stands in the first of them, up to three different cells.
    pub cells: Vec<String>,
    /// The options that choose it, as they are typed.
    pub options: Vec<String>,
    /// What it would do.
    pub effect: &'static str,
}

/// A column that nothing is known of but what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// How messages call it.
    pub name: String,
    /// What stands in it, up to three different cells.
    pub cells: Vec<String>,
}

/// What only the user can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub about: About,
    /// The row that was taken for the header.
    pub row: Option<u32>,
    /// The columns in it, where none of them is known.
    pub found: Vec<Column>,
    /// What there is to choose from. Nothing is in it that neither a name nor cells speak for.
    pub offers: Vec<Offer>,
    /// All other columns, where none is known; nothing speaks for them but that somebody may choose one.
    pub unlikely: Vec<Offer>,
}

impl About {
    /// The option that decides.
    pub fn option(self) -> &'static str {
        match self {
            About::NoIdentifier | About::Identifier | About::IdBeside => "--identifier",
            About::NoAssignee | About::Assignee => "--assignee",
            About::Holder | About::Current => "--current",
            About::Country => "--region-column",
            About::NoHeader => "--header-row",
        }
    }

    pub(super) fn effect(self) -> &'static str {
        match self {
            About::NoIdentifier | About::Identifier | About::IdBeside => {
                "finds each contact by what is in it"
            }
            About::NoAssignee | About::Assignee => "gives each contact to the user named here",
            About::Holder => "takes the user named here for who has the contact",
            About::Current => "changes a contact only while the user named here has it",
            About::Country => "reads phone numbers as dialled in the country named here",
            About::NoHeader => "reads columns by their position",
        }
    }

    /// Whether the columns are not known at all, rather than known for too many.
    pub fn is_lacking(self) -> bool {
        matches!(
            self,
            About::NoIdentifier | About::NoAssignee | About::NoHeader
        )
    }
}

/// More columns than these are not listed with their cells.
pub(super) const MOST_COLUMNS: usize = 24;

impl Question {
    /// The names that were found, with what stands below them.
    fn found(&self) -> String {
        let with_cells = |column: &Column| {
            let name = list(std::slice::from_ref(&column.name));
            match column.cells.is_empty() {
                true => format!("{name} (blank)"),
                false => format!("{name} ({})", excerpts(&column.cells)),
            }
        };
        let shown: Vec<String> = self
            .found
            .iter()
            .take(MOST_COLUMNS)
            .map(with_cells)
            .collect();
        let more = match self.found.len().saturating_sub(MOST_COLUMNS) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let row = self.row.map(|row| format!("row {row} names "));
        format!("{}{}{more}", row.unwrap_or_default(), shown.join(", "))
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self
            .offers
            .iter()
            .flat_map(|offer| offer.columns.clone())
            .collect();
        let columns = list(&columns);
        match self.about {
            About::NoIdentifier => {
                write!(f, "no column is named like a contact ({})", self.found())
            }
            About::NoAssignee => {
                write!(f, "no column is named like a new owner ({})", self.found())
            }
            About::Identifier => write!(f, "{columns} could all hold the contact"),
            About::IdBeside => write!(
                f,
                "{columns} are side by side, and an ID may be another system's record ID"
            ),
            About::Assignee => write!(f, "{columns} could all hold the new owner"),
            About::Holder | About::Current => {
                write!(f, "{columns} could all hold who has each contact now")
            }
            About::Country => write!(
                f,
                "{columns} could all hold the country of the phone numbers"
            ),
            About::NoHeader => write!(
                f,
                "none of the first {HEADER_WITHIN} rows names the columns, and their cells leave open which hold \
                 contact and new owner; name them with `--header-row 0`, `--identifier` and `--assignee`, or the row \
                 of the header with `--header-row` if it is further down"
            ),
        }
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, cells) = (list(&self.columns), excerpts(&self.cells));
        write!(f, "{columns} ({cells}) {}", self.effect)
    }
}

fn excerpts(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| excerpt(cell)).collect();
    cells.join(", ")
}

pub(super) fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let shown = names.iter().take(MOST_COLUMNS).map(|name| {
        let words: Vec<_> = name.split_whitespace().collect();
        format!("`{}`", excerpt(&words.join(" ")))
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MOST_COLUMNS) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
