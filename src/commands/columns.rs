//! Which columns a sheet has, by what was said about them.

use crate::cli::ReadingArgs;
use crate::contact::{Identifier, Rules};
use crate::lookup::LookupPurpose;
use crate::mapping::{
    self, About, Choice, ColumnError, Columns, Names, Offer, Question, Seeks, Wanted,
};
use crate::refusal::{Refusal, UserAnswer};
use crate::sheet::{Batch, Row, Sheet};
use crate::wording::counted;
use crate::workspace::{Found, Users};

use super::session::Session;

/// The columns of a sheet, by what was said about them, by its first rows and some `further_down`, and by who works in the
/// workspace; or what stands in the way.
pub(super) fn columns(
    sheet: &Sheet,
    choice: &Choice,
    users: Option<&Users>,
    further_down: Option<&Batch>,
) -> anyhow::Result<Result<Columns, Vec<ColumnError>>> {
    let choice = &Choice {
        names: match sheet.is_encoding_guessed() {
            true => Names::Guessed,
            false => Names::Certain,
        },
        ..choice.clone()
    };
    let mut rows = first_rows(sheet)?;
    rows.extend(further_down.into_iter().flat_map(Batch::rows));
    Ok(mapping::find_columns(&rows, choice, users))
}

fn first_rows(sheet: &Sheet) -> anyhow::Result<Vec<Row<'_>>> {
    let head = sheet.head()?;
    Ok(head.into_iter().flat_map(Batch::rows).collect())
}

/// Why a command cannot start without knowing more about the columns.
pub(super) fn refusals(sheet: &Sheet, errors: &[ColumnError], seeks: Seeks) -> Vec<Refusal> {
    let name = sheet.path().display().to_string();
    let refused = errors.iter().map(|err| match err {
        ColumnError::Open(question) => asked(&name, question, seeks),
        ColumnError::NoSuchColumn { option, .. } => {
            Refusal::new(format!("`{name}`: {err}; name one of them with `{option}`"))
        }
        err => Refusal::new(format!("`{name}`: {err}")),
    });
    refused.collect()
}

/// Which columns identify the contacts, where IDs stand beside phone numbers and emails and it is asked whose they are: a
/// few contacts are read by ID and compared. Nothing where that does not tell.
pub(super) fn by_ids(
    sheet: &Sheet,
    errors: &[ColumnError],
    rules: Rules,
    session: &Session,
) -> anyhow::Result<Option<(Vec<String>, String)>> {
    let is_asked = |err: &&ColumnError| matches!(err, ColumnError::Open(question) if question.about == About::IdBeside);
    let Some(ColumnError::Open(question)) = errors.iter().find(is_asked) else {
        return Ok(None);
    };
    let rows = question.ids_beside(&first_rows(sheet)?, rules);
    let wanted = rows.iter().map(|(id, _)| Identifier::Id(*id)).collect();
    let contacts = session.who_has(wanted, &[], LookupPurpose::Owners)?;
    let is_the_same =
        |(id, beside): &(u64, Vec<Identifier>)| match contacts.get(&Identifier::Id(*id)) {
            Found::One(card) => Some(beside.iter().any(|identifier| card.is(identifier))),
            Found::Missing(_) | Found::Other(_) => Some(false),
            Found::Several(_) | Found::Unread(_) | Found::Unasked => None,
        };
    let same: Option<Vec<bool>> = rows.iter().map(is_the_same).collect();
    let same = same.unwrap_or_default();
    let count = counted(same.len(), "contact was", "contacts were");
    let (offer, why) = match () {
        () if same.is_empty() => return Ok(None),
        () if same.iter().all(|same| *same) => (
            &question.offers[0],
            format!("{count} looked up by it and have the phone or email of their rows"),
        ),
        () if !same.contains(&true) => (
            &question.offers[1],
            format!(
                "{count} looked up by `{}`, which is another system's: none has the phone or email of its row",
                question.offers[0].columns.join("`, `")
            ),
        ),
        () => return Ok(None),
    };
    let named = offer.options[1].split(',').map(str::to_owned).collect();
    Ok(Some((
        named,
        format!(
            "contacts are found by `{}`: {why}",
            offer.columns.join("`, `")
        ),
    )))
}

/// A question about columns, with its answers.
fn asked(name: &str, question: &Question, seeks: Seeks) -> Refusal {
    // Who has a contact now is named by another option where nobody gets any.
    let named = |arg: &str| match (seeks, arg) {
        (Seeks::Holder, "--assignee") => "--current".to_owned(),
        (_, arg) => arg.to_owned(),
    };
    let option = named(question.about.option());
    let answer = |offer: &Offer| UserAnswer {
        what: offer.to_string(),
        options: offer.options.iter().map(|arg| named(arg).into()).collect(),
    };
    let answers = question.offers.iter().map(answer);
    let unlikely = question.unlikely.iter().map(answer);
    let hint = match question.about {
        About::NoHeader => String::new(),
        about if about.is_lacking() => {
            format!(
                "; say which with `{option}`, or which row names the columns with `--header-row`"
            )
        }
        _ => format!("; say which with `{option}`"),
    };
    Refusal::new(format!("`{name}`: {question}{hint}"))
        .answered_by(answers.collect())
        .perhaps_answered_by(unlikely.collect())
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
