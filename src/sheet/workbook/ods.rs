//! OpenDocument spreadsheets, in a package or as one XML file, cell by cell as they stand in it.
//!
//! Read without the engine, which gives neither hidden rows nor rows one after the other.

mod styles;

use std::io::BufRead;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::super::batch::Origin;
use super::super::{MAX_CELLS, MAX_COLUMNS};
use super::cells::{Rows, Stop, Value, write_number};
use super::formula::is_aggregate;
use super::merged::Merge;
use super::package::{Package, Xml, attribute, referenced, skip, text};
use super::shown::{Amount, Format, Seen, seen};
use super::{Failure, SheetInfo, Visibility};

use self::styles::{Style, Styles};

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
                filled |= stretch.cells.iter().any(|cell| cell.content.is_some());
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
            Container::Plain => tables(Xml::new(&self.bytes[..]), Styles::default(), visit),
            Container::Package => {
                let mut package = Package::open(self.bytes.clone())?;
                let mut styles = Styles::default();
                if package.find("styles.xml").is_some() {
                    styles.read(package.xml("styles.xml")?)?;
                }
                tables(package.xml("content.xml")?, styles, visit)
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
fn tables(
    mut xml: Xml<impl BufRead>,
    mut styles: Styles,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    loop {
        let style = match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "table" => {
                let style = attribute(&element, "style-name");
                let name = attribute(&element, "name").unwrap_or_default();
                let display = styles.display(style.as_ref());
                let mut table = Sheet {
                    xml: &mut xml,
                    styles: &mut styles,
                };
                match visit(&name, display, &mut table)? {
                    Next::Sheet => continue,
                    Next::Nothing => return Ok(()),
                }
            }
            Event::Start(element) => Style::of(&element),
            Event::Eof => return Ok(()),
            _ => continue,
        };
        if let Some(style) = style {
            styles.take(style, &mut xml)?;
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

/// A sheet within its document.
struct Sheet<'a, R> {
    xml: &'a mut Xml<R>,
    styles: &'a mut Styles,
}

impl<R: BufRead> Table for Sheet<'_, R> {
    fn skip(&mut self) -> Result<(), Failure> {
        skip(self.xml)
    }

    fn rows(&mut self, each: &mut dyn FnMut(Stretch<'_>) -> Result<(), Stop>) -> Result<(), Stop> {
        read(self.xml, self.styles, each)
    }
}

/// Equal rows, one below the other.
struct Stretch<'a> {
    /// The first of them, counted from 0.
    first: u32,
    /// How many there are.
    count: u32,
    shown: Display,
    /// The columns that are hidden, as far as they were told: the first and the last of each stretch.
    hidden_columns: &'a [(u32, u32)],
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
    /// The styles of cells that name none, by column: the last column that each is for, and its name.
    columns: Vec<(u32, Option<String>)>,
    hidden_columns: Vec<(u32, u32)>,
    /// Whether a program that computes has written the sheet, as far as it was read.
    computes: bool,
}

/// Reads the rows of a sheet, up to its end.
fn read(
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

fn hand_over(stretch: Stretch<'_>, rows: &mut Rows<'_>) -> Result<(), Stop> {
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
                rows.cell_from((row, column), &content.value(), cell.origin)?;
            }
        }
    }
    Ok(())
}

/// A cell that is not blank or is merged with others, or several equal ones side by side.
struct Cell {
    column: u32,
    repeated: u32,
    /// How many rows and columns it reaches over.
    span: (u32, u32),
    origin: Origin,
    content: Option<Content>,
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

enum Content {
    Text(String),
    Number(f64),
    Boolean(bool),
    Date(String),
    Error(String),
    Formula(String),
    Shown(String),
    Unshown(String),
    Covered,
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
            Content::Shown(text) => Value::Shown(text),
            Content::Unshown(text) => Value::Unshown(text),
            Content::Covered => Value::Covered,
        }
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
                        (Some(_), true) => Some(Content::Covered),
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

/// How often an element stands for itself.
fn count(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name)
        .and_then(|count| count.trim().parse().ok())
        .unwrap_or(1)
}

/// What a cell says of itself, apart from what it shows.
struct Head {
    kind: Option<String>,
    value: Option<String>,
    formula: Option<String>,
    style: Option<String>,
    span: (u32, u32),
    failed: bool,
    /// Whether a program that computes wrote the cell: only those say of which type it is twice.
    is_computed: bool,
}

