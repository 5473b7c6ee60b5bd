//! What only the user can tell about rows, asked together with what there is to ask about columns: hidden rows, digits that
//! could be two things, and contacts that would be left without an owner.

use std::ffi::OsString;
use std::path::Path;

use crate::cli::{HiddenArg, ReadingArgs};
use crate::contact::{self, Assignee};
use crate::format::{counted, rows};
use crate::mapping::{Choice, ColumnError, Columns, Item, Offer, Question, Reading, Wanted};
use crate::outcome::Code;
use crate::refusal::{Refusal, UserAnswer};
use crate::sheet::{Row, Sheet};
use crate::workspace::Users;

use super::super::columns::{choice, columns, rules};

/// So many ways to answer what is asked about columns are tried.
const MOST_WAYS: usize = 24;

/// Whether contacts may be left without an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Unassigning {
    /// As many as the sheet says, or as an option allows.
    Allowed,
    /// It has to be allowed.
    Asked,
}

/// What will have to be asked about the rows of a sheet whose columns are not known yet, whichever of them are chosen.
///
/// # Errors
/// If the sheet cannot be read.
pub(super) fn beside_columns(
    sheet: &Sheet,
    errors: &[ColumnError],
    reading: &ReadingArgs,
    users: Option<&Users>,
    unassigning: Unassigning,
) -> anyhow::Result<Vec<Refusal>> {
    let mut ways: Vec<Way> = Vec::new();
    for answers in combinations(errors) {
        let choice = with(&choice(reading), &answers);
        if let Ok(columns) = columns(sheet, &choice, users, None)? {
            ways.push(Way::of(answers, columns));
        }
    }
    let mut hidden = Vec::new();
    for batch in sheet.batches()? {
        let batch = batch?;
        for row in batch.rows().filter(|row| !row.is_blank()) {
            if row.is_hidden() {
                hidden.push(row.number());
            }
            for way in &mut ways {
                way.count(&row, reading);
            }
        }
    }
    let mut refusals: Vec<Refusal> = unseen(&hidden, sheet.path(), reading).into_iter().collect();
    let after = |is_asked: &dyn Fn(&Way) -> bool| -> Vec<Vec<OsString>> {
        let asked = ways.iter().filter(|way| is_asked(way));
        asked
            .map(|way| way.answers.iter().map(OsString::from).collect())
            .collect()
    };
    let is_open = |way: &Way| is_mostly(way.open, way.contacts);
    let open = ways
        .iter()
        .filter(|way| is_open(way))
        .map(|way| way.open)
        .max();
    let digits = open.and_then(|count| digits(count, reading));
    refusals.extend(digits.map(|refusal| refusal.asked_only_after(after(&is_open))));
    let most = ways.iter().map(|way| way.nobody).max().unwrap_or_default();
    if unassigning == Unassigning::Asked && most > 0 {
        let up_to = format!("up to {}", counted(most, "contact", "contacts"));
        let refusal = without_owner(format!("{up_to} would be left without an owner"), most);
        let answer = UserAnswer {
            what: format!("{up_to} may be left without an owner"),
            options: refusal.fix.clone(),
        };
        refusals.push(
            refusal
                .answered_by(vec![answer])
                .asked_only_after(after(&|way| way.nobody > 0)),
        );
    }
    Ok(refusals)
}

/// Each way to answer all questions, as the options that do so.
fn combinations(errors: &[ColumnError]) -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    for err in errors {
        let ColumnError::Open(question) = err else {
            return Vec::new();
        };
        let with_each = |answers: &Vec<String>| -> Vec<Vec<String>> {
            let offers = offers(question).iter();
            offers
                .map(|offer| [answers.as_slice(), &offer.options].concat())
                .collect()
        };
        all = all.iter().flat_map(with_each).take(MOST_WAYS).collect();
    }
    all
}

fn offers(question: &Question) -> &[Offer] {
    match question.offers.as_slice() {
        [] => &question.unlikely,
        offers => offers,
    }
}

/// The same with these options, as they are typed.
fn with(choice: &Choice, options: &[String]) -> Choice {
    let mut choice = choice.clone();
    for option in options.chunks_exact(2) {
        let value = option[1].clone();
        match option[0].as_str() {
            "--identifier" => choice.identifiers = value.split(',').map(str::to_owned).collect(),
            "--assignee" => choice.assignee = Some(value),
            "--current" => choice.current = Wanted::Column(value),
            "--region-column" => choice.region = Wanted::Column(value),
            "--header-row" => choice.header_row = value.parse().ok(),
            _ => {}
        }
    }
    choice
}

