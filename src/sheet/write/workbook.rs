//! Rows become a workbook: text cells, a header that stays in sight, a filter, colours for what a row has come to.

use std::io::{self, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, Format, FormatAlign, FormatBorder, IgnoreError, Workbook,
    Worksheet, XlsxError,
};

/// How many rows a sheet of a workbook holds.
pub const MAX_WORKBOOK_ROWS: usize = 1 << 20;

/// How long the text of one cell may be, in UTF-16 units.
pub const MAX_CELL_LENGTH: usize = 32_767;

/// From so many cells on, rows go to a temporary file instead of memory.
const MANY_CELLS: usize = 500_000;

/// Columns are as wide as what they hold, between these, in characters.
const WIDTHS: std::ops::RangeInclusive<usize> = 8..=60;

/// How high a line of text is, and the highest row there is, in points.
const LINE: f64 = 15.0;
const MOST_HIGH: f64 = 409.0;

/// How a cell is coloured: dark text on a pale ground, to be read on white.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Somebody has to do or decide something.
    Wrong,
    /// It goes on by itself when asked to.
    Waiting,
    /// Left out.
    Quiet,
}

/// A further sheet of a workbook: rows of text to be read by people. A row of a single cell is a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The sheet's name.
    pub name: String,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// Why rows do not go into a workbook.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// There are more rows than a sheet has.
    #[error(
        "a sheet of a workbook holds {MAX_WORKBOOK_ROWS} rows, the header included, and there are more"
    )]
    Rows,
    /// A row has more cells than a sheet has columns.
    #[error(
        "a sheet of a workbook has {} columns, and row {row} has {cells} cells",
        super::super::MAX_COLUMNS
    )]
    Columns {
        /// The row, counted from 1 with the header.
        row: usize,
        /// How many it has.
        cells: usize,
    },
    /// A cell is too long.
    #[error(
        "a cell of a workbook holds {MAX_CELL_LENGTH} characters, and the one in row {row}, column {column}, would have \
         {length}"
    )]
    Length {
        /// The row, counted from 1 with the header.
        row: usize,
        /// The column, counted from 1.
        column: usize,
        /// Its length in UTF-16 units.
        length: usize,
    },
    /// A cell has text that would be read back as other text.
    #[error(
        "the cell in row {row}, column {column}, has a control character behind text like `_x0041`, which a workbook \
         cannot hold"
    )]
    Escape {
        /// The row, counted from 1 with the header.
        row: usize,
        /// The column, counted from 1.
        column: usize,
    },
    /// It cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// How large a sheet will be, which decides where its rows are kept while it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
}

/// Makes a workbook row by row; the first row is the header.
///
/// Every cell is text, whatever it looks like: nothing is run as a formula, and no digit is lost.
pub struct WorkbookWriter {
    book: Workbook,
    sheet: Worksheet,
    formats: Formats,
    rows: u32,
    widths: Vec<usize>,
    columns: SheetColumns,
}

/// What is special about columns of a sheet, each counted from 0.
#[derive(Clone, Debug, Default)]
pub struct SheetColumns {
    /// Nobody needs to see them: who wants them can show them.
    pub hidden: Vec<usize>,
    /// Their text is long and is wrapped.
    pub wrapped: Vec<usize>,
    /// People write into them; the others are what the program has written.
    pub editable: std::collections::HashSet<usize>,
    /// A column that takes one of a few words, which a drop-down offers.
    pub words: Option<(usize, &'static [&'static str])>,
}

impl std::fmt::Debug for WorkbookWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkbookWriter")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

struct Formats {
    text: Format,
    wrapped: Format,
    header: Format,
    editable: Format,
    tones: [(Tone, Format); 4],
}

impl Formats {
    fn new() -> Formats {
        // Cells that are typed over stay text, too.
        let text = Format::new()
            .set_num_format("@")
            .set_align(FormatAlign::Top);
        let tone = |tone, ground, ink| {
            let format = text
                .clone()
                .set_background_color(Color::RGB(ground))
                .set_font_color(Color::RGB(ink));
            (tone, format)
        };
        let header = |ground| {
            text.clone()
                .set_bold()
                .set_background_color(Color::RGB(ground))
                .set_border_bottom(FormatBorder::Thin)
                .set_align(FormatAlign::VerticalCenter)
        };
        Formats {
            wrapped: text.clone().set_text_wrap(),
            header: header(0xE7_EB_F0),
            editable: header(0xFF_F2_CC),
            tones: [
                tone(Tone::Good, 0xDD_F3_E1, 0x14_53_2D),
                tone(Tone::Wrong, 0xFC_E1_E1, 0x8B_15_15),
                tone(Tone::Waiting, 0xFF_F2_CC, 0x6B_48_00),
                tone(Tone::Quiet, 0xEE_EE_EE, 0x44_44_44),
            ],
            text,
        }
    }

