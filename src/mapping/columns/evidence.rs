//! What the cells of a column are, and whom they name: what is seen there counts as much as the column's name.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::contact::{Assignee, Reason};
use crate::sheet::Row;
use crate::vocabulary::{is_answer, name_key};
use crate::workspace::{NameMatch as NamedUser, Users};

/// What most of a column's cells are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// Email addresses.
    Email,
    /// Whole numbers.
    Number,
    /// Words that could be somebody's name.
    Name,
    /// Anything else.
    Other,
}

/// The rows below the header that were looked at, and the users who are known.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) rows: &'a [Row<'a>],
    pub(super) users: Option<&'a Users>,
}

impl<'a> Evidence<'a> {
    /// The cells of a column that are not blank.
    pub(super) fn cells(&self, index: usize) -> impl Iterator<Item = &'a str> {
        let cells = self.rows.iter().map(move |row| row.cell(index).trim());
        cells.filter(|cell| !cell.is_empty())
    }

    /// Whether three of four cells of a column are so, if there are any.
    pub(super) fn are_mostly(&self, index: usize, so: impl Fn(&str) -> bool) -> bool {
        let cells: Vec<&str> = self.cells(index).collect();
        let count = || cells.iter().filter(|cell| so(cell)).count();
        !cells.is_empty() && count() * 4 >= cells.len() * 3
    }

    /// The first three different cells of a column; first those of rows in which others are filled, too.
    pub(super) fn examples(&self, index: usize) -> Vec<String> {
        let is_filled = |row: &&Row<'_>| {
            row.cells()
                .filter(|cell| !cell.trim().is_empty())
                .nth(1)
                .is_some()
        };
        let (among_others, alone): (Vec<&Row<'a>>, Vec<&Row<'a>>) =
            self.rows.iter().partition(is_filled);
        let first_three = |rows: Vec<&Row<'a>>| -> Vec<String> {
            let mut seen = HashSet::new();
            let cells = rows.iter().map(|row| row.cell(index).trim());
            let new = cells.filter(|cell| !cell.is_empty() && seen.insert(*cell));
            new.take(3).map(str::to_owned).collect()
        };
        let examples = first_three(among_others);
        match examples.is_empty() {
            true => first_three(alone),
            false => examples,
        }
    }

    fn distinct(&self, index: usize) -> HashSet<&'a str> {
        self.cells(index).collect()
    }

    /// What most of a column's different cells are; `None` if all of them are blank.
    pub(super) fn shape(&self, index: usize) -> Option<Shape> {
        let mut counts = BTreeMap::<Shape, usize>::new();
        for shape in self.distinct(index).into_iter().filter_map(shape) {
            *counts.entry(shape).or_default() += 1;
        }
        let most = counts
            .into_iter()
            .max_by_key(|(shape, count)| (*count, *shape));
        most.map(|(shape, _)| shape)
    }

    /// Whom the cells of a column name.
    pub(super) fn people(&self, index: usize) -> BTreeSet<String> {
        let cells = self.distinct(index).into_iter();
        cells.filter_map(|cell| self.person(cell)).collect()
    }

    /// How many of all a column's different cells name a user who is known, or somebody among `others`: at least half?
    pub(super) fn names_half_of(&self, index: usize, others: &BTreeSet<String>) -> bool {
        let people = self.people(index);
        !people.is_empty() && known_among(&people, others) * 2 >= people.len()
    }

    /// Whether numbers of three digits and more stand in a column, two or more of which, and at least half, are known users
    /// or stand among `others`: more than chance would have it.
    pub(super) fn holds_ids_of(&self, index: usize, others: &BTreeSet<String>) -> bool {
        self.holds_long_numbers(index)
            && known_among(&self.people(index), others) >= 2
            && self.names_half_of(index, others)
    }

    /// Whether all cells of a column are whole numbers of as many digits, as IDs are: three or more.
    pub(super) fn holds_alike_numbers(&self, index: usize) -> bool {
        let mut lengths = self.cells(index).map(str::len);
        self.holds_long_numbers(index)
            && lengths
                .next()
                .is_some_and(|first| lengths.all(|length| length == first))
    }

    /// Whether all cells of a column are whole numbers of as many digits, among or close to those in the others: IDs are given
    /// out one after the other. Scores, prices and postcodes are elsewhere.
    pub(super) fn holds_numbers_near(&self, index: usize, others: &[usize]) -> bool {
        let numbers = |index: usize| {
            self.cells(index)
                .filter_map(|cell| cell.parse::<u64>().ok())
        };
        let theirs = || others.iter().flat_map(|other| numbers(*other));
        let (Some(least), Some(greatest)) = (theirs().min(), theirs().max()) else {
            return false;
        };
        let near = least - least / 10..=greatest.saturating_add(greatest / 10);
        self.holds_alike_numbers(index) && numbers(index).all(|number| near.contains(&number))
    }

    /// Whether no cell of a column comes twice.
    pub(super) fn differs_in_each_row(&self, index: usize) -> bool {
        self.distinct(index).len() == self.cells(index).count()
    }

    fn holds_long_numbers(&self, index: usize) -> bool {
        let is_long = |cell: &str| cell.len() >= 3 && cell.bytes().all(|b| b.is_ascii_digit());
        self.cells(index).all(is_long)
    }

    /// Whether all cells of a column are dates, or a yes or no: what names nobody.
    pub(super) fn names_nobody(&self, index: usize) -> bool {
        let is_no_name = |cell: &str| {
            is_answer(cell) || matches!(Assignee::read(cell), Err(Reason::Date | Reason::Boolean))
        };
        let mut cells = self.cells(index).peekable();
        cells.peek().is_some() && cells.all(is_no_name)
    }

    /// Whether each cell of a column comes again and again, so that it tells rows apart as little as a user does.
    pub(super) fn repeats(&self, index: usize) -> bool {
        let filled = self.cells(index).count();
        filled >= ENOUGH && self.distinct(index).len() * 5 <= filled
    }

    /// Whether hardly a cell of a column comes twice, as where each row has its own.
    pub(super) fn is_of_each_row(&self, index: usize) -> bool {
        let filled = self.cells(index).count();
        filled >= 2 * ENOUGH && self.distinct(index).len() * 10 >= filled * 9
    }

    /// Whether most of a column's different addresses are in one of these domains.
    pub(super) fn works_with(&self, index: usize, domains: &BTreeSet<String>) -> bool {
        let cells = self.distinct(index);
        let is_there = |cell: &&&str| {
            let domain = cell
                .split_once('@')
                .map(|(_, domain)| domain.to_lowercase());
            domain.is_some_and(|domain| domains.contains(&domain))
        };
        cells.iter().filter(is_there).count() * 2 > cells.len()
    }

    /// Whether any cell of a column can be used without knowing the users.
    pub(super) fn mostly_readable(&self, index: usize) -> bool {
        let cells = self.distinct(index);
        let readable = cells.iter().filter(|cell| match Assignee::read(cell) {
            Ok(_) => true,
            Err(reason) => reason.is_blank(),
        });
        readable.count() * 2 >= cells.len()
    }

    /// Somebody, by what identifies them: the same for a name and an ID where the users are known.
    fn person(&self, cell: &str) -> Option<String> {
        let read = Assignee::read(cell);
        if read.as_ref().is_err_and(Reason::is_blank) {
            return None;
        }
        let read = read.ok().map(|read| read.value);
        let listed = self.users.and_then(|users| {
            let user = match read.as_ref().and_then(|assignee| users.get(assignee)) {
                Some(user) => Some(user),
                None => match users.named(cell) {
                    NamedUser::One(user, _) => Some(user),
                    _ => None,
                },
            };
            user?.assignee()
        });
        Some(match (listed, read) {
            (Some(user), _) => format!("{USER}{user}"),
            (None, Some(Assignee::Nobody)) => return None,
            (None, Some(assignee)) => assignee.to_string().to_lowercase(),
            (None, None) => name_key(cell),
        })
    }

    /// Whether two columns name the same person in every row.
    ///
    /// A name and an address are one person where each stands beside the other only, and if either the columns' names
    /// say that they are about the same one (`told_so`) or the address is made of the name.
    pub(super) fn same_people(&self, one: usize, other: usize, told_so: bool) -> bool {
        let mut pairs = BTreeSet::new();
        for row in self.rows {
            match (self.person(row.cell(one)), self.person(row.cell(other))) {
                (Some(first), Some(second)) => {
                    pairs.insert((first, second));
                }
                (None, None) => {}
                _ if told_so => {}
                _ => return false,
            }
        }
        if pairs.iter().all(|(first, second)| first == second) {
            return !pairs.is_empty() || told_so;
        }
        let firsts: BTreeSet<_> = pairs.iter().map(|(first, _)| first).collect();
        let seconds: BTreeSet<_> = pairs.iter().map(|(_, second)| second).collect();
        let is_one_to_one = firsts.len() == pairs.len() && seconds.len() == pairs.len();
        let differ = self.shape(one) != self.shape(other);
        is_one_to_one
            && differ
            && (told_so
                || pairs
                    .iter()
                    .all(|(first, second)| is_address_of(first, second)))
    }
}

