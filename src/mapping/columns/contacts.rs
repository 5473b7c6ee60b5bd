//! Which columns say who the contact is.

use crate::contact::{Identifier, Kind, Reason, Rules};

use super::super::header::Role;
use super::named::{Named, Search};
use super::question::About;
use super::{Error, IdentifierColumn};

impl<'a> Search<'a> {
    /// The columns of phone numbers and emails. An ID that was not chosen may be another system's, and says nothing.
    pub(super) fn witnesses(&self) -> Vec<IdentifierColumn> {
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

    pub(super) fn identifiers(&self) -> Result<Vec<IdentifierColumn>, Error> {
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
        // Another system's record ID is none of ours, also where no other column is named like a contact.
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
}
