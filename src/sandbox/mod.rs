//! The API itself, on this machine, backed by SQLite.