impl Head {
    fn of(element: &BytesStart<'_>) -> Head {
        let mut head = Head {
            kind: None,
            value: None,
            formula: None,
            style: None,
            span: (1, 1),
            failed: false,
            is_computed: false,
        };
        for attribute in element.attributes().with_checks(false).flatten() {
            let value = || Some(text(&attribute.value));
            let number = || attribute.value.trim().parse().unwrap_or(1).max(1);
            let extension = attribute
                .key
                .prefix()
                .is_some_and(|prefix| prefix.as_ref() == "calcext");
            match attribute.key.local_name().as_ref() {
                "value-type" if extension => {
                    head.is_computed = true;
                    head.failed = &*attribute.value == "error";
                }
                "value-type" => head.kind = value(),
                "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    head.value = value();
                }
                "formula" => head.formula = value(),
                "style-name" => head.style = value(),
                "number-rows-spanned" => head.span.0 = number(),
                "number-columns-spanned" => head.span.1 = number(),
                _ => {}
            }
        }
        head
    }

    fn origin(&self, row: u32) -> Origin {
        match &self.formula {
            None => Origin::Typed,
            Some(formula) if is_aggregate(formula, row) => Origin::Aggregate,
            Some(_) => Origin::Computed,
        }
    }

    /// What the cell holds; `shown` is the text that a spreadsheet program shows, if it has any.
    fn content(self, shown: Option<String>, format: &Format, computes: bool) -> Option<Content> {
        let text = match self.value {
            Some(value) if !value.is_empty() => value,
            _ => shown.clone().unwrap_or_default(),
        };
        if self.failed || (self.formula.is_some() && is_error(&text)) {
            return Some(Content::Error(text));
        }
        if text.is_empty() {
            // Writers that do not compute leave an empty text as the result, and so does a formula that says `""`.
            let empty = |formula: &String| {
                (computes && shown.is_some()) || (self.kind.is_some() && formula.contains("\"\""))
            };
            return self
                .formula
                .filter(|formula| !empty(formula))
                .map(Content::Formula);
        }
        Some(match self.kind.as_deref() {
            Some(kind @ ("float" | "currency" | "percentage")) => match text.trim().parse() {
                Ok(number) => shown_number(number, shown.as_deref(), kind == "float", format),
                Err(_) => Content::Text(text),
            },
            Some("boolean") => Content::Boolean(text.trim().eq_ignore_ascii_case("true")),
            Some("date" | "time") => Content::Date(text),
            _ => match format.text(&text) {
                Seen::Stored => Content::Text(text),
                Seen::Text(seen) => Content::Shown(seen),
                Seen::Unknown => Content::Unshown(text),
            },
        })
    }
}

/// What is seen of a number. The file holds it as text, unless its writer left that to the program that opens it; where
/// that text and the format contradict each other, nobody knows.
fn shown_number(number: f64, shown: Option<&str>, is_plain: bool, format: &Format) -> Content {
    let mut stored = String::new();
    write_number(number, &mut stored);
    let by_format = format.number(number, &stored);
    let amount = |shown: &str| match is_plain && !is_amount(shown) {
        true => Amount::Number,
        false => Amount::Quantity,
    };
    let by_text = shown.map(|shown| seen(number, &stored, shown, amount(shown)));
    match (by_text, by_format) {
        (None | Some(Seen::Stored), Seen::Text(seen)) => Content::Shown(seen),
        (None | Some(Seen::Stored), Seen::Stored) => Content::Number(number),
        (Some(Seen::Unknown), Seen::Stored) if shown.is_some_and(str::is_empty) => {
            Content::Number(number) // its writer left the text to the program that opens it
        }
        (Some(Seen::Text(seen)), Seen::Unknown) => Content::Shown(seen),
        // Parted by other characters, and the same otherwise.
        (Some(Seen::Text(seen)), Seen::Text(other)) if alike(&seen, &other) => Content::Shown(seen),
        _ => Content::Unshown(stored),
    }
}

/// Whether two texts have the same letters, digits and plus signs.
fn alike(one: &str, other: &str) -> bool {
    let counts = |char: &char| char.is_alphanumeric() || *char == '+';
    one.chars().filter(counts).eq(other.chars().filter(counts))
}

/// Whether a number is written as amounts are: parted, with decimals, an exponent or a percent sign.
fn is_amount(shown: &str) -> bool {
    let part = |char: char| {
        char.is_ascii_digit()
            || matches!(
                char,
                '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}' | '%'
            )
    };
    let digits = shown.trim().trim_start_matches(['-', '−']);
    let (digits, exponent) = match digits.split_once(['E', 'e']) {
        Some((digits, exponent)) => (digits, exponent.trim_start_matches(['+', '-'])),
        None => (digits, ""),
    };
    digits.starts_with(|char: char| char.is_ascii_digit())
        && digits.chars().all(part)
        && exponent.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_error(text: &str) -> bool {
    (text.starts_with('#') && text.ends_with(['!', '?', 'A'])) || text.starts_with("Err:")
}

/// The text of the cell whose start was just read, one line per paragraph; nothing if it has no paragraph.
fn paragraphs(xml: &mut Xml<impl BufRead>) -> Result<Option<String>, Failure> {
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
            Event::End(_) => return Ok((paragraphs > 0).then_some(text)),
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
