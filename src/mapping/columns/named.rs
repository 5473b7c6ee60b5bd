//! Columns found by their names, and by what the first rows below hold where names leave it open.

use std::collections::HashMap;

use crate::contact::Kind;
use crate::outcome::column;
use crate::sheet::{Guard, unguard};
use crate::vocabulary::name_key;

use super::super::country::{self, Country};
use super::super::earlier::EarlierColumns;
use super::super::header::{Role, Time, Title, role, title};
use super::evidence::Evidence;
use super::names::common_prefix;
use super::position::{keep, letter, position};
use super::question::{About, Column, MOST_COLUMNS, Offer, Question};
use super::{Choice, Columns, Error, IdentifierColumn, MOVES_HEADER, Names, Seeks, Wanted};

/// A header: which rows, and what stands in them.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// The row of groups above the names, if there is one.
    pub(super) group_row: Option<u32>,
    /// The row of the names; the sheet's own rows begin below.
    pub(super) row: u32,
    pub(super) names: Vec<String>,
}

/// A column with a name that is not one of ours.
#[derive(Clone)]
pub(super) struct Named<'a> {
    pub(super) index: usize,
    pub(super) name: &'a str,
    pub(super) title: Title,
}

/// The columns of one sheet while it is found out what they hold.
pub(super) struct Search<'a> {
    pub(super) own: Vec<Named<'a>>,
    /// The header's row.
    pub(super) row: u32,
    /// What stands below the header.
    pub(super) evidence: Evidence<'a>,
    pub(super) choice: &'a Choice,
    /// How many columns have a name.
    named: HashMap<&'a str, usize>,
}

/// Whether both a contact and an assignee are named, by whatever names.
pub(super) fn names_both(names: &[String]) -> bool {
    let named = names.iter().map(String::as_str).enumerate();
    let named: Vec<_> = named.filter(|(_, name)| !name.trim().is_empty()).collect();
    let common = common_prefix(&named);
    let role_of = |name: &String| role(name).or_else(|| role(name.get(common..)?));
    let roles: Vec<Role> = names.iter().filter_map(role_of).collect();
    let contact = roles.iter().any(|role| matches!(role, Role::Identifier(_)));
    let is_assignee = |role: &Role| matches!(role, Role::Assignee(_) | Role::AssigneeName(_));
    let assignee = roles.iter().any(is_assignee);
    let pair = [Time::Current, Time::New].map(|time| roles.contains(&Role::Bare(time)));
    contact && (assignee || pair == [true, true])
}

/// What the columns under a header hold.
pub(super) fn by_name(
    header: Header,
    evidence: Evidence<'_>,
    choice: &Choice,
) -> Result<Columns, Vec<Error>> {
    ours_are_whole(&header.names).map_err(|err| vec![err])?;
    let earlier = EarlierColumns::find(&header.names);
    let mut errors = Vec::new();
    let found = {
        let search = Search::of(&header.names, header.row, evidence, choice);
        let identifiers = keep(search.identifiers(), &mut errors);
        let owners = keep(search.owners(), &mut errors);
        let region = identifiers
            .as_ref()
            .and_then(|identifiers| keep(search.region(identifiers), &mut errors));
        let witnesses = search.witnesses();
        (identifiers, owners, region, witnesses)
    };
    let (Some(identifiers), Some(owners), Some(region), mut witnesses) = found else {
        return Err(errors);
    };
    let used = |index: usize| {
        index == owners.assignee
            || owners.current == Some(index)
            || identifiers.iter().any(|column| column.index == index)
    };
    witnesses.retain(|column| !used(column.index));
    let columns = Columns {
        header_row: Some(header.row),
        group_row: header.group_row,
        names: header.names,
        identifiers,
        assignee: owners.assignee,
        blank_stays: owners.says_new,
        current: owners.current,
        region,
        witnesses,
        earlier,
        guard: match earlier {
            Some(_) => Guard::Guarded,
            None => Guard::Plain,
        },
    };
    columns.each_once()
}

/// Whether these are the columns of moves, as `rebalance` and `undo` write them.
pub(super) fn are_moves(names: &[String]) -> bool {
    let first = names.iter().take(MOVES_HEADER.len());
    first.map(|name| unguard(name)).eq(MOVES_HEADER)
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
        Some(wanted) => Err(Error::TwiceOurs { wanted }),
        None => Ok(()),
    }
}

