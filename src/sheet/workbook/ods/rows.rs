//! The rows of a sheet of an OpenDocument spreadsheet, as they stand in it.

use std::io::BufRead;

use quick_xml::events::Event;

use super::super::super::cell_facts::Origin;
use super::super::super::{MAX_CELLS, MAX_COLUMNS};
use super::super::Failure;
use super::super::cells::{Rows, Stop};
use super::super::merged::Merge;
use super::super::package::{Xml, attribute, cut_off, skip};
use super::super::value::Value;
use super::styles::{Display, Styles};
use super::text::{count, paragraphs};
use super::value::Head;

/// How many rows a sheet has at most.
const MAX_ROWS: u32 = 1 << 20;

/// Equal rows, one below the other.
pub(super) struct Stretch<'a> {
    /// The first of them, counted from 0.
    first: u32,
    /// How many there are.
    count: u32,
    shown: Display,
    /// The columns that are hidden, as far as they were told: the first and the last of each stretch.
    hidden_columns: &'a [(u32, u32)],
    pub(super) cells: &'a [Cell],
}

/// Where the walk through a sheet has come to.
#[derive(Default)]
struct Place {
    /// The next row, counted from 0.
    row: u32,
    /// How many elements around it are open, the sheet's own not counted.
    depth: u32,
    /// At which depth a group of rows was folded.
    folded: Option<u32>,
    /// The styles of cells that name none, by column: the last column that each is for, and its name.
    columns: Vec<(u32, Option<String>)>,
    hidden_columns: Vec<(u32, u32)>,
    /// Whether a program that computes has written the sheet, as far as it was read.
    computes: bool,
}

/// Reads the rows of a sheet, up to its end.
pub(super) fn read(
    xml: &mut Xml<impl BufRead>,
    styles: &mut Styles,
    each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut place = Place::default();
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "table-row" => {
                    let repeated = count(&element, "number-rows-repeated");
                    let visibility = attribute(&element, "visibility");
                    let hidden = place.folded.is_some()
                        || visibility.is_some_and(|how| how == "collapse" || how == "filter");
                    let style = attribute(&element, "default-cell-style-name");
                    let cells = row(xml, &mut place, style, styles)?;
                    each(Stretch {
                        first: place.row,
                        count: repeated,
                        shown: if hidden {
                            Display::None
                        } else {
                            Display::Shown
                        },
                        hidden_columns: &place.hidden_columns,
                        cells: &cells,
                    })?;
                    place.row = place.row.saturating_add(repeated);
                }
                "table-column" => {
                    let before = place.columns.last().map_or(0, |(last, _)| last + 1);
                    let repeated = count(&element, "number-columns-repeated").max(1);
                    let last = before.saturating_add(repeated - 1).min(MAX_COLUMNS as u32);
                    let style = attribute(&element, "default-cell-style-name");
                    let visibility = attribute(&element, "visibility");
                    if visibility.is_some_and(|how| how == "collapse" || how == "filter") {
                        place.hidden_columns.push((before, last));
                    }
                    if before <= last {
                        place.columns.push((last, style));
                    }
                    skip(xml)?;
                }
                "table-columns" | "table-header-columns" | "table-column-group" => place.depth += 1,
                // Groups of rows are entered; what hangs on the sheet (shapes, forms) is not.
                "table-row-group" | "table-rows" | "table-header-rows" | "soft-page-break" => {
                    let shown = attribute(&element, "display").is_none_or(|on| on != "false");
                    if !shown && place.folded.is_none() {
                        place.folded = Some(place.depth);
                    }
                    place.depth += 1;
                }
                _ => skip(xml)?,
            },
            Event::End(_) => match place.depth.checked_sub(1) {
                Some(depth) => {
                    place.depth = depth;
                    place.folded = place.folded.filter(|folded| *folded < depth);
                }
                None => return Ok(()),
            },
            Event::Eof => return Err(cut_off().into()),
            _ => {}
        }
    }
}

pub(super) fn hand_over(stretch: Stretch<'_>, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let Stretch {
        first,
        count,
        shown,
        hidden_columns,
        cells,
    } = stretch;
    rows.hide_columns(hidden_columns);
    let filled = cells.iter().rev().find(|cell| cell.content.is_some());
    let (Some(last), true) = (filled, count > 0) else {
        return Ok(());
    };
    let width = u64::from(last.column) + u64::from(last.repeated);
    if first.saturating_add(count) > MAX_ROWS || width > MAX_COLUMNS as u64 {
        return Err(Failure::damaged("it has a cell outside of what a sheet can hold").into());
    }
    if width * u64::from(count) > MAX_CELLS {
        return Err(Failure::TooLarge(format!("{MAX_CELLS} cells")).into());
    }
    let last = first + count - 1;
    if shown == Display::None {
        rows.hide(first..=last)?;
    }
    for row in first..=last {
        rows.merge(cells.iter().filter_map(|cell| cell.merge(row)))?;
        for cell in cells {
            let Some(content) = &cell.content else {
                continue;
            };
            for column in cell.column..cell.column + cell.repeated {
                rows.cell_from((row, column), content, cell.origin)?;
            }
        }
    }
    Ok(())
}

/// A cell that is not blank or is merged with others, or several equal ones side by side.
pub(super) struct Cell {
    column: u32,
    repeated: u32,
    /// How many rows and columns it reaches over.
    span: (u32, u32),
    origin: Origin,
    pub(super) content: Option<Value<'static>>,
}

impl Cell {
    /// The range that it is merged into, in a row.
    fn merge(&self, row: u32) -> Option<Merge> {
        let (rows, columns) = self.span;
        (rows > 1 || columns > 1).then(|| Merge {
            rows: (row, row.saturating_add(rows - 1)),
            columns: (self.column, self.column.saturating_add(columns - 1)),
        })
    }
}

/// The cells of the row whose start was just read; `style` is that of cells which name none.
fn row(
    xml: &mut Xml<impl BufRead>,
    place: &mut Place,
    style: Option<String>,
    styles: &mut Styles,
) -> Result<Vec<Cell>, Failure> {
    let mut cells = Vec::new();
    let mut column = 0_u32;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                name @ ("table-cell" | "covered-table-cell") => {
                    let is_covered = name == "covered-table-cell";
                    let repeated = count(&element, "number-columns-repeated");
                    let head = Head::of(&element);
                    place.computes |= head.is_computed;
                    let shown = paragraphs(xml)?;
                    let columns = &place.columns;
                    let by_column = columns.partition_point(|(last, _)| *last < column);
                    let by_column = || columns.get(by_column).and_then(|(_, style)| style.as_ref());
                    let named = head.style.as_ref().or(style.as_ref()).or_else(by_column);
                    let format = named.map(|name| styles.format(name)).unwrap_or_default();
                    let (span, origin) = (head.span, head.origin(place.row));
                    let content = match (head.content(shown, &format, place.computes), is_covered) {
                        (Some(_), true) => Some(Value::Covered),
                        (content, _) => content,
                    };
                    if content.is_some() || span != (1, 1) {
                        cells.push(Cell {
                            column,
                            repeated,
                            span,
                            origin,
                            content,
                        });
                    }
                    column = column.saturating_add(repeated);
                }
                _ => skip(xml)?,
            },
            Event::End(_) => return Ok(cells),
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}
