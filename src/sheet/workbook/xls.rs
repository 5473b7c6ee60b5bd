//! What the engine does not tell about an old workbook: hidden rows, merged ranges and number formats.
//!
//! The workbook is a stream in a compound file, a file system of sectors that lead to one another. A chain is followed
//! no further than there are sectors, so none that leads in a circle is followed for ever.

use std::collections::HashMap;
use std::rc::Rc;

use encoding_rs::UTF_16LE;

use super::super::kind::stream_name;
use super::Failure;
use super::hidden::HiddenRows;
use super::merged::Merge;
use super::shown::{Format, built_in};

const FREE: u32 = 0xFFFF_FFFA;
const ENTRY: usize = 128;

const SHEET: u16 = 0x0085;
const ROW: u16 = 0x0208;
const START: u16 = 0x0809;
const END: u16 = 0x000A;
const MERGED: u16 = 0x00E5;
const COLUMNS: u16 = 0x007D;
const FORMAT: u16 = 0x041E;
const STYLE: u16 = 0x00E0;
const SEVERAL: u16 = 0x00BD;
/// Formulas, texts and numbers, which begin with a row, a column and a style.
const CELLS: [u16; 6] = [0x0006, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E];

/// The version in which texts say whether they are wide.
const BIFF8: u16 = 0x0600;

/// The formats of cells, by row and column, where they may show more than what is stored.
pub(super) type Formats = HashMap<(u32, u32), Rc<Format>>;

/// What stands beside the cells of a sheet.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) hidden: HiddenRows,
    /// The first and the last of columns that are hidden.
    pub(super) hidden_columns: Vec<(u32, u32)>,
    pub(super) merges: Vec<Merge>,
    pub(super) formats: Formats,
}

/// What stands beside the cells of the sheet at `index` in the list of sheets.
pub(super) fn marks(file: &[u8], index: usize) -> Result<Marks, Failure> {
    let stream = Compound::open(file)
        .and_then(|file| file.stream("Workbook").or_else(|| file.stream("Book")))
        .ok_or_else(|| Failure::damaged("its sectors do not lead to the workbook"))?;
    let mut marks = Marks::default();
    let mut rows = sheet(&stream, index, &mut marks)
        .ok_or_else(|| Failure::damaged("its list of sheets does not lead to the sheet"))?;
    rows.sort_unstable();
    for row in rows {
        marks.hidden.add(row..=row)?;
    }
    Ok(marks)
}

fn sheet(stream: &[u8], index: usize, marks: &mut Marks) -> Option<Vec<u32>> {
    let place = Records(stream)
        .filter(|(kind, _)| *kind == SHEET)
        .nth(index)
        .and_then(|(_, body)| number(body, 0))?;
    let styles = styles(stream);
    let mut rows = Vec::new();
    let mut depth = 0;
    for (kind, body) in Records(stream.get(place as usize..)?) {
        match kind {
            START => depth += 1,
            END if depth <= 1 => break,
            END => depth -= 1,
            // What a chart within the sheet says about rows is about its own.
            _ if depth != 1 => {}
            ROW => {
                let shut = short(body, 6)? == 0;
                let hidden = short(body, 12)? & 0x20 != 0;
                if shut || hidden {
                    rows.push(u32::from(short(body, 0)?));
                }
            }
            COLUMNS => {
                if let (Some(first), Some(last), Some(flags)) =
                    (short(body, 0), short(body, 2), short(body, 8))
                    && flags & 1 != 0
                {
                    marks.hidden_columns.push((first.into(), last.into()));
                }
            }
            MERGED => {
                let ranges = body.get(2..).unwrap_or_default().chunks_exact(8);
                marks.merges.extend(ranges.filter_map(|range| {
                    let at = |at| short(range, at).map(u32::from);
                    Some(Merge {
                        rows: (at(0)?, at(2)?),
                        columns: (at(4)?, at(6)?),
                    })
                }));
            }
            SEVERAL => {
                let (row, first) = (short(body, 0)?, short(body, 2)?);
                let cells = body.get(4..).unwrap_or_default().chunks_exact(6);
                for (column, cell) in (u32::from(first)..).zip(cells) {
                    let style = short(cell, 0).map(usize::from);
                    marks.style(u32::from(row), column, style, &styles);
                }
            }
            kind if CELLS.contains(&kind) => {
                let (row, column) = (short(body, 0)?, short(body, 2)?);
                let style = short(body, 4).map(usize::from);
                marks.style(u32::from(row), u32::from(column), style, &styles);
            }
            _ => {}
        }
    }
    Some(rows)
}

impl Marks {
    /// Notes what the format of a cell of this style does, if it may show more than what is stored.
    pub(super) fn style(
        &mut self,
        row: u32,
        column: u32,
        style: Option<usize>,
        styles: &[Rc<Format>],
    ) {
        let format = style.and_then(|style| styles.get(style));
        if let Some(format) = format.filter(|format| format.may_add()) {
            self.formats.insert((row, column), format.clone());
        }
    }
}

