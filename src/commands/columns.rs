//! Which columns a sheet has, by what was said about them.

use crate::cli::ReadingArgs;
use crate::contact::Rules;
use crate::mapping::{self, Choice, Columns, HEADER_WITHIN, Seeks, Wanted};
use crate::sheet::{Batch, Sheet};

use super::refusal::Refusal;

/// The columns of a sheet, by what was said about them.
pub(super) fn columns(
    sheet: &Sheet,
    choice: &Choice,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Columns>> {
    let head = sheet.head()?;
    let rows: Vec<_> = head
        .into_iter()
        .flat_map(Batch::rows)
        .take(HEADER_WITHIN as usize * 2)
        .collect();
    match mapping::find_columns(&rows, choice) {
        Ok(columns) => Ok(Some(columns)),
        Err(errors) => {
            let name = sheet.path().display().to_string();
            refusals.extend(errors.iter().map(|err| {
                let fix = fix(err, choice.seeks);
                let hint = if fix.is_empty() {
                    String::new()
                } else {
                    format!("; say which with `{}`", fix[0])
                };
                Refusal::new(format!("`{name}`: {err}{hint}")).fixed_by(fix)
            }));
            Ok(None)
        }
    }
}

/// The options that would settle it, as they are typed: who has a contact now is named by another option.
fn fix(err: &mapping::ColumnError, seeks: Seeks) -> Vec<String> {
    let fix = err.fix().into_iter();
    fix.map(|arg| match (seeks, arg.as_str()) {
        (Seeks::Holder, "--assignee") => "--current".to_owned(),
        _ => arg,
    })
    .collect()
}

/// What was said about the columns.
pub(super) fn choice(reading: &ReadingArgs) -> Choice {
    Choice {
        seeks: Seeks::New,
        identifiers: reading.identifier.clone(),
        assignee: reading.assignee.clone(),
        current: wanted(reading.current.as_ref()),
        region: wanted(reading.region_column.as_ref()),
        header_row: reading.header_row,
        rules: rules(reading),
    }
}

/// How cells are read.
pub(super) fn rules(reading: &ReadingArgs) -> Rules {
    Rules {
        kind: None,
        region: reading.region,
        bare_digits: reading.bare_digits,
        bare_phones: reading.bare_phones,
    }
}

/// A column that can be done without.
pub(super) fn wanted(typed: Option<&String>) -> Wanted {
    match typed.map(String::as_str) {
        None => Wanted::Found,
        Some("none") => Wanted::Nothing,
        Some(name) => Wanted::Column(name.to_owned()),
    }
}
