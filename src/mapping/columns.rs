//! Which columns of a sheet hold what, and where its header stands.

use crate::contact::Kind;
use crate::outcome::column;
use crate::sheet::{Row, unguard};

use super::earlier::EarlierColumns;
use super::header::{Role, role, words};
use super::rejection::excerpt;

/// How far down a header is looked for, in rows.
pub const HEADER_WITHIN: u32 = 20;

/// What the user said about the columns; what is left out is found by name.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Names of the identifier columns, in order of preference.
    pub identifiers: Vec<String>,
    /// Name of the assignee column.
    pub assignee: Option<String>,
    /// Row number of the header; 0: there is none.
    pub header_row: Option<u32>,
}

/// A column that identifies the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentifierColumn {
    /// Where it stands; the first column is 0.
    pub index: usize,
    /// What its name says that it holds.
    pub kind: Option<Kind>,
}

/// Where the header stands and which columns hold what.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The header's row number; `None` if the sheet has no header.
    pub header_row: Option<u32>,
    /// The names in the header as they are written; empty without a header.
    pub names: Vec<String>,
    /// The identifier columns, in order of preference: the first that is not blank in a row is used.
    pub identifiers: Vec<IdentifierColumn>,
    /// The assignee's column.
    pub assignee: usize,
    /// Our own columns, if the sheet is a results file.
    pub earlier: Option<EarlierColumns>,
}

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
    /// One column would be both.
    #[error(
        "`{name}` cannot be both the contact and the assignee; name two columns with `--identifier` and `--assignee`"
    )]
    SameColumn {
        /// Its name.
        name: String,
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
            Error::NoSuchColumn {
                option: name,
                found,
                ..
            } => found.first().map(|found| option(name, found)),
            Error::NoSuchHeader { .. }
            | Error::Ambiguous { .. }
            | Error::SameColumn { .. }
            | Error::Empty => None,
        }
        .unwrap_or_default()
    }
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

/// Finds the header among the first rows of a sheet, and the columns in it.
///
/// The header is the first row in which both an identifier and an assignee are recognized; if there is none, the first
/// row that is not blank is taken, and the errors say what it lacks.
///
/// # Errors
/// Everything that stands in the way, not only the first.
pub fn find(head: &[Row<'_>], choice: &Choice) -> Result<Columns, Vec<Error>> {
    let named = |row: &Row<'_>| row.cells().map(str::to_owned).collect::<Vec<_>>();
    match choice.header_row {
        Some(0) => by_position(head, choice),
        Some(wanted) => match head
            .iter()
            .find(|row| row.number() == wanted && !row.is_blank())
        {
            Some(row) => by_name(wanted, named(row), choice),
            None => Err(vec![Error::NoSuchHeader { row: wanted }]),
        },
        None => {
            let mut rows = head
                .iter()
                .filter(|row| !row.is_blank() && row.number() <= HEADER_WITHIN);
            let first = rows.clone().next().ok_or_else(|| vec![Error::Empty])?;
            let found = rows.find_map(|row| by_name(row.number(), named(row), choice).ok());
            match found {
                Some(columns) => Ok(columns),
                None => {
                    let best = best_header(head).unwrap_or(first);
                    by_name(best.number(), named(best), choice)
                }
            }
        }
    }
}

/// The row whose names say most, for an error about what it lacks.
fn best_header<'a, 'b>(head: &'a [Row<'b>]) -> Option<&'a Row<'b>> {
    let known = |row: &Row<'_>| row.cells().filter(|name| role(name).is_some()).count();
    head.iter()
        .filter(|row| row.number() <= HEADER_WITHIN && known(row) > 0)
        .max_by_key(|row| (known(row), u32::MAX - row.number()))
}

