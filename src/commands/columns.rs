//! Which columns a sheet has, by what was said about them.

use crate::cli::ReadingArgs;
use crate::contact::Rules;
use crate::mapping::{self, About, Choice, ColumnError, Columns, Names, Question, Seeks, Wanted};
use crate::sheet::{Batch, Sheet};
use crate::workspace::Users;

use crate::refusal::{Answer, Refusal};

/// The columns of a sheet, by what was said about them and by who works in the workspace.
pub(super) fn columns(
    sheet: &Sheet,
    choice: &Choice,
    users: Option<&Users>,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Columns>> {
    let head = sheet.head()?;
    let rows: Vec<_> = head.into_iter().flat_map(Batch::rows).collect();
    let choice = &Choice {
        names: match sheet.is_encoding_guessed() {
            true => Names::Guessed,
            false => Names::Certain,
        },
        ..choice.clone()
    };
    match mapping::find_columns(&rows, choice, users) {
        Ok(columns) => Ok(Some(columns)),
        Err(errors) => {
            let name = sheet.path().display().to_string();
            let refused = errors.iter().map(|err| match err {
                ColumnError::Open(question) => asked(&name, question, choice.seeks),
                ColumnError::NoSuchColumn { option, .. } => {
                    Refusal::new(format!("`{name}`: {err}; name one of them with `{option}`"))
                }
                err => Refusal::new(format!("`{name}`: {err}")),
            });
            refusals.extend(refused);
            Ok(None)
        }
    }
}

/// A question about columns, with its answers.
fn asked(name: &str, question: &Question, seeks: Seeks) -> Refusal {
    // Who has a contact now is named by another option where nobody gets any.
    let named = |arg: &str| match (seeks, arg) {
        (Seeks::Holder, "--assignee") => "--current".to_owned(),
        (_, arg) => arg.to_owned(),
    };
    let option = named(question.about.option());
    let answers = question.offers.iter().map(|offer| Answer {
        what: offer.to_string(),
        options: offer.options.iter().map(|arg| named(arg).into()).collect(),
    });
    let hint = match question.about {
        About::NoHeader => String::new(),
        about if about.is_lacking() => {
            format!(
                "; say which with `{option}`, or which row names the columns with `--header-row`"
            )
        }
        _ => format!("; say which with `{option}`"),
    };
    Refusal::new(format!("`{name}`: {question}{hint}")).answered_by(answers.collect())
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
        names: Names::default(),
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
