//! Columns found by their names, and by what the first rows below hold where names leave it open.

use crate::contact::{Assignee, Kind, Rules};
use crate::outcome::column;
use crate::sheet::{Guard, Row, unguard};

use super::super::country::{self, Country};
use super::super::earlier::EarlierColumns;
use super::super::header::{Role, Time, role, words};
use super::{Choice, Columns, Error, IdentifierColumn, MOVES_HEADER, Seeks, Wanted};

/// A header: which rows, and what stands in them.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// The row of groups above the names, if there is one.
    pub(super) group_row: Option<u32>,
    /// The row of the names; the sheet's own rows begin below.
    pub(super) row: u32,
    pub(super) names: Vec<String>,
}

/// What names of columns hold that can be parts of a country, or of the world, as well as countries.
const REGIONS: [&str; 8] = [
    "regi", "wilayah", "rantau", "地区", "地區", "区域", "區域", "地域",
];

/// A column with a name that is not one of ours.
#[derive(Clone, Copy)]
struct Named<'a> {
    index: usize,
    name: &'a str,
    role: Option<Role>,
}

/// The columns of one sheet while it is found out what they hold.
struct Search<'a> {
    own: Vec<Named<'a>>,
    /// Rows below the header.
    sample: &'a [Row<'a>],
    choice: &'a Choice,
}

/// Whether both a contact and an assignee are named, by whatever names.
pub(super) fn names_both(names: &[String]) -> bool {
    let roles: Vec<Role> = names.iter().filter_map(|name| role(name)).collect();
    let contact = roles.iter().any(|role| matches!(role, Role::Identifier(_)));
    let is_assignee = |role: &Role| matches!(role, Role::Assignee(_) | Role::AssigneeName(_));
    let assignee = roles.iter().any(is_assignee);
    let pair = [Time::Current, Time::New].map(|time| roles.contains(&Role::Bare(time)));
    contact && (assignee || pair == [true, true])
}

/// What the columns under a header hold.
pub(super) fn by_name(
    header: Header,
    sample: &[Row<'_>],
    choice: &Choice,
) -> Result<Columns, Vec<Error>> {
    ours_are_whole(&header.names).map_err(|err| vec![err])?;
    let earlier = EarlierColumns::find(&header.names);
    let mut errors = Vec::new();
    let found = {
        let names = header.names.iter().enumerate();
        // Beside moves stand the columns of the sheet that they were made from, which would say the same twice.
        let is_moves = choice.seeks == Seeks::New
            && choice.identifiers.is_empty()
            && choice.assignee.is_none()
            && header
                .names
                .iter()
                .take(4)
                .map(|name| unguard(name))
                .eq(MOVES_HEADER);
        let own = names.filter(|(index, name)| {
            (!is_moves || *index < MOVES_HEADER.len())
                && !column::ALL.contains(&unguard(name).trim())
                && !words(name).is_empty()
        });
        let search = Search {
            own: own
                .map(|(index, name)| Named {
                    index,
                    name,
                    role: role(name),
                })
                .collect(),
            sample,
            choice,
        };
        let identifiers = keep(search.identifiers(), &mut errors);
        let assignee = keep(search.assignee(), &mut errors);
        let current = assignee.and_then(|assignee| keep(search.current(assignee), &mut errors));
        let region = identifiers
            .as_ref()
            .and_then(|identifiers| keep(search.region(identifiers), &mut errors));
        let witnesses = search.witnesses();
        (identifiers, assignee, current, region, witnesses)
    };
    let (Some(identifiers), Some(assignee), Some(current), Some(region), mut witnesses) = found
    else {
        return Err(errors);
    };
    let used = |index: usize| {
        index == assignee
            || current == Some(index)
            || identifiers.iter().any(|column| column.index == index)
    };
    witnesses.retain(|column| !used(column.index));
    let columns = Columns {
        header_row: Some(header.row),
        group_row: header.group_row,
        names: header.names,
        identifiers,
        assignee,
        current,
        region,
        witnesses,
        earlier,
        guard: match earlier {
            Some(_) => Guard::Guarded,
            None => Guard::Plain,
        },
    };
    match columns.twice() {
        Some(index) => Err(vec![Error::SameColumn {
            name: columns.name(index),
        }]),
        None => Ok(columns),
    }
}

/// Columns named like ours make a results file, each of them once; anything else would be read as what it is not.
fn ours_are_whole(names: &[String]) -> Result<(), Error> {
    let count = |ours: &str| {
        names
            .iter()
            .filter(|name| unguard(name).trim() == ours)
            .count()
    };
    if column::ALL.iter().all(|ours| count(ours) == 0) {
        return Ok(());
    }
    if let Some(missing) = column::OF_A_RESULTS_FILE
        .into_iter()
        .find(|ours| count(ours) == 0)
    {
        return Err(Error::HalfResults { missing });
    }
    match column::ALL.into_iter().find(|ours| count(ours) > 1) {
        Some(wanted) => Err(Error::Ambiguous {
            wanted: wanted.to_owned(),
        }),
        None => Ok(()),
    }
}

pub(super) fn keep<T>(result: Result<T, Error>, errors: &mut Vec<Error>) -> Option<T> {
    result.map_err(|err| errors.push(err)).ok()
}

/// The assignee's column, if there is one and only one.
fn one(candidates: Vec<Named<'_>>, own: &[Named<'_>]) -> Result<usize, Error> {
    match candidates.as_slice() {
        [] => Err(Error::NoAssignee { found: names(own) }),
        [only] => Ok(only.index),
        several => Err(Error::TwoAssignees {
            found: names(several),
        }),
    }
}

