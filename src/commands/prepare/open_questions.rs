//! What only the user can tell about rows, asked together with what there is to ask about columns: hidden rows, digits that
//! could be two things, and contacts that would be left without an owner.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use crate::cli::ReadingArgs;
use crate::contact::{self, Assignee};
use crate::mapping::{
    Choice, ColumnError, Columns, Item, Offer, OnHidden, Question, Reading, RowQuestion, Wanted,
};
use crate::outcome::Code;
use crate::platform::quoted;
use crate::refusal::{Refusal, UserAnswer};
use crate::sheet::{Row, Sheet};
use crate::wording::counted;
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
    let mut counts: Vec<Counts> = Vec::new();
    for answers in combinations(errors) {
        let choice = with(&choice(reading), &answers);
        if let Ok(columns) = columns(sheet, &choice, users, None)? {
            counts.push(Counts::of(answers, columns));
        }
    }
    let mut hidden = Vec::new();
    for batch in sheet.batches()? {
        let batch = batch?;
        for row in batch.rows().filter(|row| !row.is_blank()) {
            if row.is_hidden() {
                hidden.push(row.number());
            }
            for count in &mut counts {
                count.add(&row, reading);
            }
        }
    }
    let about_hidden = unseen(&hidden, sheet.path(), reading);
    let policies: &[OnHidden] = match (&about_hidden, reading.hidden_rows) {
        (Some(_), _) => &[OnHidden::Skip, OnHidden::Include],
        (None, Some(OnHidden::Skip)) => &[OnHidden::Skip],
        (None, _) => &[OnHidden::Include],
    };
    let each = |counts: &Counts| -> Vec<Way> {
        let ways = policies.iter();
        ways.map(|policy| counts.way(*policy, about_hidden.is_some()))
            .collect()
    };
    let ways: Vec<Way> = counts.iter().flat_map(each).collect();
    let open = |way: &Way| match is_mostly(way.count.open, way.count.contacts) {
        true => way.count.open,
        false => 0,
    };
    let nobody = |way: &Way| match unassigning {
        Unassigning::Asked => way.count.nobody,
        Unassigning::Allowed => 0,
    };
    let mut refusals: Vec<Refusal> = about_hidden.into_iter().collect();
    // How many they are decides nothing: it is said where it is the same whatever is answered.
    let numbers: BTreeSet<usize> = ways.iter().map(open).filter(|number| *number > 0).collect();
    let number = numbers.first().copied().filter(|_| numbers.len() == 1);
    let is_open = |way: &Way| usize::from(open(way) > 0);
    let asked = by_number(&ways, is_open).into_iter();
    refusals.extend(asked.filter_map(|asked| {
        let refusal = digits(number, asked.with, reading)?;
        Some(refusal.asked_only_after(asked.after))
    }));
    refusals.extend(by_number(&ways, nobody).into_iter().map(|asked| {
        let refusal = without_owner(asked.number, &[], asked.with);
        let contacts = counted(asked.number, "contact", "contacts");
        let answer = UserAnswer {
            what: format!("{contacts} may be left without an owner"),
            options: refusal.fix.clone(),
        };
        let refusal = refusal.answered_by(vec![answer]);
        refusal.asked_only_after(asked.after)
    }));
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
struct Counts {
    /// The options that choose them.
    answers: Vec<String>,
    columns: Columns,
    hidden: Count,
    others: Count,
}

/// What some rows hold.
#[derive(Clone, Copy, Default)]
struct Count {
    contacts: usize,
    /// Contacts whose digits could be two things.
    open: usize,
    /// Rows that leave their contact without an owner.
    nobody: usize,
}

/// Some answers, and what the rows hold then.
struct Way {
    answers: Vec<String>,
    count: Count,
}

impl Counts {
    fn of(answers: Vec<String>, columns: Columns) -> Counts {
        Counts {
            answers,
            columns,
            hidden: Count::default(),
            others: Count::default(),
        }
    }

    fn add(&mut self, row: &Row<'_>, reading: &ReadingArgs) {
        let header = self.columns.header_row;
        if header.is_some_and(|header| row.number() <= header) {
            return;
        }
        let count = match row.is_hidden() {
            true => &mut self.hidden,
            false => &mut self.others,
        };
        let is_filled = |index: usize| !row.cell(index).trim().is_empty();
        let mut identifiers = self.columns.identifiers.iter();
        if let Some(found) = identifiers.find(|column| is_filled(column.index)) {
            count.contacts += 1;
            let rules = contact::Rules {
                kind: found.kind,
                ..rules(reading)
            };
            let read = rules.read(row.cell(found.index));
            count.open +=
                usize::from(read.is_err_and(|reason| reason == contact::Reason::BareDigits));
        }
        let read = Assignee::read(row.cell(self.columns.assignee));
        count.nobody += usize::from(read.is_ok_and(|read| read.value == Assignee::Nobody));
    }

