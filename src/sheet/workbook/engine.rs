//! The engine that understands workbooks: the only file that knows which one it is.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};
use std::sync::Arc;

use calamine::{
    Data, Ods, OdsError, Range, Reader as _, SheetType, SheetVisible, Xls, XlsError, Xlsb,
    XlsbError, Xlsx, XlsxError, XlsxFormulaMetadata,
};

use super::super::Format;
use super::cells::{Rows, Stop, Value};
use super::{Failure, Message, Request, SheetInfo, Visibility};

type Bytes = Cursor<Arc<[u8]>>;

/// Stands for a formula whose text is not to be had, because the workbook keeps it once for many cells, say.
const HIDDEN_FORMULA: &str = "=…";

/// The records of a binary workbook that the engine takes for something else: cells without a column of their own.
const SHORT_CELLS: std::ops::RangeInclusive<u16> = 0x000C..=0x0012;

/// Answers `request` about the workbook in `bytes`, batches through `sink`; the last message is returned.
pub(super) fn answer(
    format: Format,
    request: &Request,
    bytes: Arc<[u8]>,
    sink: &mut dyn FnMut(Message) -> bool,
) -> Message {
    let done = Book::open(format, bytes)
        .map_err(Stop::from)
        .and_then(|mut book| match request {
            Request::Sheets => Ok(Message::Sheets(book.sheets())),
            Request::Rows(sheet) => {
                let mut rows = Rows::new(sink);
                book.rows(sheet, &mut rows)?;
                rows.finish()?;
                Ok(Message::End)
            }
        });
    match done {
        Ok(message) => message,
        Err(Stop::Unheard) => Message::End,
        Err(Stop::Failed(failure)) => Message::Failed(failure),
    }
}

/// An open workbook.
enum Book {
    Xlsx(Xlsx<Bytes>),
    Xlsb(Xlsb<Bytes>),
    Xls(Xls<Bytes>),
    Ods(Ods<Bytes>),
}

impl Book {
    fn open(format: Format, bytes: Arc<[u8]>) -> Result<Book, Failure> {
        if format == Format::Xlsb {
            refuse_short_cells(&bytes)?;
        }
        let bytes = Cursor::new(bytes);
        Ok(match format {
            Format::Xlsx => Book::Xlsx(Xlsx::new(bytes)?),
            Format::Xlsb => Book::Xlsb(Xlsb::new(bytes)?),
            Format::Xls => Book::Xls(Xls::new(bytes)?),
            Format::Ods => Book::Ods(Ods::new(bytes)?),
        })
    }

    fn sheets(&mut self) -> Vec<SheetInfo> {
        // A copy, because looking for cells needs the workbook.
        let sheets = match self {
            Book::Xlsx(book) => book.sheets_metadata().to_vec(),
            Book::Xlsb(book) => book.sheets_metadata().to_vec(),
            Book::Xls(book) => book.sheets_metadata().to_vec(),
            Book::Ods(book) => book.sheets_metadata().to_vec(),
        };
        sheets
            .into_iter()
            .map(|sheet| SheetInfo {
                visibility: match sheet.visible {
                    SheetVisible::Hidden | SheetVisible::VeryHidden => Visibility::Hidden,
                    SheetVisible::Visible if sheet.typ != SheetType::WorkSheet => Visibility::Empty,
                    SheetVisible::Visible if self.has_cells(&sheet.name) => Visibility::Visible,
                    SheetVisible::Visible => Visibility::Empty,
                },
                name: sheet.name,
            })
            .collect()
    }

    /// Whether a sheet has a cell with something in it; a sheet that cannot be read has, so that choosing it says why.
    fn has_cells(&mut self, sheet: &str) -> bool {
        let mut found = false;
        let mut sink = |_| {
            found = true;
            false
        };
        let mut rows = Rows::one_by_one(&mut sink);
        match self.rows(sheet, &mut rows).and_then(|()| rows.finish()) {
            Ok(()) | Err(Stop::Unheard) => found,
            Err(Stop::Failed(_)) => true,
        }
    }

    fn rows(&mut self, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
        match self {
            Book::Xlsx(book) => xlsx_rows(book, sheet, rows),
            Book::Xlsb(book) => xlsb_rows(book, sheet, rows),
            Book::Xls(book) => {
                let formulas = book.worksheet_formula(sheet).map_err(Failure::from)?;
                range_rows(
                    &book.worksheet_range(sheet).map_err(Failure::from)?,
                    &formulas,
                    rows,
                )
            }
            Book::Ods(book) => {
                let formulas = book.worksheet_formula(sheet).map_err(Failure::from)?;
                range_rows(
                    &book.worksheet_range(sheet).map_err(Failure::from)?,
                    &formulas,
                    rows,
                )
            }
        }
    }
}

fn xlsx_rows(book: &mut Xlsx<Bytes>, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let mut reader = match book.worksheet_cells_reader(sheet) {
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()), // a chart
        reader => reader.map_err(Failure::from)?,
    };
    while let Some(cell) = reader
        .next_cell_with_formula_metadata()
        .map_err(Failure::from)?
    {
        let value = match (Value::from(&cell.value), &cell.formula) {
            (
                Value::Empty,
                Some(
                    XlsxFormulaMetadata::Normal { formula }
                    | XlsxFormulaMetadata::Shared { formula, .. },
                ),
            ) => Value::Formula(formula),
            (Value::Empty, Some(_)) => Value::Formula(HIDDEN_FORMULA),
            (value, _) => value,
        };
        rows.cell(cell.pos, &value)?;
    }
    Ok(())
}