    fn of(&self, tone: Tone) -> &Format {
        let found = self.tones.iter().find(|(known, _)| *known == tone);
        found.map_or(&self.text, |(_, format)| format)
    }
}

impl WorkbookWriter {
    /// Starts a workbook whose first sheet has this name; large ones keep their rows in a temporary file in `folder`.
    ///
    /// # Errors
    /// If there are more rows than a sheet holds, or the temporary file cannot be made.
    pub fn new(name: &str, size: Size, folder: &Path) -> Result<WorkbookWriter, Unfit> {
        if size.rows > MAX_WORKBOOK_ROWS {
            return Err(Unfit::Rows);
        }
        let mut book = Workbook::new();
        let mut sheet = if size.rows.saturating_mul(size.columns) < MANY_CELLS {
            Worksheet::new()
        } else {
            book.set_tempdir(folder)?;
            book.new_worksheet_with_constant_memory()?
        };
        sheet.set_name(name)?;
        Ok(WorkbookWriter {
            book,
            sheet,
            formats: Formats::new(),
            rows: 0,
            widths: Vec::new(),
            columns: SheetColumns::default(),
        })
    }

    /// Says what is special about columns.
    pub fn set_columns(&mut self, columns: SheetColumns) {
        self.columns = columns;
    }

    /// Writes one row, the cell in one column coloured if so wished.
    pub fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = &'a str>,
        tone: Option<(usize, Tone)>,
    ) -> Result<(), Unfit> {
        let number = self.rows;
        let row = number as usize + 1;
        let mut lines = 1;
        for (place, cell) in cells.into_iter().enumerate() {
            fits(cell, row, place + 1)?;
            let column = u16::try_from(place).map_err(|_| Unfit::Columns {
                row,
                cells: place + 1,
            })?;
            if self.widths.len() <= place {
                self.widths.resize(place + 1, 0);
            }
            if cell.is_empty() {
                continue;
            }
            self.widths[place] = self.widths[place].max(width(cell));
            if number > 0 && self.columns.wrapped.contains(&place) {
                lines = lines.max(wrapped_lines(cell));
            }
            let format = match tone {
                _ if number == 0 && self.columns.editable.contains(&place) => {
                    &self.formats.editable
                }
                _ if number == 0 => &self.formats.header,
                Some((toned, tone)) if toned == place => self.formats.of(tone),
                _ if self.columns.wrapped.contains(&place) => &self.formats.wrapped,
                _ => &self.formats.text,
            };
            let sheet = &mut self.sheet;
            unbroken(|| sheet.write_string_with_format(number, column, cell, format))?;
        }
        if lines > 1 {
            // Not every program makes room for wrapped text by itself.
            let height = (lines as f64 * LINE).min(MOST_HIGH);
            let sheet = &mut self.sheet;
            unbroken(|| sheet.set_row_height(number, height))?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Adds further sheets and writes the workbook.
    pub fn finish(self, pages: &[Page], to: impl Write + Seek + Send) -> Result<(), Unfit> {
        let WorkbookWriter {
            mut book,
            mut sheet,
            formats,
            rows,
            widths,
            columns,
        } = self;
        let last = u16::try_from(widths.len().saturating_sub(1)).unwrap_or(u16::MAX);
        for (column, width) in (0..).zip(&widths) {
            // The arrow of the filter takes room as well.
            let width = (width + 3).clamp(*WIDTHS.start(), *WIDTHS.end());
            sheet
                .set_column_width(column, width as f64)
                .and_then(|sheet| sheet.set_column_format(column, &formats.text))?;
        }
        let place = |column: usize| u16::try_from(column).unwrap_or(u16::MAX);
        for column in columns.hidden {
            sheet.set_column_hidden(place(column))?;
        }
        if let Some((column, words)) = columns.words
            && rows > 1
        {
            let offered = DataValidation::new()
                .allow_list_strings(words)
                .and_then(|offered| offered.set_error_title("Not one of the words"))
                .and_then(|offered| {
                    offered.set_error_message("Choose one from the list, or leave the cell empty.")
                })?;
            let column = place(column);
            sheet.add_data_validation(1, column, rows - 1, column, &offered)?;
        }
        // The header is on each page.
        on_paper(&mut sheet);
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_freeze_panes(1, 0)?;
        if rows > 0 && !widths.is_empty() {
            sheet.autofilter(0, 0, rows - 1, last).and_then(|sheet| {
                sheet.ignore_error_range(0, 0, rows - 1, last, IgnoreError::NumberStoredAsText)
            })?;
        }
        book.push_worksheet(sheet);
        for page in pages {
            let sheet = read_page(page)?;
            book.push_worksheet(sheet);
        }
        book.set_properties(&DocProperties::new().set_author("reassign"));
        unbroken(|| book.save_to_writer(to))
    }
}

/// On paper no column is on a page of its own.
fn on_paper(sheet: &mut Worksheet) {
    const A4: u8 = 9;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0);
}

