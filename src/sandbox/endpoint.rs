//! The operations of the contract.

/// An operation of the contract; limits, outages and faults are about some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /contact/{identifier}/conversation/assignee`.
    SetAssignee,
    /// `GET /contact/{identifier}`.
    GetContact,
    /// `POST /contact/list`.
    ListContacts,
    /// `GET /space/user`.
    ListUsers,
    /// `GET /space/user/{id}`.
    GetUser,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Endpoint; 5] = [
        Endpoint::SetAssignee,
        Endpoint::GetContact,
        Endpoint::ListContacts,
        Endpoint::ListUsers,
        Endpoint::GetUser,
    ];
    /// The one that changes something.
    pub const WRITES: [Endpoint; 1] = [Endpoint::SetAssignee];
    /// Those that read one thing.
    pub const READS: [Endpoint; 2] = [Endpoint::GetContact, Endpoint::GetUser];
    /// Those that read a page of many.
    pub const LISTS: [Endpoint; 2] = [Endpoint::ListContacts, Endpoint::ListUsers];
}