/// The engine leaves out formulas that end in an error, so those are looked for first: a cell that has a formula and
/// no value must not look blank.
fn xlsb_rows(book: &mut Xlsb<Bytes>, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
    let mut formulas = BTreeSet::new();
    let mut reader = book.worksheet_cells_reader(sheet).map_err(Failure::from)?;
    while let Some(cell) = reader.next_formula().map_err(Failure::from)? {
        formulas.insert(cell.get_position());
    }
    drop(reader);
    let mut reader = book.worksheet_cells_reader(sheet).map_err(Failure::from)?;
    let failed = Value::Error("#VALUE!".to_owned());
    while let Some(cell) = reader.next_cell().map_err(Failure::from)? {
        let place = cell.get_position();
        while formulas.first().is_some_and(|first| *first < place) {
            if let Some(missing) = formulas.pop_first() {
                rows.cell(missing, &failed)?;
            }
        }
        formulas.remove(&place);
        rows.cell(place, &Value::from(cell.get_value()))?;
    }
    formulas
        .into_iter()
        .try_for_each(|missing| rows.cell(missing, &failed))
}

fn range_rows(
    values: &Range<Data>,
    formulas: &Range<String>,
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
            rows.cell(missing, &Value::Formula(shown(text)))?;
        }
        let formula = formulas
            .next_if(|(at, _)| *at == place)
            .map(|(_, text)| text);
        match (value, formula) {
            // Writers that do not compute leave an empty text as the result, and so does a formula that says `""`.
            (Data::String(text), Some(formula)) if text.is_empty() && !formula.contains("\"\"") => {
                rows.cell(place, &Value::Formula(shown(formula)))?;
            }
            // OpenDocument keeps an error as the text that is shown.
            (Data::String(text), Some(_)) if is_error(text) => {
                rows.cell(place, &Value::Error(text.clone()))?;
            }
            (value, _) => rows.cell(place, &Value::from(value))?,
        }
    }
    formulas.try_for_each(|(missing, text)| rows.cell(missing, &Value::Formula(shown(text))))
}

/// The text of a formula; where the engine has put a complaint in its place, that there is one.
fn shown(formula: &str) -> &str {
    if formula.starts_with("Unrecognised formula") {
        HIDDEN_FORMULA
    } else {
        formula
    }
}

fn is_error(text: &str) -> bool {
    (text.starts_with('#') && text.ends_with(['!', '?', 'A'])) || text.starts_with("Err:")
}

/// Refuses a binary workbook with a kind of cell of which the engine would keep only the first in each row.
fn refuse_short_cells(bytes: &[u8]) -> Result<(), Failure> {
    let damaged = |detail: &str| Failure::Damaged(detail.to_owned());
    let mut package = zip::ZipArchive::new(Cursor::new(bytes))
        .map_err(|_| damaged("its list of parts cannot be read"))?;
    // A name that does not decode is not that of a sheet.
    let sheets: Vec<String> = package
        .file_names()
        .flatten()
        .map(|name| name.into_owned())
        .collect();
    for sheet in sheets.iter().filter(|name| is_binary_sheet(name)) {
        let part = package
            .by_name(sheet)
            .map_err(|_| damaged("a sheet in it cannot be unpacked"))?;
        let mut part = std::io::BufReader::new(part);
        while let Some((kind, length)) = record(&mut part) {
            if SHORT_CELLS.contains(&kind) {
                return Err(damaged(
                    "its cells are stored in a form that only few programs write",
                ));
            }
            let skipped = std::io::copy(&mut part.by_ref().take(length), &mut std::io::sink());
            if skipped.map_err(|_| damaged("a sheet in it cannot be unpacked"))? < length {
                break; // cut off, as the engine will say
            }
        }
    }
    Ok(())
}

fn is_binary_sheet(name: &str) -> bool {
    let name = name.replace('\\', "/").to_lowercase();
    name.contains("xl/worksheets/") && name.ends_with(".bin") && !name.contains("binaryindex")
}

/// The kind and the length of the next record; nothing at the end.
fn record(part: &mut impl std::io::Read) -> Option<(u16, u64)> {
    let mut byte = || {
        let mut byte = [0];
        part.read_exact(&mut byte).ok().map(|()| byte[0])
    };
    let low = byte()?;
    let kind = if low < 0x80 {
        u16::from(low)
    } else {
        u16::from(low & 0x7F) | (u16::from(byte()? & 0x7F) << 7)
    };
    let mut length = 0;
    for shift in [0, 7, 14, 21] {
        let part = byte()?;
        length |= u64::from(part & 0x7F) << shift;
        if part < 0x80 {
            break;
        }
    }
    Some((kind, length))
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

impl From<XlsxError> for Failure {
    fn from(err: XlsxError) -> Failure {
        match err {
            XlsxError::Password => Failure::Encrypted,
            err => Failure::Damaged(detail(&err)),
        }
    }
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

impl From<OdsError> for Failure {
    fn from(err: OdsError) -> Failure {
        match err {
            OdsError::Password => Failure::Encrypted,
            // This one counts in cells of its own.
            OdsError::CellLimitExceeded { max, .. } => Failure::TooLarge(format!("{max} cells")),
            OdsError::InvalidMime(_) => {
                Failure::Damaged("it does not say that it is a spreadsheet".to_owned())
            }
            OdsError::Mismatch { .. } => {
                Failure::Damaged("its rows are not laid out as expected".to_owned())
            }
            err => Failure::Damaged(detail(&err)),
        }
    }
}
