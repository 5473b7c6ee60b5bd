//! What the engine does not tell, or does not understand, about a binary workbook: hidden rows, merged ranges, number
//! formats, and short cells.
//!
//! A short cell has no column of its own, it stands right of the cell before. The engine skips those, so they are
//! written out in full before it sees them.

use std::collections::HashMap;
use std::io::{BufReader, Cursor, Read, Write};
use std::rc::Rc;
use std::sync::Arc;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Failure;
use super::merged::Merge;
use super::package::Package;
use super::shown::{Format, built_in};
use super::xls::{Marks, number, short, utf16};

const ROW: u16 = 0x0000;
const SHEET: u16 = 0x009C;
const MERGED: u16 = 0x00B0;
const COLUMNS: u16 = 0x003C;
const FORMAT: u16 = 0x002C;
const STYLE: u16 = 0x002F;
const START_OF_STYLES: u16 = 0x0269;
const END_OF_STYLES: u16 = 0x026A;
const CELLS: std::ops::RangeInclusive<u16> = 0x0001..=0x000B;
const SHORT_CELLS: std::ops::RangeInclusive<u16> = 0x000C..=0x0012;

/// How far the number of a short cell's record is above that of the same cell in full.
const SHORTNESS: u16 = 0x000B;

/// How large a record may be, in bytes: far more than a cell's longest text needs.
const MAX_RECORD: u64 = 1 << 20;

/// How large a sheet with short cells may be once they are written out, in bytes.
const MAX_LENGTHENED: usize = 256 << 20;

/// A sheet in its records, which are the kind, the length and so many bytes each.
struct Records<R>(R);

impl<R: Read> Records<R> {
    /// The next record; nothing at the end, or where the sheet is cut off, which the engine will say.
    fn next(&mut self) -> Result<Option<(u16, Vec<u8>)>, Failure> {
        let Some((kind, length)) = self.head() else {
            return Ok(None);
        };
        if length > MAX_RECORD {
            return Err(Failure::damaged("it has a record that is too long"));
        }
        let mut body = Vec::new();
        let read = self.0.by_ref().take(length).read_to_end(&mut body);
        Ok((read.is_ok() && body.len() as u64 == length).then_some((kind, body)))
    }

    fn head(&mut self) -> Option<(u16, u64)> {
        let low = self.byte()?;
        let kind = if low < 0x80 {
            u16::from(low)
        } else {
            u16::from(low & 0x7F) | (u16::from(self.byte()? & 0x7F) << 7)
        };
        let mut length = 0;
        for shift in [0, 7, 14, 21] {
            let part = self.byte()?;
            length |= u64::from(part & 0x7F) << shift;
            if part < 0x80 {
                break;
            }
        }
        Some((kind, length))
    }

    fn byte(&mut self) -> Option<u8> {
        let mut byte = [0];
        self.0.read_exact(&mut byte).ok().map(|()| byte[0])
    }
}

fn records(package: &mut Package, part: &str) -> Result<Records<BufReader<impl Read>>, Failure> {
    package
        .part(part)
        .map(|part| Records(BufReader::with_capacity(1 << 16, part)))
}

/// What stands beside the cells of a sheet.
pub(super) fn marks(bytes: Arc<[u8]>, sheet: &str) -> Result<Marks, Failure> {
    let mut package = Package::open(bytes)?;
    let styles = styles(&mut package)?;
    let part = sheet_part(&mut package, sheet)?;
    let mut records = records(&mut package, &part)?;
    let mut marks = Marks::default();
    let mut row = 0;
    while let Some((kind, body)) = records.next()? {
        match (kind, number(&body, 0)) {
            (ROW, Some(number)) => {
                row = number;
                // The flag says hidden; a height of nothing looks the same.
                if body.get(11).is_some_and(|flags| flags & 0x10 != 0)
                    || body.get(8..10) == Some(&[0, 0])
                {
                    marks.hidden.add(row..=row)?;
                }
            }
            (COLUMNS, Some(first)) => {
                let is_hidden = body.get(16).is_some_and(|flags| flags & 1 != 0);
                if let (true, Some(last)) = (is_hidden, number(&body, 4)) {
                    marks.hidden_columns.push((first, last));
                }
            }
            (MERGED, Some(first)) => {
                if let (Some(last), Some(left), Some(right)) =
                    (number(&body, 4), number(&body, 8), number(&body, 12))
                {
                    marks.merges.push(Merge {
                        rows: (first, last),
                        columns: (left, right),
                    });
                }
            }
            (kind, Some(column)) if CELLS.contains(&kind) => {
                // Three bytes, beside one of flags.
                let style = number(&body, 4).map(|style| (style & 0x00FF_FFFF) as usize);
                marks.style(row, column, style, &styles);
            }
            _ => {}
        }
    }
    Ok(marks)
}