/// What the number format of each style does.
fn styles(stream: &[u8]) -> Vec<Rc<Format>> {
    let mut is_wide = true;
    let mut own: HashMap<u16, Rc<Format>> = HashMap::new();
    let mut styles = Vec::new();
    for (kind, body) in Records(stream) {
        match kind {
            START => is_wide = short(body, 0) == Some(BIFF8),
            END => break,
            FORMAT => {
                let code = match is_wide {
                    true => wide_text(body.get(2..).unwrap_or_default()),
                    false => body.get(3..).map(narrow),
                };
                if let (Some(id), Some(code)) = (short(body, 0), code) {
                    own.insert(id, Rc::new(Format::parse(&code)));
                }
            }
            STYLE => {
                let id = short(body, 2).unwrap_or(0);
                let format = own.get(&id).cloned();
                styles.push(format.unwrap_or_else(|| Rc::new(built_in(u32::from(id)))));
            }
            _ => {}
        }
    }
    styles
}

/// A text that says how long it is, and whether its characters take two bytes.
fn wide_text(bytes: &[u8]) -> Option<String> {
    let (length, rest) = (usize::from(short(bytes, 0)?), bytes.get(3..)?);
    Some(match bytes[2] & 1 {
        0 => narrow(rest.get(..length)?),
        _ => utf16(rest.get(..length * 2)?),
    })
}

/// Text of one byte a character.
fn narrow(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Text of two bytes a character.
pub(super) fn utf16(bytes: &[u8]) -> String {
    let (text, _) = UTF_16LE.decode_without_bom_handling(bytes);
    text.into_owned()
}

/// Records of a kind, a length and so many bytes; a last one that is cut off is left out, as the engine will say.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<(u16, &'a [u8])> {
        let (kind, length) = (short(self.0, 0)?, short(self.0, 2)?);
        let body = self.0.get(4..4 + usize::from(length))?;
        self.0 = &self.0[4 + body.len()..];
        Some((kind, body))
    }
}

pub(super) fn short(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_le_bytes(bytes.try_into().ok()?))
}

pub(super) fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// A compound file.
struct Compound<'a> {
    file: &'a [u8],
    /// The size of a sector, in bytes.
    sector: usize,
    /// Which sector follows which.
    next: Vec<u32>,
    directory: Vec<u8>,
}

impl<'a> Compound<'a> {
    fn open(file: &'a [u8]) -> Option<Compound<'a>> {
        let sector = match short(file, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut compound = Compound {
            file,
            sector,
            next: Vec::new(),
            directory: Vec::new(),
        };
        let mut tables: Vec<u32> = (0..109)
            .filter_map(|at| number(file, 76 + at * 4))
            .collect();
        let mut more = number(file, 68)?;
        // Each sector of this list ends with the next one.
        for _ in 0..compound.sectors() {
            if more >= FREE {
                break;
            }
            let list = compound.at(more)?;
            tables.extend((0..sector / 4 - 1).filter_map(|at| number(list, at * 4)));
            more = number(list, sector - 4)?;
        }
        for table in tables.into_iter().take_while(|table| *table < FREE) {
            if compound.next.len() > compound.sectors() {
                break;
            }
            let table = compound.at(table)?;
            let numbers = (0..sector / 4).filter_map(|at| number(table, at * 4));
            compound.next.extend(numbers);
        }
        let start = number(file, 48)?;
        compound.directory = compound.chain(start, usize::MAX)?;
        Some(compound)
    }

    fn sectors(&self) -> usize {
        self.file.len() / self.sector + 1
    }

    /// A sector; the last one of the file may be cut off.
    fn at(&self, sector: u32) -> Option<&'a [u8]> {
        let start = (sector as usize + 1).checked_mul(self.sector)?;
        let end = (start + self.sector).min(self.file.len());
        self.file.get(start..end)
    }

    /// The bytes of the sectors that follow one another, up to `size`.
    fn chain(&self, start: u32, size: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut sector = start;
        for _ in 0..self.sectors() {
            if sector >= FREE || bytes.len() >= size {
                bytes.truncate(size);
                return Some(bytes);
            }
            bytes.extend_from_slice(self.at(sector)?);
            sector = *self.next.get(sector as usize)?;
        }
        None
    }

    /// The start and the size of an entry of the directory.
    fn entry(&self, is_wanted: impl Fn(&[u8]) -> bool) -> Option<(u32, usize)> {
        let entry = self
            .directory
            .chunks_exact(ENTRY)
            .find(|entry| is_wanted(entry))?;
        Some((number(entry, 116)?, number(entry, 120)? as usize))
    }

    fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let name = stream_name(name);
        let (start, size) = self.entry(|entry| entry.starts_with(&name))?;
        if size >= number(self.file, 56)? as usize {
            return self.chain(start, size);
        }
        // Small streams share the sectors of the root, in pieces of 64 bytes with a table of their own.
        const PIECE: usize = 64;
        let (root, all) = self.entry(|entry| entry[66] == 5)?;
        let pieces = self.chain(root, all)?;
        let table = self.chain(number(self.file, 60)?, usize::MAX)?;
        let mut bytes = Vec::new();
        let mut piece = start;
        for _ in 0..=pieces.len() / PIECE {
            if piece >= FREE || bytes.len() >= size {
                bytes.truncate(size);
                return Some(bytes);
            }
            let at = piece as usize * PIECE;
            bytes.extend_from_slice(pieces.get(at..(at + PIECE).min(pieces.len()))?);
            piece = number(&table, piece as usize * 4)?;
        }
        None
    }
}
