//! How a status looks on the page: what it is called, and the group of colours it belongs to, whose shades are in `page/page.css`.

use crate::outcome::Status;

/// How a status is called in a heading.
pub(super) fn title(status: Status) -> String {
    let title = status.title();
    let (first, rest) = title.split_at(1);
    first.to_uppercase() + rest
}

/// The group of colours that a status belongs to.
pub(super) fn tone(status: Status) -> &'static str {
    match status {
        Status::Assigned => "good",
        Status::Unassigned => "good2",
        Status::Unchanged => "calm",
        Status::Duplicate | Status::Skipped => "quiet",
        Status::Planned => "plan",
        Status::Invalid => "bad",
        Status::Failed | Status::NotApplied => "bad2",
        Status::Conflict | Status::Drifted | Status::Undone => "warn",
        Status::Busy | Status::NotAttempted | Status::Unknown => "wait",
    }
}