fn names(of: &[Named<'_>]) -> Vec<String> {
    of.iter().map(|column| column.name.to_owned()).collect()
}

impl<'a> Search<'a> {
    fn with(&self, is: impl Fn(Role) -> bool) -> Vec<Named<'a>> {
        let own = self.own.iter();
        own.filter(|column| column.role.is_some_and(&is))
            .copied()
            .collect()
    }

    fn cells(&self, index: usize) -> impl Iterator<Item = &'a str> {
        let cells = self.sample.iter().map(move |row| row.cell(index).trim());
        cells.filter(|cell| !cell.is_empty())
    }

    /// The columns of phone numbers and emails. An ID that was not chosen may be another system's, and says nothing.
    fn witnesses(&self) -> Vec<IdentifierColumn> {
        let own = self.own.iter();
        own.filter_map(|column| match column.role {
            Some(Role::Identifier(kind @ Some(Kind::Phone | Kind::Email))) => {
                Some(IdentifierColumn {
                    index: column.index,
                    kind,
                })
            }
            _ => None,
        })
        .collect()
    }

    fn identifiers(&self) -> Result<Vec<IdentifierColumn>, Error> {
        let kind_of = |role: Option<Role>| match role {
            Some(Role::Identifier(kind)) => kind,
            _ => None,
        };
        if !self.choice.identifiers.is_empty() {
            let wanted = self.choice.identifiers.iter();
            return wanted
                .map(|wanted| {
                    let found = self.named("--identifier", wanted)?;
                    Ok(IdentifierColumn {
                        index: found.index,
                        kind: kind_of(found.role),
                    })
                })
                .collect();
        }
        let candidates = self.with(|role| matches!(role, Role::Identifier(_)));
        if candidates.is_empty() {
            return Err(Error::NoIdentifier {
                found: names(&self.own),
            });
        }
        let of_kind = |kind: Option<Kind>| {
            let found = candidates.iter();
            found
                .filter(|column| kind_of(column.role) == kind)
                .copied()
                .collect::<Vec<_>>()
        };
        let mut general = of_kind(None);
        if candidates.len() > 1 {
            // `Customer` beside `Phone` is the customer's name, if names are what stands there.
            general.retain(|column| !self.holds_names(column.index));
        }
        let ids = of_kind(Some(Kind::Id));
        let direct = [of_kind(Some(Kind::Phone)), of_kind(Some(Kind::Email))];
        for same in [&general, &ids, &direct[0], &direct[1]] {
            if same.len() > 1 {
                return Err(Error::TwoIdentifiers { found: names(same) });
            }
        }
        let direct = direct.concat();
        if !general.is_empty() && ids.len() + direct.len() > 0 {
            return Err(Error::TwoIdentifiers {
                found: names(&[general, ids, direct].concat()),
            });
        }
        if !ids.is_empty() && !direct.is_empty() {
            return Err(Error::IdBeside {
                found: names(&[ids, direct].concat()),
            });
        }
        let found = [general, ids, direct].concat().into_iter();
        let found: Vec<_> = found
            .map(|column| IdentifierColumn {
                index: column.index,
                kind: kind_of(column.role),
            })
            .collect();
        if found.is_empty() {
            return Err(Error::NoIdentifier {
                found: names(&self.own),
            });
        }
        Ok(found)
    }

    /// Whether a column has text in the first rows, none of which could name a contact.
    fn holds_names(&self, index: usize) -> bool {
        let mut cells = self.cells(index).peekable();
        let is_name = |cell: &str| !cell.contains('@') && !cell.chars().any(char::is_numeric);
        cells.peek().is_some() && cells.all(is_name)
    }

    fn bare(&self, time: Time) -> Option<Named<'a>> {
        match self.with(|role| role == Role::Bare(time)).as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// `From` and `To`, `Old` and `New`: a pair that means assignees only together.
    fn pair(&self) -> Option<(Named<'a>, Named<'a>)> {
        Some((self.bare(Time::Current)?, self.bare(Time::New)?))
    }

    fn assignee(&self) -> Result<usize, Error> {
        if let Some(wanted) = &self.choice.assignee {
            return Ok(self.named("--assignee", wanted)?.index);
        }
        let named = |time| self.with(|role| role == Role::Assignee(time));
        let by_name = |time| self.with(|role| role == Role::AssigneeName(time));
        if self.choice.seeks == Seeks::Holder {
            // Whoever will have the contact is none of a load's business.
            let bare = || self.bare(Time::Current).into_iter().collect();
            let candidates = [
                named(Time::Current),
                named(Time::Any),
                by_name(Time::Current),
                by_name(Time::Any),
            ];
            let first = candidates.into_iter().find(|found| !found.is_empty());
            return one(first.unwrap_or_else(bare), &self.own);
        }
        let mut new = named(Time::New);
        if new.is_empty() {
            new = by_name(Time::New);
        }
        let mut candidates = [new, named(Time::Any)].concat();
        candidates.extend(self.pair().map(|(_, new)| new));
        if candidates.is_empty() {
            candidates = by_name(Time::Any);
        }
        one(candidates, &self.own)
    }

    fn current(&self, assignee: usize) -> Result<Option<usize>, Error> {
        if self.choice.seeks == Seeks::Holder {
            return Ok(None);
        }
        match &self.choice.current {
            Wanted::Nothing => return Ok(None),
            Wanted::Column(wanted) => return Ok(Some(self.named("--current", wanted)?.index)),
            Wanted::Found => {}
        }
        let mut candidates = self.with(|role| role == Role::Assignee(Time::Current));
        candidates.extend(
            self.pair()
                .filter(|(_, new)| new.index == assignee)
                .map(|(current, _)| current),
        );
        candidates.retain(|column| column.index != assignee);
        match candidates.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.index)),
            several => Err(Error::TwoCurrents {
                found: names(several),
            }),
        }
    }

    fn region(&self, identifiers: &[IdentifierColumn]) -> Result<Option<usize>, Error> {
        match &self.choice.region {
            Wanted::Nothing => return Ok(None),
            Wanted::Column(wanted) => {
                return Ok(Some(self.named("--region-column", wanted)?.index));
            }
            Wanted::Found => {}
        }
        let phones = |column: &IdentifierColumn| matches!(column.kind, None | Some(Kind::Phone));
        if !identifiers.iter().any(phones) {
            return Ok(None);
        }
        let mut candidates = self.with(|role| role == Role::Region);
        candidates.retain(|column| self.holds_countries(*column));
        match candidates.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.index)),
            several => Err(Error::TwoRegions {
                found: names(several),
            }),
        }
    }

    /// Whether the first rows name countries: some of them where the name says country, most of them where it says
    /// region, which can also be `North`, or `APAC`.
    fn holds_countries(&self, column: Named<'_>) -> bool {
        let mut all: Vec<&str> = self.cells(column.index).collect();
        all.sort_unstable();
        all.dedup();
        let unknown = all
            .iter()
            .filter(|cell| country::read(cell) == Country::Unknown)
            .count();
        let is_region = REGIONS.iter().any(|word| words(column.name).contains(word));
        match is_region {
            true => unknown * 4 <= all.len(),
            false => unknown == 0 || unknown < all.len(),
        }
    }

    /// The column that an option names: exactly as it is written, or else by its words.
    fn named(&self, option: &'static str, wanted: &str) -> Result<Named<'a>, Error> {
        let own = self.own.iter();
        let mut found: Vec<_> = own.filter(|column| column.name == wanted).collect();
        if found.is_empty() {
            let own = self.own.iter();
            found = own
                .filter(|column| words(column.name) == words(wanted))
                .collect();
        }
        match found.as_slice() {
            [only] => Ok(**only),
            [] => Err(Error::NoSuchColumn {
                option,
                wanted: wanted.to_owned(),
                found: names(&self.own),
            }),
            _ => Err(Error::Ambiguous {
                wanted: wanted.to_owned(),
            }),
        }
    }
}