fn read_page(page: &Page) -> Result<Worksheet, XlsxError> {
    let text = Format::new()
        .set_num_format("@")
        .set_align(FormatAlign::Top);
    let heading = text.clone().set_bold().set_font_size(13);
    let mut sheet = Worksheet::new();
    sheet.set_name(&page.name)?;
    let mut widths: Vec<usize> = Vec::new();
    for (row, cells) in (0..).zip(&page.rows) {
        let format = if cells.len() == 1 { &heading } else { &text };
        for (column, cell) in (0..).zip(cells) {
            let cell: String = cell.chars().take(MAX_CELL_LENGTH / 2).collect();
            sheet.write_string_with_format(row, column, &cell, format)?;
            let place = usize::from(column);
            if widths.len() <= place {
                widths.resize(place + 1, 0);
            }
            // What stands alone may run over its neighbours.
            if cells.iter().filter(|cell| !cell.is_empty()).count() > 1 {
                widths[place] = widths[place].max(width(&cell));
            }
        }
    }
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, (width + 2).clamp(10, 90) as f64)?;
    }
    sheet.set_screen_gridlines(false);
    on_paper(&mut sheet);
    Ok(sheet)
}

/// The longest line of a cell, in characters.
fn width(cell: &str) -> usize {
    let lines = cell.lines().take(10);
    lines
        .map(|line| line.chars().take(100).count())
        .max()
        .unwrap_or(0)
}

/// How many lines a wrapped cell takes in a column of the greatest width; words are kept whole, and some are long.
fn wrapped_lines(cell: &str) -> usize {
    let of_a_line = WIDTHS.end() - 8;
    let lines = cell.lines().take(50);
    let parts = lines.map(|line| line.chars().count().div_ceil(of_a_line).max(1));
    parts.sum::<usize>().max(1)
}

/// Whether a workbook can hold this text, in this row and column counted from 1, and give it back.
pub fn fits(cell: &str, row: usize, column: usize) -> Result<(), Unfit> {
    if row > MAX_WORKBOOK_ROWS {
        return Err(Unfit::Rows);
    }
    if column > super::super::MAX_COLUMNS {
        let cells = column;
        return Err(Unfit::Columns { row, cells });
    }
    if cell.len() > MAX_CELL_LENGTH {
        let length = cell.encode_utf16().count();
        if length > MAX_CELL_LENGTH {
            return Err(Unfit::Length {
                row,
                column,
                length,
            });
        }
    }
    if is_misread(cell) {
        return Err(Unfit::Escape { row, column });
    }
    Ok(())
}

/// A control character is kept as `_x0001_`: behind `_x0041` its first underscore would be taken for the end of that.
fn is_misread(cell: &str) -> bool {
    let escaped =
        |char: char| matches!(char, '\0'..='\u{8}' | '\u{B}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}');
    cell.match_indices("_x").any(|(at, _)| {
        let Some(digits) = cell.get(at + 2..at + 6) else {
            return false;
        };
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()) && cell[at + 6..].starts_with(escaped)
    })
}

/// The writer panics where a temporary file cannot be written.
fn unbroken<T>(write: impl FnOnce() -> Result<T, XlsxError>) -> Result<(), Unfit> {
    match catch_unwind(AssertUnwindSafe(write)) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(err)) => Err(err.into()),
        Err(_) => Err(Unfit::Io(io::Error::other(
            "its temporary file could not be written; is the disk full?",
        ))),
    }
}

impl From<XlsxError> for Unfit {
    fn from(err: XlsxError) -> Unfit {
        Unfit::Io(match err {
            XlsxError::IoError(err) => err,
            err => io::Error::other(err.to_string()),
        })
    }
}

#[cfg(test)]
mod tests;