fn by_name(header_row: u32, names: Vec<String>, choice: &Choice) -> Result<Columns, Vec<Error>> {
    let earlier = EarlierColumns::find(&names);
    let own: Vec<(usize, &str)> = names
        .iter()
        .enumerate()
        .filter(|(_, name)| !column::ALL.contains(&name.trim()) && !words(name).is_empty())
        .map(|(index, name)| (index, name.as_str()))
        .collect();
    let mut errors = Vec::new();
    let identifiers = keep(identifiers(&own, choice), &mut errors);
    let assignee = keep(assignee(&own, choice), &mut errors);
    if let (Some(identifiers), Some(assignee)) = (&identifiers, &assignee)
        && identifiers.iter().any(|column| column.index == *assignee)
    {
        errors.push(Error::SameColumn {
            name: names[*assignee].clone(),
        });
    }
    match (identifiers, assignee) {
        (Some(identifiers), Some(assignee)) if errors.is_empty() => Ok(Columns {
            header_row: Some(header_row),
            names,
            identifiers,
            assignee,
            earlier,
        }),
        _ => Err(errors),
    }
}

fn keep<T>(result: Result<T, Error>, errors: &mut Vec<Error>) -> Option<T> {
    result.map_err(|err| errors.push(err)).ok()
}

fn identifiers(own: &[(usize, &str)], choice: &Choice) -> Result<Vec<IdentifierColumn>, Error> {
    let kind_of = |name: &str| match role(name) {
        Some(Role::Identifier(kind)) => kind,
        _ => None,
    };
    if !choice.identifiers.is_empty() {
        return choice
            .identifiers
            .iter()
            .map(|wanted| {
                let index = named(own, "--identifier", wanted)?;
                Ok(IdentifierColumn {
                    index,
                    kind: kind_of(wanted),
                })
            })
            .collect();
    }
    let candidates: Vec<(usize, &str, Option<Kind>)> = own
        .iter()
        .filter_map(|&(index, name)| match role(name) {
            Some(Role::Identifier(kind)) => Some((index, name, kind)),
            _ => None,
        })
        .collect();
    let names = |of: &[(usize, &str, Option<Kind>)]| {
        of.iter()
            .map(|(_, name, _)| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let of_kind = |kind: Option<Kind>| {
        candidates
            .iter()
            .filter(|(.., found)| *found == kind)
            .copied()
            .collect::<Vec<_>>()
    };
    if candidates.is_empty() {
        return Err(Error::NoIdentifier {
            found: own.iter().map(|(_, name)| (*name).to_owned()).collect(),
        });
    }
    for kind in [None, Some(Kind::Id), Some(Kind::Phone), Some(Kind::Email)] {
        if of_kind(kind).len() > 1 {
            return Err(Error::TwoIdentifiers {
                found: names(&of_kind(kind)),
            });
        }
    }
    let (general, ids) = (of_kind(None), of_kind(Some(Kind::Id)));
    let direct: Vec<_> = [Kind::Phone, Kind::Email]
        .into_iter()
        .flat_map(|kind| of_kind(Some(kind)))
        .collect();
    if !general.is_empty() && candidates.len() > 1 {
        return Err(Error::TwoIdentifiers {
            found: names(&candidates),
        });
    }
    if !ids.is_empty() && !direct.is_empty() {
        return Err(Error::IdBeside {
            found: names(&[ids, direct].concat()),
        });
    }
    Ok([general, ids, direct]
        .concat()
        .into_iter()
        .map(|(index, _, kind)| IdentifierColumn { index, kind })
        .collect())
}

fn assignee(own: &[(usize, &str)], choice: &Choice) -> Result<usize, Error> {
    if let Some(wanted) = &choice.assignee {
        return named(own, "--assignee", wanted);
    }
    let candidates: Vec<_> = own
        .iter()
        .filter(|(_, name)| matches!(role(name), Some(Role::Assignee(_))))
        .collect();
    let names = |of: &[&(usize, &str)]| {
        of.iter()
            .map(|(_, name)| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    match candidates.as_slice() {
        [] => Err(Error::NoAssignee {
            found: own.iter().map(|(_, name)| (*name).to_owned()).collect(),
        }),
        [(index, _)] => Ok(*index),
        several => Err(Error::TwoAssignees {
            found: names(several),
        }),
    }
}

/// The column that an option names: exactly as it is written, or else by its words.
fn named(own: &[(usize, &str)], option: &'static str, wanted: &str) -> Result<usize, Error> {
    let exact: Vec<usize> = own
        .iter()
        .filter(|(_, name)| *name == wanted)
        .map(|(index, _)| *index)
        .collect();
    let same_words = || {
        own.iter()
            .filter(|(_, name)| words(name) == words(wanted))
            .map(|(index, _)| *index)
            .collect()
    };
    match if exact.is_empty() {
        same_words()
    } else {
        exact
    }
    .as_slice()
    {
        [index] => Ok(*index),
        [] => Err(Error::NoSuchColumn {
            option,
            wanted: wanted.to_owned(),
            found: own.iter().map(|(_, name)| (*name).to_owned()).collect(),
        }),
        _ => Err(Error::Ambiguous {
            wanted: wanted.to_owned(),
        }),
    }
}

/// Without a header the contact stands in the first column and the assignee in the second, unless options say which by
/// number or letter.
fn by_position(head: &[Row<'_>], choice: &Choice) -> Result<Columns, Vec<Error>> {
    let width = head.iter().map(Row::len).max().unwrap_or(0);
    if width == 0 {
        return Err(vec![Error::Empty]);
    }
    let found = || (1..=width).map(|column| column.to_string()).collect();
    let place = |option: &'static str, wanted: &String| {
        position(wanted)
            .filter(|index| *index < width)
            .ok_or_else(|| Error::NoSuchColumn {
                option,
                wanted: wanted.clone(),
                found: found(),
            })
    };
    let mut errors = Vec::new();
    let identifiers = if choice.identifiers.is_empty() {
        vec![0]
    } else {
        choice
            .identifiers
            .iter()
            .filter_map(|wanted| keep(place("--identifier", wanted), &mut errors))
            .collect()
    };
    let assignee = match &choice.assignee {
        Some(wanted) => keep(place("--assignee", wanted), &mut errors),
        None if width > 1 => Some(1),
        None => keep(Err(Error::NoAssignee { found: found() }), &mut errors),
    };
    if let Some(assignee) = assignee
        && identifiers.contains(&assignee)
    {
        errors.push(Error::SameColumn {
            name: (assignee + 1).to_string(),
        });
    }
    match assignee {
        Some(assignee) if errors.is_empty() => Ok(Columns {
            header_row: None,
            names: Vec::new(),
            identifiers: identifiers
                .into_iter()
                .map(|index| IdentifierColumn { index, kind: None })
                .collect(),
            assignee,
            earlier: None,
        }),
        _ => Err(errors),
    }
}

/// `1` or `A` for the first column, `27` or `AA` for the twenty-seventh.
fn position(text: &str) -> Option<usize> {
    if let Ok(number) = text.parse::<usize>() {
        return number.checked_sub(1);
    }
    if text.is_empty() || text.len() > 3 || !text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let number = text.bytes().fold(0, |sum, byte| {
        sum * 26 + usize::from(byte.to_ascii_uppercase() - b'A') + 1
    });
    Some(number - 1)
}

impl Columns {
    /// A cell of the sheet's own, without the guard that results files put in front.
    pub(super) fn own_text<'a>(&self, row: &Row<'a>, index: usize) -> &'a str {
        match self.earlier {
            Some(_) => unguard(row.cell(index)),
            None => row.cell(index),
        }
    }

    /// How a column is called in messages: its name, or its number where there is no header.
    pub fn name(&self, index: usize) -> String {
        match self
            .names
            .get(index)
            .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        {
            Some(name) if !name.is_empty() => name,
            _ => (index + 1).to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
