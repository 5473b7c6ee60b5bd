//! The columns of a load beside contact and holder.

use crate::vocabulary::{WordList, name_key};

use super::super::columns::column_at;
use super::super::{Columns, Wanted};

/// Something about each of these columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfLoadColumns<T> {
    /// How much load each contact is.
    pub weight: T,
    /// The group of users who may have it.
    pub group: T,
    /// Whether it stays where it is.
    pub pinned: T,
    /// The day of the last activity.
    pub active: T,
    /// Whether the conversation is closed.
    pub status: T,
}

/// What was said about these columns.
pub type LoadChoice = OfLoadColumns<Wanted>;

/// Where they stand; the first column is 0.
pub type LoadColumns = OfLoadColumns<Option<usize>>;

/// Why no column can be used for something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadColumnError {
    /// Several could be meant.
    #[error("{} could all hold {what}", quoted(found))]
    Several {
        /// What they could hold.
        what: &'static str,
        /// The option that decides.
        option: &'static str,
        /// Their names.
        found: Vec<String>,
    },
    /// An option names a column that is not there, or is there twice.
    #[error(
        "`{option} {wanted}` names no column, or more than one (found: {})",
        quoted(found)
    )]
    NoSuchColumn {
        /// The option.
        option: &'static str,
        /// The name it asked for.
        wanted: String,
        /// The names in the header.
        found: Vec<String>,
    },
}

impl LoadColumnError {
    /// The options that would settle it, as they are typed; an example where several would do.
    pub fn fix(&self) -> Vec<String> {
        let (LoadColumnError::Several { option, found, .. }
        | LoadColumnError::NoSuchColumn { option, found, .. }) = self;
        let first = found.first();
        first.map_or_else(Vec::new, |name| vec![(*option).to_owned(), name.clone()])
    }
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", super::super::excerpt(name)))
        .collect();
    names.join(", ")
}

/// Finds the columns of a load beside those of contact and holder.
///
/// # Errors
/// Everything that stands in the way.
pub fn find_load_columns(
    columns: &Columns,
    choice: &LoadChoice,
) -> Result<LoadColumns, Vec<LoadColumnError>> {
    let mut errors = Vec::new();
    let mut find = |option, what, wanted: &Wanted, known: WordList| {
        one(columns, option, what, wanted, known)
            .map_err(|err| errors.push(err))
            .ok()
            .flatten()
    };
    let found = LoadColumns {
        weight: find("--weight", "the weight", &choice.weight, WordList::Weight),
        group: find("--group", "the group", &choice.group, WordList::Group),
        pinned: find(
            "--pinned",
            "what is pinned",
            &choice.pinned,
            WordList::Pinned,
        ),
        active: find(
            "--activity",
            "the last activity",
            &choice.active,
            WordList::Active,
        ),
        status: find("--status", "the status", &choice.status, WordList::Status),
    };
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(errors)
    }
}

fn one(
    columns: &Columns,
    option: &'static str,
    what: &'static str,
    wanted: &Wanted,
    known: WordList,
) -> Result<Option<usize>, LoadColumnError> {
    let is_taken = |index: usize| {
        columns.assignee == index
            || columns.region == Some(index)
            || columns
                .identifiers
                .iter()
                .any(|column| column.index == index)
    };
    let named = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let names = columns.names.iter().enumerate();
        names
            .filter(|(_, name)| is(name))
            .map(|(index, _)| index)
            .collect()
    };
    let all = |of: &[usize]| of.iter().map(|index| columns.name(*index)).collect();
    match wanted {
        Wanted::Nothing => Ok(None),
        Wanted::Found => {
            let mut found = named(&|name| known.has(&name_key(name)));
            found.retain(|index| !is_taken(*index));
            match found.as_slice() {
                [] => Ok(None),
                [only] => Ok(Some(*only)),
                several => Err(LoadColumnError::Several {
                    what,
                    option,
                    found: all(several),
                }),
            }
        }
        Wanted::Column(wanted) => {
            let mut found = named(&|name| name.trim() == wanted.trim());
            if found.is_empty() {
                found =
                    named(&|name| !name_key(name).is_empty() && name_key(name) == name_key(wanted));
            }
            if columns.header_row.is_none() {
                found.extend(column_at(wanted));
            }
            match found.as_slice() {
                [only] => Ok(Some(*only)),
                _ => Err(LoadColumnError::NoSuchColumn {
                    option,
                    wanted: wanted.clone(),
                    found: all(&named(&|name| !name.trim().is_empty())),
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_load_are_known_in_every_language() {
        let found = |name: &str| {
            let columns = Columns::named(&["Contact", "Owner", name]);
            let found = find_load_columns(&columns, &LoadChoice::default());
            let found = found.unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
            [
                ("weight", found.weight),
                ("group", found.group),
                ("pinned", found.pinned),
                ("active", found.active),
                ("status", found.status),
            ]
            .into_iter()
            .find(|(_, place)| *place == Some(2))
            .map(|(field, _)| field)
        };
        for (field, names) in [
            (
                "weight",
                "Weight, Revenue, Open conversations, Ingresos, Conversas abertas, Umsatz, \
               Conversations ouvertes, Fatturato, Omzet, Percakapan terbuka, Perbualan terbuka, 会话数, 重み",
            ),
            ("group", "Queue, Language, Region, Equipo, Abteilung"),
            ("pinned", "Locked, Keep"),
            ("active", "Last message, Last activity"),
            ("status", "State, Estado, 状态"),
        ] {
            for name in names.split(", ") {
                assert_eq!(found(name), Some(field), "{name}");
            }
        }
        assert_eq!(found("Remark"), None);
    }
}
