//! Which column says where contacts go, and which says who has them now.

use std::collections::BTreeSet;

use super::super::header::{Dated, Rank, Role, Time};
use super::evidence::Shape;
use super::named::{Named, Search};
use super::question::{About, MOST_COLUMNS};
use super::{Error, Seeks, Wanted};

/// Why a column is the one of who gets the contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Basis {
    /// It was named by an option.
    Option,
    /// Its name says where contacts go.
    New,
    /// It says who has them, and nothing else says where they go.
    Present,
}

/// The columns of who gets and who has each contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owners {
    pub(super) assignee: usize,
    /// Whether it says where contacts go beside another that says who has them: a blank cell says that one stays.
    pub(super) says_new: bool,
    /// Who has each contact now, as a condition.
    pub(super) current: Option<usize>,
}

impl<'a> Search<'a> {
    /// Finds both. The one that says where contacts go is taken if there is only one; else the present owner's, unless
    /// another column could be meant as well.
    pub(super) fn owners(&self) -> Result<Owners, Error> {
        if self.choice.seeks == Seeks::Holder {
            return Ok(Owners {
                assignee: self.holder()?,
                says_new: false,
                current: None,
            });
        }
        let (assignee, basis) = self.assignee()?;
        let current = self.current(assignee, basis)?;
        let is_new = basis == Basis::New
            || self
                .new_ones()
                .iter()
                .any(|column| column.index == assignee);
        let other = |column: &Named<'a>| column.index != assignee;
        Ok(Owners {
            assignee,
            says_new: is_new && self.owner_columns().iter().any(other),
            current,
        })
    }

    fn assignee(&self) -> Result<(usize, Basis), Error> {
        if let Some(wanted) = &self.choice.assignee {
            return Ok((self.named("--assignee", wanted)?.index, Basis::Option));
        }
        let new = self.one_of_each(self.new_ones());
        match new.as_slice() {
            [only] => return Ok((only.index, Basis::New)),
            [] => {}
            several => return Err(self.several(About::Assignee, several)),
        }
        let owners = self.one_of_each(self.by_address(self.present_ones()));
        if owners.is_empty() {
            return Err(self.no_assignee());
        }
        match self.with_rivals(&owners).as_slice() {
            [only] => Ok((only.index, Basis::Present)),
            several => Err(self.several(About::Assignee, several)),
        }
    }

    fn with_rivals(&self, owners: &[Named<'a>]) -> Vec<Named<'a>> {
        let mut all = owners.to_vec();
        all.extend(self.rivals(owners));
        all.sort_by_key(|column| column.index);
        all
    }

    /// The column of who has each contact, where nothing is asked for that is to be.
    fn holder(&self) -> Result<usize, Error> {
        if let Some(wanted) = &self.choice.assignee {
            return Ok(self.named("--current", wanted)?.index);
        }
        let roles = [
            Role::Assignee(Time::Current),
            Role::Assignee(Time::Any),
            Role::AssigneeName(Time::Current),
            Role::AssigneeName(Time::Any),
            Role::Bare(Time::Current),
        ];
        let found = roles.map(|wanted| self.one_of_each(self.with(|role| role == wanted)));
        let first = found.into_iter().find(|found| !found.is_empty());
        match first.unwrap_or_default().as_slice() {
            [] => Err(self.no_assignee()),
            [only] => Ok(only.index),
            several => Err(self.several(About::Holder, several)),
        }
    }

    /// The columns whose names say where contacts go.
    fn new_ones(&self) -> Vec<Named<'a>> {
        let owners = self.owner_columns();
        let is_new = |column: &Named<'a>| match column.title.role {
            Some(Role::Assignee(Time::New) | Role::AssigneeName(Time::New)) => true,
            Some(Role::Bare(Time::New)) => self.is_new_by_cells(column, &owners),
            Some(Role::Assignee(Time::Any) | Role::AssigneeName(Time::Any)) => {
                self.is_latest(column, &owners)
            }
            _ => false,
        };
        // `Owner change` may be the day of it.
        self.those(|column| is_new(column) && !self.evidence.names_nobody(column.index))
    }

