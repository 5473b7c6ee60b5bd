//! The engine that understands workbooks: the only file that knows which one it is.

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use calamine::{Data, Range, Reader as _, SheetType, SheetVisible, Xls, XlsError, Xlsb, XlsbError};

use super::super::cell_facts::Origin;
use super::super::{Batch, Format};
use super::cells::{Rows, Stop};
use super::formula::origin;
use super::ods::{Container, Document};
use super::value::{HIDDEN_FORMULA, Value, is_error};
use super::xls::Formats;
use super::xlsx::Spreadsheet;
use super::{Failure, Listed, Message, Request, SheetInfo, Visibility, xls, xlsb};

type Bytes = Cursor<Arc<[u8]>>;

/// A workbook, or why it cannot be opened.
pub(super) struct Engine(Result<Book, Failure>);

impl Engine {
    pub(super) fn open(format: Format, bytes: Arc<[u8]>) -> Engine {
        Engine(Book::open(format, bytes))
    }

    /// Answers `request`, batches through `sink`; the last message is returned.
    pub(super) fn answer(
        &mut self,
        request: &Request,
        sink: &mut dyn FnMut(Message) -> bool,
    ) -> Message {
        let book = match &mut self.0 {
            Ok(book) => book,
            Err(failure) => return Message::Failed(failure.clone()),
        };
        let done = match request {
            Request::Sheets => book.sheets().map(Message::Sheets),
            Request::Head(sheet) => book.head(sheet).map(Message::Head),
            Request::Rows(sheet) => book.rows(sheet, Rows::new(sink)).map(|()| Message::End),
        };
        match done {
            Ok(message) => message,
            Err(Stop::Unheard) => Message::End,
            Err(Stop::Failed(failure)) => Message::Failed(failure),
        }
    }
}

/// An open workbook.
enum Book {
    Xlsx(Box<Spreadsheet>),
    Xlsb(Xlsb<Bytes>, Arc<[u8]>),
    Xls(Xls<Bytes>, Arc<[u8]>),
    OpenDocument(Document),
}

impl Book {
    fn open(format: Format, bytes: Arc<[u8]>) -> Result<Book, Failure> {
        Ok(match format {
            Format::Xlsx => Book::Xlsx(Box::new(Spreadsheet::open(bytes)?)),
            Format::Xlsb => {
                let bytes = xlsb::lengthened(bytes)?;
                Book::Xlsb(Xlsb::new(Cursor::new(bytes.clone()))?, bytes)
            }
            Format::Xls => Book::Xls(Xls::new(Cursor::new(bytes.clone()))?, bytes),
            Format::Ods => Book::OpenDocument(Document::open(bytes, Container::Package)?),
            Format::Fods => Book::OpenDocument(Document::open(bytes, Container::Plain)?),
        })
    }

    fn sheets(&mut self) -> Result<Vec<SheetInfo>, Stop> {
        // A copy, because looking for cells needs the workbook.
        let sheets = match self {
            Book::Xlsx(book) => book.listed(),
            Book::Xlsb(book, _) => book.sheets_metadata().iter().map(listed).collect(),
            Book::Xls(book, _) => book.sheets_metadata().iter().map(listed).collect(),
            Book::OpenDocument(document) => return document.sheets(),
        };
        let info = |sheet: Listed| SheetInfo {
            visibility: match () {
                () if sheet.is_hidden => Visibility::Hidden,
                () if sheet.is_chart => Visibility::Empty,
                () if self.has_cells(&sheet.name) => Visibility::Visible,
                () => Visibility::Empty,
            },
            name: sheet.name,
        };
        Ok(sheets.into_iter().map(info).collect())
    }

    /// Whether a sheet has a cell with something in it; a sheet that cannot be read has, so that choosing it says why.
    fn has_cells(&mut self, sheet: &str) -> bool {
        let mut found = false;
        let mut sink = |_| {
            found = true;
            false
        };
        let mut rows = Rows::one_by_one(&mut sink);
        let read = self.cells(sheet, &Formats::default(), &mut rows);
        match read.and_then(|()| rows.finish()) {
            Ok(()) | Err(Stop::Unheard) => found,
            Err(Stop::Failed(_)) => true,
        }
    }