/// So many rows tell whether a column's cells come again.
const ENOUGH: usize = 10;

/// Marks somebody who is one of the users.
const USER: &str = "\u{0}user ";

/// How many of these people are users, or among others.
fn known_among(people: &BTreeSet<String>, others: &BTreeSet<String>) -> usize {
    let is_known = |person: &&String| person.starts_with(USER) || others.contains(*person);
    people.iter().filter(is_known).count()
}

/// Whether one of two is an address that holds a part of the other, which is a name.
fn is_address_of(one: &str, other: &str) -> bool {
    let (address, name) = match (one.split_once('@'), other.split_once('@')) {
        (Some((local, _)), None) => (local, other),
        (None, Some((local, _))) => (local, one),
        _ => return one == other,
    };
    let local = name_key(address);
    let is_in = |word: &str| match word.len() {
        0..=2 => local.split(' ').any(|part| part == word),
        _ => local.contains(word),
    };
    name.split(' ').any(is_in)
}

/// What a cell is; `None` for a blank one and for one that says that there is nobody.
fn shape(cell: &str) -> Option<Shape> {
    match Assignee::read(cell) {
        Ok(read) => match read.value {
            Assignee::Email(_) => Some(Shape::Email),
            Assignee::User(_) => Some(Shape::Number),
            Assignee::Nobody => None,
        },
        Err(reason) if reason.is_blank() => None,
        Err(Reason::NotAnAssignee) if could_be_name(cell) => Some(Shape::Name),
        Err(_) => Some(Shape::Other),
    }
}

/// Short, with letters, without digits, and neither yes nor no.
fn could_be_name(cell: &str) -> bool {
    cell.len() <= 80
        && !is_answer(cell)
        && cell.chars().any(char::is_alphabetic)
        && !cell.chars().any(char::is_numeric)
}
