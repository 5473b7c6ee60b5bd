//! OpenDocument spreadsheets, in a package or as one XML file, cell by cell as they stand in it.
//!
//! Read without the engine, which gives neither hidden rows nor rows one after the other.

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::super::{MAX_CELLS, MAX_COLUMNS};
use super::cells::{Rows, Stop, Value};
use super::package::{Package, Xml, attribute, referenced, skip, text};
use super::{Failure, SheetInfo, Visibility};

/// How many rows a sheet has at most.
const MAX_ROWS: u32 = 1 << 20;

/// How many bytes of text one cell may hold: a spreadsheet program allows a fraction of that.
const MAX_TEXT: usize = 16 << 20;

/// An open document.
pub(super) struct Document {
    bytes: Arc<[u8]>,
    container: Container,
}

/// How a document is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// As a part of a ZIP package.
    Package,
    /// As it is.
    Plain,
}

impl Document {
    pub(super) fn open(bytes: Arc<[u8]>, container: Container) -> Result<Document, Failure> {
        if container == Container::Package {
            let mut package = Package::open(bytes.clone())?;
            if package.find("META-INF/manifest.xml").is_some() {
                refuse_encrypted(package.xml("META-INF/manifest.xml")?)?;
            }
        }
        Ok(Document { bytes, container })
    }

    /// All sheets, in their order.
    pub(super) fn sheets(&self) -> Result<Vec<SheetInfo>, Stop> {
        let mut sheets = Vec::new();
        self.walk(&mut |name, display, walk| {
            let mut filled = false;
            walk.rows(&mut |stretch| {
                filled |= !stretch.cells.is_empty();
                Ok(())
            })?;
            sheets.push(SheetInfo {
                name: name.to_owned(),
                visibility: match (display, filled) {
                    (Display::None, _) => Visibility::Hidden,
                    (Display::Shown, true) => Visibility::Visible,
                    (Display::Shown, false) => Visibility::Empty,
                },
            });
            Ok(Next::Sheet)
        })?;
        Ok(sheets)
    }

    /// The rows of a sheet.
    pub(super) fn rows(&self, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
        self.walk(&mut |name, _, walk| {
            if name != sheet {
                walk.skip()?;
                return Ok(Next::Sheet);
            }
            walk.rows(&mut |stretch| hand_over(stretch, rows))?;
            Ok(Next::Nothing)
        })
    }

    fn walk(&self, visit: &mut Visit<'_>) -> Result<(), Stop> {
        match self.container {
            Container::Plain => tables(Xml::new(&self.bytes[..]), visit),
            Container::Package => {
                let mut package = Package::open(self.bytes.clone())?;
                tables(package.xml("content.xml")?, visit)
            }
        }
    }
}

/// What is done with each sheet, by its name, and whether it is shown.
type Visit<'a> = dyn FnMut(&str, Display, &mut dyn Table) -> Result<Next, Stop> + 'a;

/// What a visit of a sheet is followed by.
enum Next {
    /// The visit of the next one.
    Sheet,
    /// Nothing more.
    Nothing,
}

/// Whether a sheet is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Display {
    Shown,
    None,
}

