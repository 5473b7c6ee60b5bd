//! The names in a header: in one row or two, and what they have in common.

use crate::contact::{Assignee, Rules};
use crate::outcome::column;
use crate::sheet::{Row, unguard};
use crate::vocabulary::name_key;

use super::super::header::role;

/// How long the beginning is that all names share and that says nothing of any of them: `Person - Phone`, `Person - Owner`.
pub(super) fn common_prefix(own: &[(usize, &str)]) -> usize {
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