    /// The first rows of a sheet, as many as a batch holds; nothing if there are none.
    fn head(&mut self, sheet: &str) -> Result<Option<Batch>, Stop> {
        let mut head = None;
        let mut sink = |message| {
            if let Message::Batch(batch) = message {
                head = Some(batch);
            }
            false
        };
        match self.rows(sheet, Rows::new(&mut sink)) {
            Ok(()) | Err(Stop::Unheard) => Ok(head),
            Err(stop) => Err(stop),
        }
    }

    /// All rows of a sheet.
    fn rows(&mut self, sheet: &str, mut rows: Rows<'_>) -> Result<(), Stop> {
        let formats = self.mark(sheet, &mut rows)?;
        self.cells(sheet, &formats, &mut rows)?;
        rows.finish()
    }

    /// Tells `rows` what the engine does not tell, ahead of the cells.
    fn mark(&mut self, sheet: &str, rows: &mut Rows<'_>) -> Result<Formats, Failure> {
        match self {
            Book::Xlsb(_, bytes) => return tell(xlsb::marks(bytes.clone(), sheet)?, rows),
            Book::Xls(book, bytes) => {
                let sheets = book.sheets_metadata();
                if let Some(index) = sheets.iter().position(|known| known.name == sheet) {
                    return tell(xls::marks(bytes, index)?, rows);
                }
            }
            Book::Xlsx(book) => book.mark(sheet, rows)?,
            Book::OpenDocument(_) => {}
        }
        Ok(Formats::default())
    }

    fn cells(&mut self, sheet: &str, formats: &Formats, rows: &mut Rows<'_>) -> Result<(), Stop> {
        match self {
            Book::Xlsx(book) => book.cells(sheet, rows),
            Book::Xlsb(book, _) => xlsb_rows(book, sheet, formats, rows),
            Book::Xls(book, _) => {
                let formulas = book.worksheet_formula(sheet).map_err(Failure::from)?;
                range_rows(
                    &book.worksheet_range(sheet).map_err(Failure::from)?,
                    &formulas,
                    formats,
                    rows,
                )
            }
            Book::OpenDocument(document) => document.rows(sheet, rows),
        }
    }
}

/// Tells `rows` what stands beside the cells, and gives the formats that may show more than the cells hold.
fn tell(marks: xls::Marks, rows: &mut Rows<'_>) -> Result<Formats, Failure> {
    rows.hidden(marks.hidden);
    rows.hide_columns(&marks.hidden_columns);
    rows.merge(marks.merges)?;
    Ok(marks.formats)
}

/// Adds a cell as its format shows it.
fn shown_cell(
    place: (u32, u32),
    value: Value<'_>,
    origin: Origin,
    formats: &Formats,
    rows: &mut Rows<'_>,
) -> Result<(), Stop> {
    let value = match (formats.get(&place), value) {
        (Some(format), Value::Number(number)) => Value::shown_number(number, format, false),
        (Some(format), Value::Integer(number)) => Value::shown_number(number as f64, format, false),
        (Some(format), Value::Text(text)) => Value::shown_text(text, format),
        (_, value) => value,
    };
    rows.cell_from(place, &value, origin)
}

fn listed(sheet: &calamine::Sheet) -> Listed {
    Listed {
        name: sheet.name.clone(),
        is_hidden: sheet.visible != SheetVisible::Visible,
        is_chart: sheet.typ != SheetType::WorkSheet,
    }
}