/// What rows hold in some columns that may be chosen.
struct Way {
    /// The options that choose them.
    answers: Vec<String>,
    columns: Columns,
    contacts: usize,
    /// Contacts whose digits could be two things.
    open: usize,
    /// Rows that leave their contact without an owner.
    nobody: usize,
}

impl Way {
    fn of(answers: Vec<String>, columns: Columns) -> Way {
        Way {
            answers,
            columns,
            contacts: 0,
            open: 0,
            nobody: 0,
        }
    }

    fn count(&mut self, row: &Row<'_>, reading: &ReadingArgs) {
        if self
            .columns
            .header_row
            .is_some_and(|header| row.number() <= header)
        {
            return;
        }
        let is_filled = |index: usize| !row.cell(index).trim().is_empty();
        let mut identifiers = self.columns.identifiers.iter();
        if let Some(found) = identifiers.find(|column| is_filled(column.index)) {
            self.contacts += 1;
            let rules = contact::Rules {
                kind: found.kind,
                ..rules(reading)
            };
            let read = rules.read(row.cell(found.index));
            self.open +=
                usize::from(read.is_err_and(|reason| reason == contact::Reason::BareDigits));
        }
        let read = Assignee::read(row.cell(self.columns.assignee));
        self.nobody += usize::from(read.is_ok_and(|read| read.value == Assignee::Nobody));
    }
}

fn is_mostly(count: usize, all: usize) -> bool {
    count > 0 && count * 2 >= all
}

/// What the digits of most contacts are, if they could be two things.
pub(super) fn open_digits(items: &[Item], reading: &ReadingArgs) -> Option<Refusal> {
    let is_open = |item: &&Item| match &item.reading {
        Reading::Rejected(rejection) => {
            let mut codes = rejection
                .problems
                .iter()
                .map(|problem| problem.reason.code());
            codes.any(|code| code == Code::BareDigits)
        }
        _ => false,
    };
    let is_row = |item: &&Item| !matches!(item.reading, Reading::NoRow(_));
    let open = items.iter().filter(is_open).count();
    is_mostly(open, items.iter().filter(is_row).count())
        .then(|| digits(open, reading))
        .flatten()
}

fn digits(count: usize, reading: &ReadingArgs) -> Option<Refusal> {
    if reading.bare_digits.is_some() {
        return None;
    }
    let answer = |what: &str, options: &[&str]| UserAnswer {
        what: what.to_owned(),
        options: options.iter().map(Into::into).collect(),
    };
    let refusal = Refusal::new(format!(
        "the digits of {} could be contact IDs or phone numbers; say which with `--bare-digits id`, or `--bare-digits phone` \
         with the country (`--region MY`) or `--bare-phones international`",
        counted(count, "contact", "contacts")
    ));
    Some(refusal.answered_by(vec![
        answer("bare digits are contact IDs", &["--bare-digits", "id"]),
        answer(
            "bare digits are phone numbers that begin with their country code",
            &["--bare-digits", "phone", "--bare-phones", "international"],
        ),
    ]))
}

/// Unassigning many contacts by mistake is the worst that can happen: it is said how many, and asked.
pub(in super::super) fn without_owner(why: String, count: usize) -> Refusal {
    let options = || ["--max-unassign".to_owned(), count.to_string()];
    let they = if count == 1 { "it" } else { "they" };
    Refusal::new(format!(
        "{why}, so nothing was changed; if {they} should have no owner, add `--max-unassign {count}`"
    ))
    .fixed_by(options())
    .perhaps_answered_by(vec![UserAnswer {
        what: format!(
            "go on, and leave {} without an owner",
            counted(count, "contact", "contacts")
        ),
        options: options().into_iter().map(Into::into).collect(),
    }])
}

/// Hidden rows were either left out on purpose or forgotten, and only the user knows which.
pub(in super::super) fn unseen(
    hidden: &[u32],
    path: &Path,
    reading: &ReadingArgs,
) -> Option<Refusal> {
    let undecided = reading
        .hidden_rows
        .is_none_or(|policy| policy == HiddenArg::Error);
    (undecided && !hidden.is_empty()).then(|| {
        let answer = |policy: &str, what: &str| UserAnswer {
            what: what.to_owned(),
            options: vec!["--hidden-rows".into(), policy.into()],
        };
        Refusal::new(format!(
            "`{}` hides {}, by hand or by a filter ({}); `--hidden-rows skip` leaves them out, `--hidden-rows include` \
             reads them like the others",
            path.display(),
            counted(hidden.len(), "row", "rows"),
            rows(hidden),
        ))
        .answered_by(vec![
            answer("skip", "hidden rows are not processed"),
            answer("include", "hidden rows are read like the others"),
        ])
    })
}
