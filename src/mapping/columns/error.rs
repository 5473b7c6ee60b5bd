//! Why columns cannot be told, and which option would tell them.

use super::super::header::{Role, Time, role};
use super::super::rejection::excerpt;
use super::HEADER_WITHIN;

/// Why no column, or more than one, can be used. Each names the option that decides.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing looks like a contact.
    #[error("no column is named like a contact (found: {})", list(found))]
    NoIdentifier {
        /// The names in the header.
        found: Vec<String>,
    },
    /// Nothing looks like an assignee.
    #[error("no column is named like an assignee (found: {})", list(found))]
    NoAssignee {
        /// The names in the header.
        found: Vec<String>,
    },
    /// Several columns could hold the contact.
    #[error("{} could all hold the contact", list(found))]
    TwoIdentifiers {
        /// Their names.
        found: Vec<String>,
    },
    /// An ID stands beside other identifiers: it may be another system's record ID.
    #[error(
        "{} stand side by side, and an ID may be another system's record ID",
        list(found)
    )]
    IdBeside {
        /// Their names; the ID first.
        found: Vec<String>,
    },
    /// Several columns could hold the assignee.
    #[error("{} could all hold the assignee", list(found))]
    TwoAssignees {
        /// Their names.
        found: Vec<String>,
    },
    /// Several columns could hold who has each contact now.
    #[error("{} could all hold who has each contact now", list(found))]
    TwoCurrents {
        /// Their names.
        found: Vec<String>,
    },
    /// Several columns could hold each contact's country.
    #[error("{} could all hold the country of the phone numbers", list(found))]
    TwoRegions {
        /// Their names.
        found: Vec<String>,
    },
    /// No row names the columns, and what stands in them leaves open which is which.
    #[error(
        "none of the first {HEADER_WITHIN} rows names the columns, and their cells leave open which hold contact and \
         assignee"
    )]
    NoHeader,
    /// An option names a column that is not there.
    #[error("no column is named `{wanted}` (found: {})", list(found))]
    NoSuchColumn {
        /// The option, with its dashes.
        option: &'static str,
        /// The name it asked for.
        wanted: String,
        /// The names in the header.
        found: Vec<String>,
    },
    /// An option names a column that is there twice.
    #[error("two columns are named `{wanted}`; give one of them another name")]
    Ambiguous {
        /// The name.
        wanted: String,
    },
    /// The header row asked for is not among the first rows.
    #[error(
        "row {row} holds no header: the sheet has nothing there, or it stands below row {HEADER_WITHIN}; name another row, or leave `--header-row` out"
    )]
    NoSuchHeader {
        /// The row asked for.
        row: u32,
    },
    /// One column would have two meanings.
    #[error("`{name}` cannot be two things at once; name a column of its own for each")]
    SameColumn {
        /// Its name.
        name: String,
    },
    /// Some of our own columns are there, and not all that make a results file: what was settled would be sent again.
    #[error(
        "the columns of a results file are here, but not `{missing}`; name it so again, or rename all columns that begin with `reassign_` to start over"
    )]
    HalfResults {
        /// The first one that is missing.
        missing: &'static str,
    },
    /// The sheet holds no row at all.
    #[error("the sheet is empty; export it again")]
    Empty,
}

impl Error {
    /// The options that would settle it, as they are typed; an example where several would do.
    pub fn fix(&self) -> Vec<String> {
        let option = |name: &str, value: &String| vec![name.to_owned(), value.clone()];
        match self {
            Error::NoIdentifier { found } => found.first().map(|name| option("--identifier", name)),
            Error::TwoIdentifiers { found } => {
                found.first().map(|name| option("--identifier", name))
            }
            Error::IdBeside { found } => {
                (found.len() > 1).then(|| option("--identifier", &found[1..].join(",")))
            }
            Error::NoAssignee { found } => found.last().map(|name| option("--assignee", name)),
            Error::TwoAssignees { found } => found.first().map(|name| option("--assignee", name)),
            Error::TwoCurrents { found } => found.first().map(|name| option("--current", name)),
            Error::TwoRegions { found } => {
                found.first().map(|name| option("--region-column", name))
            }
            Error::NoHeader => {
                let options = "--header-row 0 --identifier 1 --assignee 2";
                Some(options.split(' ').map(str::to_owned).collect())
            }
            Error::NoSuchColumn {
                option: name,
                found,
                ..
            } => likely(name, found).map(|found| option(name, found)),
            Error::NoSuchHeader { .. }
            | Error::Ambiguous { .. }
            | Error::SameColumn { .. }
            | Error::HalfResults { .. }
            | Error::Empty => None,
        }
        .unwrap_or_default()
    }
}

/// The column that an option most likely means: one whose name says so, or else the first.
fn likely<'a>(option: &str, found: &'a [String]) -> Option<&'a String> {
    let fits = |name: &&String| match role(name) {
        Some(Role::Identifier(_)) => option == "--identifier",
        Some(Role::Assignee(Time::Any | Time::New)) => option == "--assignee",
        Some(Role::Assignee(Time::Current)) => option == "--current",
        _ => false,
    };
    found.iter().find(fits).or(found.first())
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    names
        .iter()
        .map(|name| {
            let words: Vec<_> = name.split_whitespace().collect();
            format!("`{}`", excerpt(&words.join(" ")))
        })
        .collect::<Vec<_>>()
        .join(", ")
}