/// The engine leaves out formulas that end in an error, so those are looked for first: a cell that has a formula and
/// no value must not look blank.
fn xlsb_rows(
    book: &mut Xlsb<Bytes>,
    sheet: &str,
    formats: &Formats,
    rows: &mut Rows<'_>,
) -> Result<(), Stop> {
    let mut formulas = BTreeSet::new();
    let mut reader = book.worksheet_cells_reader(sheet).map_err(Failure::from)?;
    while let Some(cell) = reader.next_formula().map_err(Failure::from)? {
        formulas.insert(cell.get_position());
    }
    drop(reader);
    let mut reader = book.worksheet_cells_reader(sheet).map_err(Failure::from)?;
    let failed = Value::Error("#VALUE!".into());
    while let Some(cell) = reader.next_cell().map_err(Failure::from)? {
        let place = cell.get_position();
        while formulas.first().is_some_and(|first| *first < place) {
            if let Some(missing) = formulas.pop_first() {
                rows.cell(missing, &failed)?;
            }
        }
        let origin = match formulas.remove(&place) {
            true => Origin::Computed,
            false => Origin::Typed,
        };
        shown_cell(place, Value::of(cell.get_value()), origin, formats, rows)?;
    }
    formulas
        .into_iter()
        .try_for_each(|missing| rows.cell(missing, &failed))
}

fn range_rows(
    values: &Range<Data>,
    formulas: &Range<String>,
    formats: &Formats,
    rows: &mut Rows<'_>,
) -> Result<(), Stop> {
    let (top, left) = values.start().unwrap_or_default();
    let (formula_top, formula_left) = formulas.start().unwrap_or_default();
    let values = values
        .used_cells()
        .map(|(row, column, value)| ((top + row as u32, left + column as u32), value));
    let mut formulas = formulas
        .used_cells()
        .map(|(row, column, text)| {
            (
                (formula_top + row as u32, formula_left + column as u32),
                text.as_str(),
            )
        })
        .peekable();
    for (place, value) in values {
        while let Some((missing, text)) = formulas.next_if(|(at, _)| *at < place) {
            rows.cell(missing, &Value::Formula(shown(text).into()))?;
        }
        let formula = formulas
            .next_if(|(at, _)| *at == place)
            .map(|(_, text)| text);
        match (value, formula) {
            // Writers that do not compute leave an empty text as the result, and so does a formula that says `""`.
            (Data::String(text), Some(formula)) if text.is_empty() && !formula.contains("\"\"") => {
                rows.cell(place, &Value::Formula(shown(formula).into()))?;
            }
            // An error that is kept as the text that is shown.
            (Data::String(text), Some(_)) if is_error(text) => {
                rows.cell(place, &Value::Error(text.into()))?;
            }
            (value, formula) => {
                let origin = origin(formula, place.0);
                shown_cell(place, Value::of(value), origin, formats, rows)?;
            }
        }
    }
    formulas.try_for_each(|(missing, text)| rows.cell(missing, &Value::Formula(shown(text).into())))
}

/// The text of a formula; where the engine has put a complaint in its place, that there is one.
fn shown(formula: &str) -> &str {
    if formula.starts_with("Unrecognised formula") {
        HIDDEN_FORMULA
    } else {
        formula
    }
}

/// The first line of what the engine says, shortened: it may quote the file.
fn detail(err: &impl std::fmt::Display) -> String {
    let text = err.to_string();
    let line = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .replace('`', "'");
    let mut line: String = line
        .chars()
        .filter(|char| !char.is_control())
        .take(200)
        .collect();
    if line.chars().nth(1).is_some_and(char::is_lowercase)
        && let Some(first) = line.get_mut(..1)
    {
        first.make_ascii_lowercase();
    }
    line
}

impl From<XlsbError> for Failure {
    fn from(err: XlsbError) -> Failure {
        match err {
            XlsbError::Password => Failure::Encrypted,
            err => Failure::Damaged(detail(&err)),
        }
    }
}

impl From<XlsError> for Failure {
    fn from(err: XlsError) -> Failure {
        match err {
            XlsError::Password => Failure::Encrypted,
            err => Failure::Damaged(detail(&err)),
        }
    }
}
