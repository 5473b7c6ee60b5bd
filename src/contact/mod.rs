//! Identifiers of contacts and assignees.