    /// What the rows hold if this becomes of those that are hidden, which is one of the answers where it is asked.
    fn way(&self, policy: OnHidden, is_asked: bool) -> Way {
        let answer = match policy {
            _ if !is_asked => Vec::new(),
            OnHidden::Skip => hidden_rows("skip"),
            OnHidden::Include | OnHidden::Error => hidden_rows("include"),
        };
        Way {
            answers: [self.answers.clone(), answer].concat(),
            count: match policy {
                OnHidden::Skip => self.others,
                OnHidden::Include | OnHidden::Error => Count {
                    contacts: self.others.contacts + self.hidden.contacts,
                    open: self.others.open + self.hidden.open,
                    nobody: self.others.nobody + self.hidden.nobody,
                },
            },
        }
    }
}

fn hidden_rows(policy: &str) -> Vec<String> {
    vec!["--hidden-rows".to_owned(), policy.to_owned()]
}

/// A number that is asked about, and when.
struct Asked {
    number: usize,
    /// The options that make the difference, where some do.
    with: Option<String>,
    /// The answers after which it is that number.
    after: Vec<Vec<OsString>>,
}

/// All numbers but zero that a count comes to, each with the options that lead to it.
fn by_number(ways: &[Way], number: impl Fn(&Way) -> usize) -> Vec<Asked> {
    let differs = |option: &str| {
        let others = |way: &Way| -> Vec<Vec<String>> {
            let others = way.answers.chunks(2).filter(|answer| answer[0] != option);
            others.map(<[String]>::to_vec).collect()
        };
        let mut pairs = ways
            .iter()
            .flat_map(|one| ways.iter().map(move |other| (one, other)));
        pairs.any(|(one, other)| number(one) != number(other) && others(one) == others(other))
    };
    let options = ways.iter().flat_map(|way| way.answers.iter().step_by(2));
    let options: BTreeSet<&String> = options.collect();
    let decisive = options.iter().filter(|option| differs(option)).copied();
    let mut decisive: Vec<&String> = decisive.collect();
    let numbers: BTreeSet<usize> = ways.iter().map(&number).collect();
    if decisive.is_empty() && numbers.len() > 1 {
        decisive = options.into_iter().collect();
    }
    let mut all: Vec<Asked> = Vec::new();
    for way in ways.iter().filter(|way| number(way) > 0) {
        let answers = way.answers.chunks(2);
        let said = answers.filter(|answer| decisive.contains(&&answer[0]));
        let said: Vec<String> = said.flatten().map(|word| quoted(word.as_ref())).collect();
        let with = (!said.is_empty()).then(|| said.join(" "));
        let after = way.answers.iter().map(OsString::from).collect();
        let same = |asked: &&mut Asked| asked.number == number(way) && asked.with == with;
        match all.iter_mut().find(same) {
            Some(asked) => asked.after.push(after),
            None => all.push(Asked {
                number: number(way),
                with,
                after: vec![after],
            }),
        }
    }
    all
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
        .then(|| digits(Some(open), None, reading))
        .flatten()
}

fn digits(contacts: Option<usize>, with: Option<String>, reading: &ReadingArgs) -> Option<Refusal> {
    if reading.bare_digits.is_some() {
        return None;
    }
    let answer = |what: &str, options: &[&str]| UserAnswer {
        what: what.to_owned(),
        options: options.iter().map(Into::into).collect(),
    };
    let question = RowQuestion::Digits { contacts, with };
    Some(Refusal::new(question.to_string()).answered_by(vec![
        answer("bare digits are contact IDs", &["--bare-digits", "id"]),
        answer(
            "bare digits are phone numbers that begin with their country code",
            &["--bare-digits", "phone", "--bare-phones", "international"],
        ),
    ]))
}

/// Unassigning many contacts by mistake is the worst that can happen: it is said how many, and asked.
pub(in super::super) fn without_owner(count: usize, rows: &[u32], with: Option<String>) -> Refusal {
    let options = || ["--max-unassign".to_owned(), count.to_string()];
    let question = RowQuestion::WithoutOwner {
        contacts: count,
        rows: rows.to_vec(),
        with,
    };
    Refusal::new(question.to_string())
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
        .is_none_or(|policy| policy == OnHidden::Error);
    (undecided && !hidden.is_empty()).then(|| {
        let answer = |policy: &str, what: &str| UserAnswer {
            what: what.to_owned(),
            options: hidden_rows(policy).into_iter().map(Into::into).collect(),
        };
        let question = RowQuestion::Hidden {
            sheet: path.display().to_string(),
            rows: hidden.to_vec(),
        };
        Refusal::new(question.to_string()).answered_by(vec![
            answer("skip", "hidden rows are not processed"),
            answer("include", "hidden rows are read like the others"),
        ])
    })
}
