//! Columns found by their names, and by what the first rows below hold where names leave it open.

use std::collections::HashMap;

use crate::contact::{Assignee, Identifier, Kind, Reason, Rules};
use crate::outcome::column;
use crate::sheet::{Guard, Row, unguard};
use crate::vocabulary::name_key;

use super::super::country::{self, Country};
use super::super::earlier::EarlierColumns;
use super::super::header::{Role, Time, Title, role, title};
use super::evidence::Evidence;
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
    evidence: Evidence<'_>,
    choice: &Choice,
) -> Result<Columns, Vec<Error>> {
    ours_are_whole(&header.names).map_err(|err| vec![err])?;
    let earlier = EarlierColumns::find(&header.names);
    let mut errors = Vec::new();
    let found = {
        let search = Search::of(&header.names, header.row, evidence, choice);
        let identifiers = keep(search.identifiers(), &mut errors);
        let owners = search.owners();
        let owners = owners.map_err(|wrong| errors.extend(wrong)).ok();
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
    match columns.twice() {
        Some(index) => Err(vec![Error::SameColumn {
            name: columns.name(index),
        }]),
        None => Ok(columns),
    }
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

    pub(super) fn with(&self, is: impl Fn(Role) -> bool) -> Vec<Named<'a>> {
        let own = self.own.iter();
        own.filter(|column| column.title.role.is_some_and(&is))
            .cloned()
            .collect()
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

    /// The columns of phone numbers and emails. An ID that was not chosen may be another system's, and says nothing.
    fn witnesses(&self) -> Vec<IdentifierColumn> {
        let own = self.own.iter();
        own.filter_map(|column| match column.title.role {
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
                        kind: kind_of(found.title.role),
                    })
                })
                .collect();
        }
        let mut candidates = self.with(|role| matches!(role, Role::Identifier(_)));
        // A column cannot be two things at once; a name that is none is told where it is asked for.
        if let Some(Ok(taken)) = self
            .choice
            .assignee
            .as_deref()
            .map(|name| self.named("--assignee", name))
        {
            candidates.retain(|column| column.index != taken.index);
        }
        if let [only] = candidates.as_slice()
            && kind_of(only.title.role) == Some(Kind::Id)
            && self.holds_foreign_ids(only.index)
            && !self.contacts_beside(only).is_empty()
        {
            candidates.clear();
        }
        if candidates.len() > 1 {
            // `Customer` beside `Phone` is the customer's name, and an ID with letters is another system's.
            candidates.retain(|column| match kind_of(column.title.role) {
                None => !self.holds_names(column.index),
                Some(Kind::Id) => !self.holds_foreign_ids(column.index),
                Some(Kind::Phone | Kind::Email) => true,
            });
            // One that is blank all the way is no choice beside one that is not.
            let is_filled = |column: &Named<'a>| self.evidence.cells(column.index).next().is_some();
            if candidates.iter().any(is_filled) {
                candidates.retain(is_filled);
            }
        }
        // One whose cells come again and again, as the addresses of a company's mailboxes do, is no choice either.
        let tells_rows = |column: &Named<'a>| !self.evidence.repeats(column.index);
        if candidates.iter().any(tells_rows) {
            candidates.retain(tells_rows);
        }
        if candidates.is_empty() {
            return Err(self.no_identifier());
        }
        if let [only] = candidates.as_slice()
            && !tells_rows(only)
        {
            let others = self.contacts_instead(only);
            if !others.is_empty() {
                let all: Vec<_> = [candidates, others].concat();
                return Err(Error::Open(self.question(About::Identifier, &all)));
            }
        }
        let of_kind = |kind: Option<Kind>| {
            let found = candidates.iter();
            found
                .filter(|column| kind_of(column.title.role) == kind)
                .collect::<Vec<_>>()
        };
        let general = of_kind(None);
        let ids = of_kind(Some(Kind::Id));
        let direct = [of_kind(Some(Kind::Phone)), of_kind(Some(Kind::Email))];
        let ask = |about, groups: &[Vec<&Named<'_>>]| {
            Err(Error::Open(self.question_of_groups(about, groups)))
        };
        let apart = |columns: &[&Named<'a>]| -> Vec<Vec<&Named<'_>>> {
            columns
                .iter()
                .map(|column| vec![self.own_column(column)])
                .collect()
        };
        for same in [&general, &ids, &direct[0], &direct[1]] {
            if same.len() > 1 {
                return ask(About::Identifier, &apart(same));
            }
        }
        let direct = direct.concat();
        if let ([id], []) = (
            ids.as_slice(),
            [&general[..], &direct[..]].concat().as_slice(),
        ) {
            let beside = self.contacts_beside(id);
            if !beside.is_empty() {
                let beside = beside.iter().map(|column| vec![self.own_column(column)]);
                let groups: Vec<_> = apart(&ids).into_iter().chain(beside).collect();
                return ask(About::IdBeside, &groups);
            }
        }
        if !general.is_empty() && ids.len() + direct.len() > 0 {
            return ask(About::Identifier, &apart(&[general, ids, direct].concat()));
        }
        if !ids.is_empty() && !direct.is_empty() {
            let together = direct
                .iter()
                .map(|column| self.own_column(column))
                .collect();
            return ask(About::IdBeside, &[apart(&ids).concat(), together]);
        }
        let found = [general, ids, direct].concat().into_iter();
        Ok(found
            .map(|column| IdentifierColumn {
                index: column.index,
                kind: kind_of(column.title.role),
            })
            .collect())
    }

    fn own_column(&self, column: &Named<'_>) -> &Named<'a> {
        let same = |own: &&Named<'a>| own.index == column.index;
        self.own.iter().find(same).expect("a column of this sheet")
    }

    /// Columns beside one of IDs that hold contacts without being named so: then the IDs may be of something else. Where the
    /// ID is not called the contact's, columns that are named after a part in it count as well, as a ticket's requester.
    fn contacts_beside(&self, id: &Named<'_>) -> Vec<Named<'a>> {
        let owners = self.with(|role| matches!(role, Role::Assignee(_) | Role::AssigneeName(_)));
        let owners = owners.iter();
        let owners = owners.flat_map(|owner| self.evidence.people(owner.index));
        let owners = owners.collect();
        let mut columns = self.contacts_by_cells();
        columns.retain(|column| {
            let title = &column.title;
            let may_be = match title.role {
                Some(Role::OtherPerson) => id.title.whom.is_empty(),
                _ => !title.is_of_users() && !title.is_of_new,
            };
            may_be && !self.evidence.names_half_of(column.index, &owners)
        });
        columns
    }

    /// Columns beside one that tells hardly any row from the others whose cells are contacts, and another one in each row.
    fn contacts_instead(&self, column: &Named<'_>) -> Vec<Named<'a>> {
        let mut columns = self.contacts_by_cells();
        columns.retain(|other| {
            other.index != column.index && self.evidence.is_of_each_row(other.index)
        });
        columns
    }

    /// Columns without a known name whose cells are contacts all the same.
    fn contacts_by_cells(&self) -> Vec<Named<'a>> {
        let is_contact = |cell: &str| match self.choice.rules.read(cell) {
            Ok(read) => !matches!(read.value, Identifier::Id(_)),
            Err(Reason::SeveralEmails | Reason::SeveralPhones) => true,
            Err(_) => false,
        };
        let could_be = |column: &&Named<'a>| {
            let is_owner = matches!(
                column.title.role,
                Some(Role::Assignee(_) | Role::AssigneeName(_) | Role::Bare(_))
            );
            let cells: Vec<_> = self.evidence.cells(column.index).collect();
            let fitting = || cells.iter().filter(|cell| is_contact(cell)).count();
            !is_owner && !cells.is_empty() && fitting() * 4 >= cells.len() * 3
        };
        self.own.iter().filter(could_be).cloned().collect()
    }

    fn no_identifier(&self) -> Error {
        Error::Open(self.question(About::NoIdentifier, &self.contacts_by_cells()))
    }

    /// Whether a column has text in the first rows, none of which could name a contact.
    pub(super) fn holds_names(&self, index: usize) -> bool {
        let mut cells = self.evidence.cells(index).peekable();
        let is_name = |cell: &str| !cell.contains('@') && !cell.chars().any(char::is_numeric);
        cells.peek().is_some() && cells.all(is_name)
    }

    /// Whether a column of IDs has cells that no ID of the workspace's could be: it has digits only.
    fn holds_foreign_ids(&self, index: usize) -> bool {
        let rules = Rules {
            kind: Some(Kind::Id),
            ..self.choice.rules
        };
        let cells: Vec<&str> = self.evidence.cells(index).collect();
        let is_foreign = |cell: &&&str| matches!(rules.read(cell), Err(Reason::NotAnId));
        !cells.is_empty() && cells.iter().filter(is_foreign).count() * 4 >= cells.len() * 3
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

/// How long the beginning is that all names share and that says nothing of any of them: `Person - Phone`, `Person - Owner`.
fn common_prefix(own: &[(usize, &str)]) -> usize {
    /// Of fewer names, all may begin alike by chance.
    const ENOUGH: usize = 4;
    let Some(((_, first), others)) = own.split_first() else {
        return 0;
    };
    let ends = [" - ", ": ", " / ", "."].into_iter();
    let prefix = ends
        .filter_map(|end| Some(first.find(end)? + end.len()))
        .min();
    prefix
        .filter(|length| {
            own.len() >= ENOUGH
                && others
                    .iter()
                    .all(|(_, name)| name.starts_with(&first[..*length]))
        })
        .unwrap_or(0)
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
            (top, name) if name_key(top) == name_key(name) => name.to_owned(),
            (_, name) => together(group, name),
        });
    }
    // Names below names, each below one: what a program writes for columns of two levels.
    let is_below_one = |index: usize| {
        let name = below.cell(index).trim();
        let group = groups.cell(index).trim();
        let is_name = |name| role(name).is_some();
        name.is_empty() || (is_name(name) && is_name(group) && name_key(name) != name_key(group))
    };
    (spread || (0..width).all(is_below_one)).then_some(all)
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
