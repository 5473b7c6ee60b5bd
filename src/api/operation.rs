//! What can be asked of the API.

use super::outage::Side;

/// What can be asked. Each has its own limit, and so its own pacer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A page of the list of users.
    Users,
    /// A page of the list of contacts.
    List,
    /// To read a contact.
    Read,
    /// To write an assignee.
    Write,
}

impl Operation {
    pub(super) fn side(self) -> Side {
        match self {
            Operation::Users | Operation::List | Operation::Read => Side::Reads,
            Operation::Write => Side::Writes,
        }
    }
}
