//! Slices of a list in order of ID, found from either side.

use rusqlite::types::Value as Parameter;
use rusqlite::{Connection, Row, params_from_iter};

use super::wire::Paging;

/// A condition in SQL, with a parameter for each question mark.
#[derive(Debug)]
pub(super) struct SqlCondition {
    pub(super) text: String,
    pub(super) parameters: Vec<Parameter>,
}

/// Some items of a list in order of ID, and the cursors of the slices around it.
#[derive(Debug)]
pub(super) struct Slice<Item> {
    pub(super) items: Vec<Item>,
    pub(super) next: Option<i64>,
    pub(super) previous: Option<i64>,
}

/// What a list is taken from, in SQL, and how a row of it becomes an item.
pub(super) struct ListQuery<'a, Item> {
    pub(super) columns: &'a str,
    pub(super) from: &'a str,
    pub(super) id: &'a str,
    pub(super) condition: &'a SqlCondition,
    pub(super) read: fn(&Row<'_>) -> rusqlite::Result<Item>,
    pub(super) id_of: fn(&Item) -> i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

impl<Item> ListQuery<'_, Item> {
    /// The items after a positive cursor, or before a negative one.
    pub(super) fn slice(
        &self,
        connection: &Connection,
        paging: &Paging,
    ) -> rusqlite::Result<Slice<Item>> {
        let cursor = paging.cursor.unwrap_or(0);
        let (side, order) = if cursor < 0 {
            (Side::Before, "DESC")
        } else {
            (Side::After, "ASC")
        };
        // There is no ID as large as the one that i64::MIN would be the negative of.
        let bound = cursor.checked_abs().unwrap_or(i64::MAX);

        let ListQuery { columns, id, .. } = self;
        let rest = self.beyond(side);
        let statement = format!("SELECT {columns} {rest} ORDER BY {id} {order} LIMIT ?");
        // One more than wanted tells whether another page follows.
        let limit = i64::try_from(paging.limit)
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        let parameters = self
            .condition
            .parameters
            .iter()
            .cloned()
            .chain([bound.into(), limit.into()]);
        let mut items = connection
            .prepare_cached(&statement)?
            .query_map(params_from_iter(parameters), self.read)?
            .collect::<rusqlite::Result<Vec<Item>>>()?;
        let more = items.len() > paging.limit;
        items.truncate(paging.limit);
        if side == Side::Before {
            items.reverse();
        }

        // Of an empty slice, both ends are where it would have begun.
        let (first, last) = match (
            items.first().map(self.id_of),
            items.last().map(self.id_of),
            side,
        ) {
            (Some(first), Some(last), _) => (first, last),
            (_, _, Side::After) => (bound.saturating_add(1), bound),
            (_, _, Side::Before) => (bound, bound.saturating_sub(1)),
        };
        let (before, after) = match side {
            Side::After => (self.any(connection, Side::Before, first)?, more),
            Side::Before => (more, self.any(connection, Side::After, last)?),
        };
        Ok(Slice {
            items,
            next: after.then_some(last),
            previous: before.then_some(-first),
        })
    }

    fn any(&self, connection: &Connection, side: Side, bound: i64) -> rusqlite::Result<bool> {
        let statement = format!("SELECT EXISTS (SELECT 1 {})", self.beyond(side));
        let parameters = self
            .condition
            .parameters
            .iter()
            .cloned()
            .chain([bound.into()]);
        connection
            .prepare_cached(&statement)?
            .query_row(params_from_iter(parameters), |row| row.get(0))
    }

    /// The rows on one side of an ID, which is the last parameter.
    fn beyond(&self, side: Side) -> String {
        let ListQuery {
            from,
            id,
            condition,
            ..
        } = self;
        let text = &condition.text;
        let comparison = match side {
            Side::Before => "<",
            Side::After => ">",
        };
        format!("FROM {from} WHERE ({text}) AND {id} {comparison} ?")
    }
}
