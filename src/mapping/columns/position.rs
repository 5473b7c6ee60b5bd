//! Columns of a sheet without a header: by number or letter, or by what the first rows hold.

use crate::contact::{Assignee, Reason};
use crate::sheet::{Guard, Row};

use super::evidence::Evidence;
use super::question::{About, Offer, Question};
use super::{Choice, Columns, Error, IdentifierColumn, Wanted};

/// What the user said goes; then what the cells hold; otherwise the contact stands in the first column and the assignee
/// in the second.
pub(super) fn by_position(head: &[Row<'_>], choice: &Choice) -> Result<Columns, Vec<Error>> {
    let width = head.iter().map(Row::len).max().unwrap_or(0);
    if width == 0 {
        return Err(vec![Error::Empty]);
    }
    if choice.identifiers.is_empty()
        && choice.assignee.is_none()
        && let Some(Ok(columns)) = by_cells(head, choice)
    {
        let (identifiers, assignee) = (columns.identifiers[0].index, columns.assignee);
        let said = Choice {
            identifiers: vec![(identifiers + 1).to_string()],
            assignee: Some((assignee + 1).to_string()),
            ..choice.clone()
        };
        return by_position(head, &said);
    }
    let place = |option: &'static str, wanted: &str| {
        position(wanted)
            .filter(|index| *index < width)
            .ok_or_else(|| Error::NoSuchColumn {
                option,
                wanted: wanted.to_owned(),
                found: (1..=width).map(|column| column.to_string()).collect(),
            })
    };
    let mut errors = Vec::new();
    let mut identifiers: Vec<&str> = choice.identifiers.iter().map(String::as_str).collect();
    if identifiers.is_empty() {
        identifiers.push("1");
    }
    let identifiers: Vec<usize> = identifiers
        .into_iter()
        .filter_map(|wanted| keep(place("--identifier", wanted), &mut errors))
        .collect();
    let assignee = choice.assignee.as_deref().unwrap_or("2");
    let assignee = keep(place("--assignee", assignee), &mut errors);
    let mut optional = |option, wanted: &Wanted| match wanted {
        Wanted::Column(wanted) => keep(place(option, wanted), &mut errors),
        Wanted::Found | Wanted::Nothing => None,
    };
    let current = optional("--current", &choice.current);
    let region = optional("--region-column", &choice.region);
    let (Some(assignee), true) = (assignee, errors.is_empty()) else {
        return Err(errors);
    };
    let columns = Columns {
        current,
        region,
        ..unnamed(&identifiers, assignee)
    };
    columns.each_once()
}

pub(super) fn keep<T>(result: Result<T, Error>, errors: &mut Vec<Error>) -> Option<T> {
    result.map_err(|err| errors.push(err)).ok()
}

/// Columns that have no names.
pub(super) fn unnamed(identifiers: &[usize], assignee: usize) -> Columns {
    let column = |index: &usize| IdentifierColumn {
        index: *index,
        kind: None,
    };
    Columns {
        header_row: None,
        group_row: None,
        names: Vec::new(),
        identifiers: identifiers.iter().map(column).collect(),
        assignee,
        blank_stays: false,
        current: None,
        region: None,
        witnesses: Vec::new(),
        earlier: None,
        guard: Guard::Plain,
    }
}

/// The one column whose cells read as contacts and the one whose cells read as assignees; asked where both could be
/// either.
///
/// `None` if the first rows hold no contacts, as under a header of unknown names.
pub(super) fn by_cells(head: &[Row<'_>], choice: &Choice) -> Option<Result<Columns, Vec<Error>>> {
    let rows = || head.iter().filter(|row| !row.is_blank());
    let first = rows().next()?;
    let width = rows().map(Row::len).max()?;
    let mostly = |index: usize, fits: &dyn Fn(&str) -> bool| {
        let cells = rows().map(|row| row.cell(index));
        let cells: Vec<_> = cells.filter(|cell| !cell.trim().is_empty()).collect();
        let fitting = cells.iter().filter(|cell| fits(cell)).count();
        fits(first.cell(index)) && fitting * 4 >= cells.len() * 3
    };
    let fitting = |fits: &dyn Fn(&str) -> bool| {
        let all = 0..width;
        all.filter(|index| mostly(*index, fits)).collect::<Vec<_>>()
    };
    let read = |cell: &str| choice.rules.read(cell);
    let maybe = fitting(&|cell| matches!(read(cell), Ok(_) | Err(Reason::BareDigits)));
    if maybe.is_empty() {
        return None;
    }
    let assignees = fitting(&|cell| Assignee::read(cell).is_ok());
    // A wide sheet has many millions of pairs, and a question offers a few.
    let pairs = maybe.iter().flat_map(|contact| {
        let others = assignees.iter().filter(move |other| *other != contact);
        others.map(move |assignee| (*contact, *assignee))
    });
    let mut pairs: Vec<(usize, usize)> = pairs.take(MOST_PAIRS + 1).collect();
    if let [(contact, assignee)] = pairs.as_slice()
        && mostly(*contact, &|cell| read(cell).is_ok())
    {
        return Some(Ok(unnamed(&[*contact], *assignee)));
    }
    if pairs.len() > MOST_PAIRS {
        pairs.clear();
    }
    Some(Err(vec![Error::Open(which_pair(head, &pairs))]))
}

/// How many pairs of columns a question offers, at most.
const MOST_PAIRS: usize = 6;

fn which_pair(head: &[Row<'_>], pairs: &[(usize, usize)]) -> Question {
    let evidence = Evidence {
        rows: head,
        users: None,
    };
    let offers = pairs.iter().map(|(contact, assignee)| Offer {
        columns: vec![letter(*contact), letter(*assignee)],
        places: vec![*contact, *assignee],
        cells: evidence.examples(*contact),
        options: vec![
            "--header-row".to_owned(),
            "0".to_owned(),
            "--identifier".to_owned(),
            letter(*contact),
            "--assignee".to_owned(),
            letter(*assignee),
        ],
        effect: "are contact and user, in this order",
    });
    Question {
        about: About::NoHeader,
        row: None,
        found: Vec::new(),
        offers: offers.collect(),
        unlikely: Vec::new(),
    }
}

/// `A` for the first column, `AA` for the twenty-seventh.
pub(in super::super) fn letter(index: usize) -> String {
    let last = b'A' + u8::try_from(index % 26).unwrap_or(0);
    match index / 26 {
        0 => char::from(last).to_string(),
        before => letter(before - 1) + &char::from(last).to_string(),
    }
}

/// `1` or `A` for the first column, `27` or `AA` for the twenty-seventh.
pub(in super::super) fn position(text: &str) -> Option<usize> {
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