fn refuse_encrypted(mut manifest: Xml<impl BufRead>) -> Result<(), Failure> {
    loop {
        match manifest.next()? {
            Event::Start(element) if element.local_name().as_ref() == "encryption-data" => {
                return Err(Failure::Encrypted);
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// Visits every sheet of a document.
fn tables(mut xml: Xml<impl BufRead>, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut styles: HashMap<String, Display> = HashMap::new();
    let mut style = None;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "style" => style = attribute(&element, "name"),
                "default-style" => style = None,
                "table-properties" => {
                    let hidden = attribute(&element, "display").is_some_and(|on| on == "false");
                    if let (true, Some(style)) = (hidden, &style) {
                        styles.insert(style.clone(), Display::None);
                    }
                }
                "table" => {
                    let style = attribute(&element, "style-name");
                    let display = style.and_then(|style| styles.get(&style).copied());
                    let name = attribute(&element, "name").unwrap_or_default();
                    match visit(&name, display.unwrap_or(Display::Shown), &mut xml)? {
                        Next::Sheet => {}
                        Next::Nothing => return Ok(()),
                    }
                }
                _ => {}
            },
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// A sheet whose start was just read; either way to read it goes on to its end.
trait Table {
    /// Leaves it out.
    fn skip(&mut self) -> Result<(), Failure>;
    /// Gives its rows.
    fn rows(&mut self, each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>) -> Result<(), Stop>;
}

impl<R: BufRead> Table for Xml<R> {
    fn skip(&mut self) -> Result<(), Failure> {
        skip(self)
    }

    fn rows(&mut self, each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        read(self, each)
    }
}

/// Equal rows, one below the other.
struct Stretch<'a> {
    /// The first of them, counted from 0.
    first: u32,
    /// How many there are.
    count: u32,
    shown: Display,
    cells: &'a [Cell],
}

fn cut_off() -> Failure {
    Failure::damaged("its XML is cut off or not well-formed")
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
}

/// Reads the rows of a sheet, up to its end.
fn read(
    xml: &mut Xml<impl BufRead>,
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
                    let cells = row(xml)?;
                    each(Stretch {
                        first: place.row,
                        count: repeated,
                        shown: if hidden {
                            Display::None
                        } else {
                            Display::Shown
                        },
                        cells: &cells,
                    })?;
                    place.row = place.row.saturating_add(repeated);
                }
                // Groups of rows are entered; what hangs on the sheet (shapes, forms, columns) is not.
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

fn hand_over(stretch: Stretch<'_>, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let Stretch {
        first,
        count,
        shown,
        cells,
    } = stretch;
    let (Some(last), true) = (cells.last(), count > 0) else {
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
        for cell in cells {
            for column in cell.column..cell.column + cell.repeated {
                rows.cell((row, column), &cell.content.value())?;
            }
        }
    }
    Ok(())
}

/// A cell that is not blank, or several equal ones side by side.
struct Cell {
    column: u32,
    repeated: u32,
    content: Content,
}

enum Content {
    Text(String),
    Number(f64),
    Boolean(bool),
    Date(String),
    Error(String),
    Formula(String),
}

impl Content {
    fn value(&self) -> Value<'_> {
        match self {
            Content::Text(text) => Value::Text(text),
            Content::Number(number) => Value::Number(*number),
            Content::Boolean(boolean) => Value::Boolean(*boolean),
            Content::Date(text) => Value::IsoDate(text),
            Content::Error(text) => Value::Error(text.clone()),
            Content::Formula(text) => Value::Formula(text),
        }
    }
}

/// The cells of the row whose start was just read.
fn row(xml: &mut Xml<impl BufRead>) -> Result<Vec<Cell>, Failure> {
    let mut cells = Vec::new();
    let mut column = 0_u32;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "table-cell" | "covered-table-cell" => {
                    let repeated = count(&element, "number-columns-repeated");
                    let head = Head::of(&element);
                    let shown = paragraphs(xml)?;
                    if let Some(content) = head.content(shown) {
                        cells.push(Cell {
                            column,
                            repeated,
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

/// How often an element stands for itself.
fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name)
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(1)
}

/// What a cell says of itself, apart from what it shows.
#[derive(Default)]
struct Head {
    kind: Option<String>,
    value: Option<String>,
    formula: Option<String>,
    failed: bool,
}

impl Head {
    fn of(element: &BytesStart<'_>) -> Head {
        let mut head = Head::default();
        for attribute in element.attributes().with_checks(false).flatten() {
            let value = || Some(text(&attribute.value));
            let extension = attribute
                .key
                .prefix()
                .is_some_and(|prefix| prefix.as_ref() == "calcext");
            match attribute.key.local_name().as_ref() {
                "value-type" if extension => head.failed = &*attribute.value == "error",
                "value-type" => head.kind = value(),
                "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    head.value = value();
                }
                "formula" => head.formula = value(),
                _ => {}
            }
        }
        head
    }

    /// What the cell holds; `shown` is the text that a spreadsheet program shows.
    fn content(self, shown: String) -> Option<Content> {
        let text = match self.value {
            Some(value) if !value.is_empty() => value,
            _ => shown,
        };
        if self.failed || (self.formula.is_some() && is_error(&text)) {
            return Some(Content::Error(text));
        }
        if text.is_empty() {
            // Writers that do not compute leave an empty text as the result, and so does a formula that says `""`.
            let empty = |formula: &String| self.kind.is_some() && formula.contains("\"\"");
            return self
                .formula
                .filter(|formula| !empty(formula))
                .map(Content::Formula);
        }
        Some(match self.kind.as_deref() {
            Some("float" | "currency" | "percentage") => match text.trim().parse() {
                Ok(number) => Content::Number(number),
                Err(_) => Content::Text(text),
            },
            Some("boolean") => Content::Boolean(text.trim().eq_ignore_ascii_case("true")),
            Some("date" | "time") => Content::Date(text),
            _ => Content::Text(text),
        })
    }
}

fn is_error(text: &str) -> bool {
    (text.starts_with('#') && text.ends_with(['!', '?', 'A'])) || text.starts_with("Err:")
}

/// The text of the cell whose start was just read, one line per paragraph.
fn paragraphs(xml: &mut Xml<impl BufRead>) -> Result<String, Failure> {
    let mut text = String::new();
    let mut paragraphs = 0;
    loop {
        match xml.next()? {
            Event::Start(element) if matches!(element.local_name().as_ref(), "p" | "h") => {
                if paragraphs > 0 {
                    text.push('\n');
                }
                paragraphs += 1;
                paragraph(xml, &mut text)?;
            }
            // Notes, shapes and tables within the cell are no part of what it says.
            Event::Start(_) => skip(xml)?,
            Event::End(_) => return Ok(text),
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// The text of the paragraph whose start was just read.
fn paragraph(xml: &mut Xml<impl BufRead>, text: &mut String) -> Result<(), Failure> {
    let mut depth = 0_u32;
    loop {
        if text.len() > MAX_TEXT {
            let limit = format!("{} MiB of text in a cell", MAX_TEXT >> 20);
            return Err(Failure::TooLarge(limit));
        }
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "annotation" | "note" | "frame" | "custom-shape" | "ruby-text" => skip(xml)?,
                name => {
                    match name {
                        "s" => {
                            let spaces = count(&element, "c").min(MAX_TEXT as u32);
                            text.extend((0..spaces).map(|_| ' '));
                        }
                        "tab" => text.push('\t'),
                        "line-break" => text.push('\n'),
                        _ => {}
                    }
                    depth += 1;
                }
            },
            Event::Text(piece) => text.push_str(&spaced(&piece.xml10_content())),
            Event::CData(piece) => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => match referenced(&reference) {
                Some(char) => text.push(char),
                None => return Err(Failure::damaged("it has a reference to nothing")),
            },
            Event::End(_) => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return Ok(()),
            },
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// White space as the format counts it: line breaks of an indented file and the spaces after them are one space.
fn spaced(piece: &str) -> String {
    let mut text = String::with_capacity(piece.len());
    let mut gap = false;
    for char in piece.chars() {
        let blank = matches!(char, ' ' | '\t' | '\n' | '\r');
        if !blank {
            text.push(char);
        } else if !gap {
            text.push(' ');
        }
        gap = blank;
    }
    text
}
