//! Which columns say who the contact is.

use crate::contact::{Identifier, Kind, Reason, Rules};

use super::super::header::Role;
use super::named::{Named, Search};
use super::question::About;
use super::{Error, IdentifierColumn};

fn kind_of(column: &Named<'_>) -> Option<Kind> {
    column.title.role?.kind()
}

fn identifier(column: &Named<'_>) -> IdentifierColumn {
    IdentifierColumn {
        index: column.index,
        kind: kind_of(column),
    }
}

impl<'a> Search<'a> {
    /// The columns of phone numbers and emails. An ID that was not chosen may be another system's, and says nothing.
    pub(super) fn witnesses(&self) -> Vec<IdentifierColumn> {
        let own = self.own.iter().map(identifier);
        own.filter(|column| matches!(column.kind, Some(Kind::Phone | Kind::Email)))
            .collect()
    }

    pub(super) fn identifiers(&self) -> Result<Vec<IdentifierColumn>, Error> {
        if !self.choice.identifiers.is_empty() {
            let wanted = self.choice.identifiers.iter();
            let named = wanted.map(|wanted| self.named("--identifier", wanted));
            return named
                .map(|column| column.map(|column| identifier(&column)))
                .collect();
        }
        let candidates = self.contact_columns();
        if let [only] = candidates.as_slice()
            && self.evidence.repeats(only.index)
        {
            let others = self.contacts_instead(only);
            if !others.is_empty() {
                let all: Vec<_> = [candidates, others].concat();
                return Err(Error::Open(self.question(About::Identifier, &all)));
            }
        }
        self.used_together(&candidates)
    }

    /// The columns that are named like a contact, without those that are no choice beside others.
    fn contact_columns(&self) -> Vec<Named<'a>> {
        let mut candidates = self.with(|role| matches!(role, Role::Identifier(_)));
        // A column cannot be two things at once; a name that is none is told where it is asked for.
        let assignee = self.choice.assignee.as_deref();
        if let Some(Ok(taken)) = assignee.map(|name| self.named("--assignee", name)) {
            candidates.retain(|column| column.index != taken.index);
        }
        // Another system's record ID is none of ours, also where no other column is named like a contact.
        if let [only] = candidates.as_slice()
            && kind_of(only) == Some(Kind::Id)
            && self.holds_foreign_ids(only.index)
            && !self.contacts_beside(only).is_empty()
        {
            candidates.clear();
        }
        if candidates.len() > 1 {
            // `Customer` beside `Phone` is the customer's name, and an ID with letters is another system's.
            candidates.retain(|column| match kind_of(column) {
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
        candidates
    }

    /// All candidates where they can be used together, a phone number before an email; else what has to be asked.
    fn used_together(&self, candidates: &[Named<'a>]) -> Result<Vec<IdentifierColumn>, Error> {
        let of_kind = |kind: Option<Kind>| -> Vec<&Named<'a>> {
            let found = candidates.iter();
            found.filter(|column| kind_of(column) == kind).collect()
        };
        let general = of_kind(None);
        let ids = of_kind(Some(Kind::Id));
        let phones = of_kind(Some(Kind::Phone));
        let emails = of_kind(Some(Kind::Email));
        let ask = |about, groups: &[Vec<&Named<'_>>]| {
            Err(Error::Open(self.question_of_groups(about, groups)))
        };
        let each = |columns: &[&Named<'a>]| -> Vec<Vec<&Named<'_>>> {
            let columns = columns.iter();
            columns
                .map(|column| vec![self.own_column(column)])
                .collect()
        };
        for same in [&general, &ids, &phones, &emails] {
            if same.len() > 1 {
                return ask(About::Identifier, &each(same));
            }
        }
        let direct = [phones, emails].concat();
        match (general.as_slice(), ids.as_slice(), direct.as_slice()) {
            ([], [], []) => Err(self.no_identifier()),
            ([], [id], []) => {
                let beside = self.contacts_beside(id);
                let beside: Vec<&Named<'a>> = beside.iter().collect();
                match beside.is_empty() {
                    true => Ok(vec![identifier(id)]),
                    false => ask(About::IdBeside, &each(&[&ids[..], &beside].concat())),
                }
            }
            ([], [_], [_, ..]) => {
                let together = direct.iter().map(|column| self.own_column(column));
                ask(About::IdBeside, &[each(&ids).concat(), together.collect()])
            }
            ([_, ..], [_, ..], _) | ([_, ..], _, [_, ..]) => {
                ask(About::Identifier, &each(&[general, ids, direct].concat()))
            }
            _ => Ok([general, direct]
                .concat()
                .into_iter()
                .map(identifier)
                .collect()),
        }
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
        self.those(|column| {
            let is_owner = matches!(
                column.title.role,
                Some(Role::Assignee(_) | Role::AssigneeName(_) | Role::Bare(_))
            );
            !is_owner && self.evidence.are_mostly(column.index, is_contact)
        })
    }

    fn no_identifier(&self) -> Error {
        Error::Open(self.question(About::NoIdentifier, &self.contacts_by_cells()))
    }

    /// Whether a column has text in the first rows, none of which could name a contact.
    pub(super) fn holds_names(&self, index: usize) -> bool {
        let mut cells = self.evidence.cells(index).peekable();
        let is_name = |cell: &str| {
            let is_plain = !cell.contains('@') && !cell.chars().any(char::is_numeric);
            is_plain || self.choice.rules.read(cell) == Err(Reason::NotAnIdentifier)
        };
        cells.peek().is_some() && cells.all(is_name)
    }

    /// Whether a column of IDs has cells that no ID of the workspace's could be: it has digits only.
    fn holds_foreign_ids(&self, index: usize) -> bool {
        let rules = Rules {
            kind: Some(Kind::Id),
            ..self.choice.rules
        };
        let is_foreign = |cell: &str| matches!(rules.read(cell), Err(Reason::NotAnId));
        self.evidence.are_mostly(index, is_foreign)
    }
}