/// The names of a header in two rows: groups, often merged, above the names of their columns; `None` if the lower row
/// does not go on with the upper one.
pub(super) fn joined(groups: &Row<'_>, below: &Row<'_>) -> Option<Vec<String>> {
    if below.number() != groups.number() + 1 || below.flaw().is_some() {
        return None;
    }
    let filled: Vec<&str> = groups
        .cells()
        .filter(|cell| !cell.trim().is_empty())
        .collect();
    let is_title = filled.len() == 1 && role(filled[0]).is_none();
    // Our own columns stand in one row; joined with what somebody wrote above, they would not be known for ours.
    let is_ours = |row: &Row<'_>| {
        row.cells()
            .any(|name| column::ALL.contains(&unguard(name).trim()))
    };
    if is_title || is_ours(groups) || is_ours(below) {
        return None;
    }
    let is_value = |cell: &str| {
        Rules::default().read(cell).is_ok()
            || Assignee::read(cell).is_ok()
            || cell.contains('@')
            || cell.chars().filter(|char| char.is_numeric()).count() > 2
    };
    if below.cells().any(is_value) || below.cells().filter(|cell| role(cell).is_some()).count() < 2
    {
        return None;
    }
    let width = groups.len().max(below.len());
    let (mut group, mut spread) = ("", false);
    let mut all = Vec::with_capacity(width);
    for index in 0..width {
        let (top, name) = (groups.cell(index).trim(), below.cell(index).trim());
        if !top.is_empty() {
            // A group without a name below is a name itself, merged downwards.
            spread |= top == group;
            group = if name.is_empty() { "" } else { top };
        } else {
            spread |= !group.is_empty() && !name.is_empty();
        }
        all.push(match (top, name) {
            (top, "") => top.to_owned(),
            (_, name) => together(group, name),
        });
    }
    spread.then_some(all)
}

/// A column's name with its group in front, unless only the name by itself says something.
fn together(group: &str, name: &str) -> String {
    let joined = format!("{group} {name}").trim().to_owned();
    if role(&joined).is_none() && role(group).is_none() && role(name).is_some() {
        return name.to_owned();
    }
    joined
}

pub(super) fn texts(row: &Row<'_>) -> Vec<String> {
    row.cells().map(str::to_owned).collect()
}