/// What the number format of each style does.
fn styles(package: &mut Package) -> Result<Vec<Rc<Format>>, Failure> {
    let mut styles = Vec::new();
    if package.find("xl/styles.bin").is_none() {
        return Ok(styles);
    }
    let mut own: HashMap<u16, Rc<Format>> = HashMap::new();
    let mut within = false;
    let mut records = records(package, "xl/styles.bin")?;
    while let Some((kind, body)) = records.next()? {
        match kind {
            FORMAT => {
                let code = wide_text(body.get(2..).unwrap_or_default());
                if let (Some(id), Some((code, _))) = (short(&body, 0), code) {
                    own.insert(id, Rc::new(Format::parse(&code)));
                }
            }
            START_OF_STYLES => within = true,
            END_OF_STYLES => within = false,
            STYLE if within => {
                let id = short(&body, 2).unwrap_or(0);
                let format = own.get(&id).cloned();
                styles.push(format.unwrap_or_else(|| Rc::new(built_in(u32::from(id)))));
            }
            _ => {}
        }
    }
    Ok(styles)
}

/// The path of the part that holds a sheet.
fn sheet_part(package: &mut Package, sheet: &str) -> Result<String, Failure> {
    let mut id = None;
    let mut list = records(package, "xl/workbook.bin")?;
    while let Some((kind, body)) = list.next()? {
        if kind == SHEET
            && let Some((relationship, rest)) = wide_text(body.get(8..).unwrap_or_default())
            && wide_text(rest).is_some_and(|(name, _)| name == sheet)
        {
            id.get_or_insert(relationship);
        }
    }
    drop(list);
    let lost = || Failure::damaged(format!("its sheet `{sheet}` leads nowhere"));
    let id = id.ok_or_else(lost)?;
    let parts = package.relationships("xl/workbook.bin")?;
    let found = parts.into_iter().rfind(|part| part.id == id);
    found.map(|part| part.target).ok_or_else(lost)
}

/// Text that says how long it is, and what follows it.
fn wide_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    let length = usize::try_from(number(bytes, 0)?).ok()?.checked_mul(2)?;
    let rest = bytes.get(4..)?;
    let text = rest.get(..length)?;
    Some((utf16(text), &rest[length..]))
}

/// The same workbook without short cells.
pub(super) fn lengthened(bytes: Arc<[u8]>) -> Result<Arc<[u8]>, Failure> {
    let mut package = Package::open(bytes.clone())?;
    let mut sheets = Vec::new();
    for name in package.names() {
        if is_sheet(&name)
            && let Some(sheet) = lengthened_sheet(&mut package, &name)?
        {
            sheets.push((name, sheet));
        }
    }
    if sheets.is_empty() {
        return Ok(bytes);
    }
    rewritten(&mut package, &sheets)
        .map(Into::into)
        .map_err(|_| Failure::damaged("its parts cannot be unpacked"))
}

fn is_sheet(name: &str) -> bool {
    let name = name.replace('\\', "/").to_lowercase();
    name.contains("xl/worksheets/") && name.ends_with(".bin") && !name.contains("binaryindex")
}

/// A sheet with its short cells written out; nothing if it has none.
fn lengthened_sheet(package: &mut Package, part: &str) -> Result<Option<Vec<u8>>, Failure> {
    let mut has_short = false;
    let mut found = records(package, part)?;
    while let Some((kind, _)) = found.next()? {
        has_short |= SHORT_CELLS.contains(&kind);
    }
    drop(found);
    if !has_short {
        return Ok(None);
    }
    let mut records = records(package, part)?;
    let mut sheet = Vec::new();
    let mut column = 0_u32;
    while let Some((kind, body)) = records.next()? {
        if sheet.len() > MAX_LENGTHENED {
            let limit = format!("{} MiB in one sheet", MAX_LENGTHENED >> 20);
            return Err(Failure::TooLarge(limit));
        }
        if kind == ROW {
            column = 0;
        }
        if SHORT_CELLS.contains(&kind) {
            let length = body.len() + 4;
            write_head(&mut sheet, kind - SHORTNESS, length);
            sheet.extend(column.to_le_bytes());
            column = column.saturating_add(1);
        } else {
            write_head(&mut sheet, kind, body.len());
            if CELLS.contains(&kind)
                && let Some(own) = number(&body, 0)
            {
                column = own.saturating_add(1);
            }
        }
        sheet.extend(body);
    }
    // Where it is cut off its last record is missing, as the engine will say.
    Ok(Some(sheet))
}

fn write_head(out: &mut Vec<u8>, kind: u16, length: usize) {
    if kind < 0x80 {
        out.push(kind as u8);
    } else {
        out.extend([kind as u8 | 0x80, (kind >> 7) as u8]);
    }
    let mut rest = length;
    loop {
        let low = (rest & 0x7F) as u8;
        rest >>= 7;
        out.push(if rest > 0 { low | 0x80 } else { low });
        if rest == 0 {
            return;
        }
    }
}

fn rewritten(
    package: &mut Package,
    sheets: &[(String, Vec<u8>)],
) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    package.copy_to(&mut out, |name| {
        sheets.iter().all(|(sheet, _)| sheet != name)
    })?;
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, sheet) in sheets {
        out.start_file(name.as_str(), stored)?;
        out.write_all(sheet)?;
    }
    Ok(out.finish()?.into_inner())
}