impl Search<'_> {
    /// Asks about columns, each by itself.
    pub(super) fn question(&self, about: About, columns: &[Named<'_>]) -> Question {
        let each: Vec<Vec<&Named<'_>>> = columns.iter().map(|column| vec![column]).collect();
        self.question_of_groups(about, &each)
    }

    /// Asks about groups of columns that are used together.
    pub(super) fn question_of_groups(&self, about: About, groups: &[Vec<&Named<'_>>]) -> Question {
        let own = self.own.iter().map(|column| Column {
            name: self.shown(column),
            cells: self.evidence.examples(column.index),
        });
        let offer = |group: &[&Named<'_>]| {
            let typed: Vec<String> = group.iter().map(|column| self.typed(column)).collect();
            Offer {
                columns: group.iter().map(|column| self.shown(column)).collect(),
                places: group.iter().map(|column| column.index).collect(),
                cells: group
                    .first()
                    .map_or_else(Vec::new, |column| self.evidence.examples(column.index)),
                options: vec![about.option().to_owned(), typed.join(",")],
                effect: about.effect(),
            }
        };
        let offers: Vec<Offer> = groups.iter().map(|group| offer(group)).collect();
        let each = self.own.iter().take(MOST_COLUMNS);
        let unlikely = match about.is_lacking() && offers.is_empty() {
            true => each.map(|column| offer(&[column])).collect(),
            false => Vec::new(),
        };
        Question {
            about,
            row: Some(self.row),
            found: own.collect(),
            offers,
            unlikely,
        }
    }
}

impl<'a> Search<'a> {
    /// Takes the sheet's own columns apart from ours.
    pub(super) fn of(
        names: &'a [String],
        row: u32,
        evidence: Evidence<'a>,
        choice: &'a Choice,
    ) -> Search<'a> {
        // Beside moves stand the columns of the sheet that they were made from, which would say the same twice.
        let is_moves = choice.seeks == Seeks::New
            && choice.identifiers.is_empty()
            && choice.assignee.is_none()
            && are_moves(names);
        let own = names.iter().enumerate().filter(|(index, name)| {
            let ours = unguard(name);
            let ours = ours.trim();
            let is_ours = column::ALL.contains(&ours) || ours == column::SURPLUS;
            (!is_moves || *index < MOVES_HEADER.len()) && !is_ours && !name_key(name).is_empty()
        });
        let own: Vec<(usize, &'a str)> = own.map(|(index, name)| (index, name.as_str())).collect();
        let common = common_prefix(&own);
        let own: Vec<Named<'a>> = own
            .into_iter()
            .map(|(index, name)| Named {
                index,
                name,
                title: match title(name) {
                    unknown if unknown.role.is_none() && common > 0 => title(&name[common..]),
                    known => known,
                },
            })
            .collect();
        let mut named = HashMap::new();
        for column in &own {
            *named.entry(column.name).or_default() += 1;
        }
        Search {
            own,
            row,
            evidence,
            choice,
            named,
        }
    }

    /// The columns of which this is true.
    pub(super) fn those(&self, are: impl Fn(&Named<'a>) -> bool) -> Vec<Named<'a>> {
        let found = self.own.iter().filter(|column| are(column));
        found.cloned().collect()
    }

    /// The columns whose role is one of these.
    pub(super) fn with(&self, is: impl Fn(Role) -> bool) -> Vec<Named<'a>> {
        self.those(|column| column.title.role.is_some_and(&is))
    }

    /// How a column is typed as an option: its name, or its letter where others have that name, too.
    pub(super) fn typed(&self, column: &Named<'_>) -> String {
        let is_certain = self.choice.names == Names::Certain || column.name.is_ascii();
        match self.is_alone(column) && !column.name.contains(',') && is_certain {
            true => column.name.to_owned(),
            false => letter(column.index),
        }
    }

    /// How messages call a column: by its name, with its letter where others have that name, too.
    pub(super) fn shown(&self, column: &Named<'_>) -> String {
        match self.is_alone(column) {
            true => column.name.to_owned(),
            false => format!("{} (column {})", column.name, letter(column.index)),
        }
    }

    fn is_alone(&self, column: &Named<'_>) -> bool {
        self.named.get(column.name) == Some(&1)
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
        // What was said for all rows wins over what nobody named.
        if self.choice.rules.region.is_some() {
            return Ok(None);
        }
        let mut candidates = self.with(|role| role == Role::Country);
        candidates.retain(|column| self.holds_countries(column));
        match candidates.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.index)),
            several => Err(Error::Open(self.question(About::Country, several))),
        }
    }

    /// Whether any of the first rows name countries, if they name anything.
    fn holds_countries(&self, column: &Named<'_>) -> bool {
        let mut cells = self.evidence.cells(column.index).peekable();
        cells.peek().is_none() || cells.any(|cell| country::read(cell) != Country::Unknown)
    }

    /// The column that an option names: exactly as it is written, or else by its words, or else by letter or number.
    pub(super) fn named(&self, option: &'static str, wanted: &str) -> Result<Named<'a>, Error> {
        let all = |is: &dyn Fn(&Named<'a>) -> bool| -> Vec<&Named<'a>> {
            self.own.iter().filter(|column| is(column)).collect()
        };
        let mut found = all(&|column| column.name == wanted);
        if found.is_empty() {
            let key = name_key(wanted);
            found = all(&|column| !key.is_empty() && name_key(column.name) == key);
        }
        if found.is_empty() {
            let place = position(wanted);
            found = all(&|column| Some(column.index) == place);
        }
        match found.as_slice() {
            [only] => Ok((*only).clone()),
            [] => Err(Error::NoSuchColumn {
                option,
                wanted: wanted.to_owned(),
                found: self.own.iter().map(|column| self.shown(column)).collect(),
            }),
            several => Err(Error::Ambiguous {
                wanted: wanted.to_owned(),
                letters: several.iter().map(|column| letter(column.index)).collect(),
                option,
            }),
        }
    }
}
