//! What only the user can tell about rows.

use std::fmt;

use crate::wording::{counted, rows};

/// What is asked about rows, all of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowQuestion {
    /// Rows are hidden: left out on purpose, or forgotten.
    Hidden {
        /// The workbook, as it was named.
        sheet: String,
        /// Which rows.
        rows: Vec<u32>,
    },
    /// Digits could be contact IDs or phone numbers.
    Digits {
        /// Of how many contacts; `None` if that depends on other answers: of most.
        contacts: Option<usize>,
        /// The options with which this is so, as they are typed, where it is not so with others.
        with: Option<String>,
    },
    /// Contacts would be left without an owner, which is the worst that can happen by mistake.
    WithoutOwner {
        /// How many.
        contacts: usize,
        /// In which rows, where that is known.
        rows: Vec<u32>,
        /// The options with which this is so, as they are typed, where it is not so with others.
        with: Option<String>,
    },
}

impl fmt::Display for RowQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with = |with: &Option<String>| match with {
            Some(options) => format!("with `{options}`, "),
            None => String::new(),
        };
        match self {
            RowQuestion::Hidden {
                sheet,
                rows: hidden,
            } => write!(
                f,
                "`{sheet}` hides {}, by hand or by a filter ({}); `--hidden-rows skip` leaves them out, `--hidden-rows \
                 include` reads them like the others",
                counted(hidden.len(), "row", "rows"),
                rows(hidden),
            ),
            RowQuestion::Digits {
                contacts,
                with: options,
            } => write!(
                f,
                "{}the digits of {} could be contact IDs or phone numbers; say which with `--bare-digits id`, or \
                 `--bare-digits phone` with the country (`--region MY`) or `--bare-phones international`",
                with(options),
                match contacts {
                    Some(contacts) => counted(*contacts, "contact", "contacts"),
                    None => "most contacts".to_owned(),
                }
            ),
            RowQuestion::WithoutOwner {
                contacts,
                rows: which,
                with: options,
            } => {
                let which = match which.is_empty() {
                    true => String::new(),
                    false => format!(" ({})", rows(which)),
                };
                let they = if *contacts == 1 { "it" } else { "they" };
                write!(
                    f,
                    "{}{} would be left without an owner{which}, so nothing was changed; if {they} should have no owner, \
                     add `--max-unassign {contacts}`",
                    with(options),
                    counted(*contacts, "contact", "contacts")
                )
            }
        }
    }
}