    /// `New`, `To`, `Reassign`: without saying of what, so the cells have to.
    fn is_new_by_cells(&self, column: &Named<'a>, owners: &[Named<'a>]) -> bool {
        let shape = self.evidence.shape(column.index);
        if matches!(shape, Some(Shape::Other)) {
            return false;
        }
        if self
            .pair()
            .is_some_and(|(_, new)| new.index == column.index)
        {
            return true;
        }
        if owners.is_empty() {
            return column.title.is_of_users() && shape.is_some();
        }
        let is_alike = owners
            .iter()
            .any(|owner| self.evidence.shape(owner.index) == shape);
        shape.is_some() && is_alike && (shape != Some(Shape::Number) || column.title.is_direction)
    }

    /// `Owner 2025` beside `Owner 2024`, `Owner Nov` beside `Owner`.
    fn is_latest(&self, column: &Named<'a>, owners: &[Named<'a>]) -> bool {
        if column.title.dated == Dated::No {
            return false;
        }
        let of_the_same = |other: &&Named<'a>| {
            other.index != column.index && other.title.whom == column.title.whom
        };
        let mut others = owners.iter().filter(of_the_same).peekable();
        let is_later = |other: &Named<'a>| match (column.title.dated, other.title.dated) {
            (_, Dated::No) => {
                // Several that are dated are told apart among themselves.
                let dated = owners.iter().filter(of_the_same);
                let mut dated = dated.filter(|other| other.title.dated != Dated::No);
                dated.all(|other| is_after(column.title.dated, other.title.dated))
            }
            (dated, before) => is_after(dated, before),
        };
        others.peek().is_some() && others.all(is_later)
    }

    /// The columns that say who looks after a contact, by whatever name.
    fn owner_columns(&self) -> Vec<Named<'a>> {
        self.with(|role| {
            matches!(
                role,
                Role::Assignee(Time::Any | Time::Current)
                    | Role::AssigneeName(Time::Any | Time::Current)
            )
        })
    }

    /// Those that could be meant for who gets them: what is called former or present is not.
    fn present_ones(&self) -> Vec<Named<'a>> {
        let mut found = self.with(|role| role == Role::Assignee(Time::Any));
        if found.is_empty() {
            found = self.with(|role| role == Role::AssigneeName(Time::Any));
        }
        // A `User ID` of each row is the contact's, where owners come again.
        let comes_again = |column: &Named<'a>| !self.evidence.is_of_each_row(column.index);
        if found.iter().any(comes_again) {
            found.retain(comes_again);
        }
        found
    }

    /// Owners, and beside their names the columns of unknown names that hold their addresses: `Salesperson/Login`.
    fn by_address(&self, owners: Vec<Named<'a>>) -> Vec<Named<'a>> {
        let is_named = |owner: &&Named<'a>| self.evidence.shape(owner.index) == Some(Shape::Name);
        let addresses = self.those(|column| {
            column.title.role.is_none()
                && column.title.is_of_users()
                && self.evidence.shape(column.index) == Some(Shape::Email)
                && owners
                    .iter()
                    .filter(is_named)
                    .any(|owner| self.evidence.same_people(column.index, owner.index, false))
        });
        [owners, addresses].concat()
    }

    /// One column for each person who is meant, of those that name the same one in every row: the one that says most
    /// plainly who it is.
    fn one_of_each(&self, columns: Vec<Named<'a>>) -> Vec<Named<'a>> {
        // Of more than can be listed, nobody would choose by who is the same.
        if columns.len() < 2 || columns.len() > MOST_COLUMNS {
            return columns;
        }
        // Two columns that each name the same people as a third one name the same people: the order decides nothing.
        let mut groups: Vec<Vec<Named<'a>>> = Vec::new();
        for column in columns {
            let is_same = |other: &Named<'a>| {
                let told_so = column.title.whom == other.title.whom
                    && column.title.dated == other.title.dated
                    && column.name != other.name;
                self.evidence
                    .same_people(column.index, other.index, told_so)
            };
            let (same, mut others): (Vec<_>, Vec<_>) = groups
                .into_iter()
                .partition(|group| group.iter().any(is_same));
            let mut group: Vec<Named<'a>> = same.into_iter().flatten().collect();
            group.push(column);
            others.push(group);
            groups = others;
        }
        let plainest = |group: Vec<Named<'a>>| {
            let rank = |column: &Named<'a>| {
                let shape = self.evidence.shape(column.index).unwrap_or(Shape::Other);
                (shape, column.name.len(), column.name)
            };
            group.into_iter().min_by_key(|column| rank(column))
        };
        groups.into_iter().filter_map(plainest).collect()
    }

    /// Columns that could say who gets the contacts as well as the present owner's.
    fn rivals(&self, owners: &[Named<'a>]) -> Vec<Named<'a>> {
        if owners.len() > MOST_COLUMNS {
            return Vec::new();
        }
        let people = self.people_of(owners);
        self.those(|column| {
            let is_owner = |owner: &Named<'a>| owner.index == column.index;
            !owners.iter().any(is_owner) && self.is_rival(column, owners, &people)
        })
    }

    fn people_of(&self, owners: &[Named<'a>]) -> BTreeSet<String> {
        let people = owners
            .iter()
            .flat_map(|owner| self.evidence.people(owner.index));
        people.collect()
    }

    /// The domains of these people's addresses, as far as no contact has them, too.
    fn staff(&self, people: &BTreeSet<String>) -> BTreeSet<String> {
        let mut staff: BTreeSet<String> = people.iter().filter_map(|who| domain(who)).collect();
        for column in self.with(|role| matches!(role, Role::Identifier(_))) {
            for cell in self.evidence.cells(column.index) {
                domain(cell).map(|domain| staff.remove(&domain));
            }
        }
        staff
    }

    /// Whether the addresses in a column are all of one domain, which no contact has.
    fn is_of_one_company(&self, column: &Named<'a>) -> bool {
        let people = self.evidence.people(column.index);
        let domains: BTreeSet<String> = people.iter().filter_map(|who| domain(who)).collect();
        domains.len() == 1 && self.staff(&people) == domains
    }

    /// Columns that could say who gets the contacts instead of this one.
    pub(super) fn instead_of(&self, assignee: usize) -> Vec<Named<'a>> {
        let chosen = self.those(|column| column.index == assignee);
        let people = self.people_of(&chosen);
        self.those(|column| {
            let is_owner = matches!(
                column.title.role,
                Some(Role::Assignee(Time::Any | Time::New) | Role::AssigneeName(Time::New))
            );
            column.index != assignee && (is_owner || self.is_rival(column, &chosen, &people))
        })
    }

    fn is_rival(
        &self,
        column: &Named<'a>,
        owners: &[Named<'a>],
        people: &BTreeSet<String>,
    ) -> bool {
        let title = &column.title;
        let (is_of_users, is_of_new) = match title.role {
            // `Recipient` may be who gets the contact, if it names no contact.
            Some(Role::Identifier(None)) if self.holds_names(column.index) => (false, false),
            Some(Role::Identifier(_) | Role::Country | Role::OtherPerson) => return false,
            Some(Role::Assignee(_)) => return false, // they are owners, or who was one
            Some(Role::AssigneeName(Time::Current) | Role::Bare(Time::Current)) => return false,
            Some(Role::AssigneeName(_)) => (true, false),
            Some(Role::Bare(_)) => (title.is_of_users(), true),
            None => (title.is_of_users(), title.is_of_new),
        };
        let Some(shape) = self.evidence.shape(column.index) else {
            return false;
        };
        let is_alike = |owner: &Named<'a>| self.evidence.shape(owner.index) == Some(shape);
        let places: Vec<usize> = owners.iter().map(|owner| owner.index).collect();
        let is_bare = title.role == Some(Role::Bare(Time::New));
        let is_told = match shape {
            Shape::Other => return false,
            // It says that somebody gets them; those who have them may be named in another form.
            _ if is_bare || title.is_direction || (title.is_of_somebody() && is_of_new) => true,
            // Any column of numbers could be one of IDs, so numbers alone say nothing.
            Shape::Number => {
                (is_of_users && title.is_of_somebody())
                    || ((is_of_users || is_of_new) && owners.iter().any(is_alike))
                    || (is_of_new && self.evidence.holds_alike_numbers(column.index))
                    || (self.evidence.users.is_none()
                        && self.evidence.holds_numbers_near(column.index, &places))
            }
            // People may be named in one column and written to in the other.
            Shape::Email => {
                is_of_users
                    || (is_of_new
                        && (owners.iter().any(is_alike) || self.is_of_one_company(column)))
            }
            Shape::Name => is_of_new && owners.iter().any(is_alike),
        };
        let is_seen = || match shape {
            Shape::Number => {
                (title.is_of_somebody() && self.evidence.names_half_of(column.index, people))
                    || self.evidence.holds_ids_of(column.index, people)
            }
            Shape::Email => {
                self.evidence.names_half_of(column.index, people)
                    || self.evidence.works_with(column.index, &self.staff(people))
            }
            Shape::Name | Shape::Other => self.evidence.names_half_of(column.index, people),
        };
        // Where each row has its own, while owners come again, these are no users.
        let is_of_each_row = self.evidence.is_of_each_row(column.index)
            && owners
                .iter()
                .all(|owner| !self.evidence.is_of_each_row(owner.index));
        if (!is_told || is_of_each_row) && !is_seen() {
            return false;
        }
        let same = |owner: &Named<'a>| {
            let told_so = owner.title.whom == title.whom;
            self.evidence
                .same_people(column.index, owner.index, told_so)
        };
        !owners.iter().any(same)
    }

    /// Who has each contact now: what is called so, or the present owner's where another column says who gets it.
    fn current(&self, assignee: usize, basis: Basis) -> Result<Option<usize>, Error> {
        match &self.choice.current {
            Wanted::Nothing => return Ok(None),
            Wanted::Column(wanted) => return Ok(Some(self.named("--current", wanted)?.index)),
            Wanted::Found => {}
        }
        let mut candidates = self.with(|role| role == Role::Assignee(Time::Current));
        if candidates.is_empty() && basis != Basis::Present {
            candidates = self.with(|role| role == Role::AssigneeName(Time::Current));
        }
        let pair = self.pair().filter(|(_, new)| new.index == assignee);
        candidates.extend(pair.map(|(current, _)| current));
        let chosen = self.own.iter().find(|column| column.index == assignee);
        let says_new = basis == Basis::New
            || chosen.is_some_and(|column| {
                matches!(
                    column.title.role,
                    Some(Role::Assignee(Time::New) | Role::AssigneeName(Time::New))
                )
            });
        if candidates.is_empty() && says_new {
            // What cannot be read without the users would reject every row, and is no condition then; neither is a
            // column in its place that does not name the same people.
            let is_readable = |column: &Named<'a>| {
                self.evidence.users.is_some() || self.evidence.mostly_readable(column.index)
            };
            let unread: Vec<Named<'a>>;
            (candidates, unread) = self.present_ones().into_iter().partition(is_readable);
            candidates.retain(|column| {
                // What is another in each row, while the owners come again, is the contact's.
                let differs = |column: &&Named<'a>| self.evidence.differs_in_each_row(column.index);
                let unread = || {
                    unread
                        .iter()
                        .filter(|other| differs(&column) || !differs(other))
                };
                let is_same = |other: &Named<'a>| {
                    let told_so = column.title.whom == other.title.whom;
                    self.evidence
                        .same_people(column.index, other.index, told_so)
                };
                unread().next().is_none() || unread().any(is_same)
            });
        }
        candidates
            .retain(|column| column.index != assignee && !self.evidence.names_nobody(column.index));
        let candidates = self.one_of_each(candidates);
        let best = candidates.iter().map(|column| column.title.rank).max();
        let latest = candidates.iter().map(|column| column.title.dated);
        let latest = latest.filter_map(|dated| match dated {
            Dated::Year(year) => Some(year),
            Dated::Month | Dated::No => None,
        });
        let latest = latest.max().filter(|_| best < Some(Rank::Current));
        let is_best = |column: &&Named<'a>| {
            Some(column.title.rank) == best
                && latest.is_none_or(|year| column.title.dated == Dated::Year(year))
        };
        let best: Vec<Named<'a>> = candidates.iter().filter(is_best).cloned().collect();
        match best.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.index)),
            several => Err(self.several(About::Current, several)),
        }
    }

    fn bare(&self, time: Time) -> Option<Named<'a>> {
        match self.with(|role| role == Role::Bare(time)).as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        }
    }

    /// `From` and `To`, `Old` and `New`: a pair that means assignees only together.
    fn pair(&self) -> Option<(Named<'a>, Named<'a>)> {
        Some((self.bare(Time::Current)?, self.bare(Time::New)?))
    }

    fn no_assignee(&self) -> Error {
        let seen = self.those(|column| {
            let is_other = matches!(column.title.role, Some(Role::Identifier(_) | Role::Country));
            !is_other && matches!(self.evidence.shape(column.index), Some(Shape::Email))
        });
        Error::Open(self.question(About::NoAssignee, &seen))
    }

    fn several(&self, about: About, found: &[Named<'a>]) -> Error {
        Error::Open(self.question(about, found))
    }
}

fn domain(address: &str) -> Option<String> {
    Some(address.split_once('@')?.1.to_lowercase())
}

fn is_after(dated: Dated, before: Dated) -> bool {
    match (dated, before) {
        (Dated::Year(year), Dated::Year(before)) => year > before,
        _ => false,
    }
}
