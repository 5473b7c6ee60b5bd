//! Requests and messages as bytes, for the pipe between the program and the process that reads a workbook.
//!
//! Both ends are the same program, so there is no version; but the far end may have died or gone mad in the middle,
//! so nothing that arrives is trusted.

use std::io::{self, Read, Write};

use super::super::Format;
use super::super::batch::{Batch, CellKind, Entry, Flaw};
use super::{Failure, Message, Request, SheetInfo, Visibility};

const SHEETS: u8 = b'S';
const ROWS: u8 = b'R';
const BATCH: u8 = b'B';
const END: u8 = b'.';
const ENCRYPTED: u8 = b'P';
const TOO_LARGE: u8 = b'L';
const DAMAGED: u8 = b'D';

/// Writes what is asked; the bytes of the workbook follow it.
pub(super) fn write_request(
    out: &mut impl Write,
    format: Format,
    request: &Request,
) -> io::Result<()> {
    let format = match format {
        Format::Xlsx => b'x',
        Format::Xlsb => b'b',
        Format::Xls => b's',
        Format::Ods => b'o',
        Format::Fods => b'f',
    };
    out.write_all(&[format])?;
    match request {
        Request::Sheets => out.write_all(&[SHEETS]),
        Request::Rows(sheet) => {
            out.write_all(&[ROWS])?;
            write_bytes(out, sheet.as_bytes())
        }
    }
}

/// Reads what [`write_request`] wrote.
pub(super) fn read_request(input: &mut impl Read) -> io::Result<(Format, Request)> {
    let format = match byte(input)? {
        b'x' => Format::Xlsx,
        b'b' => Format::Xlsb,
        b's' => Format::Xls,
        b'o' => Format::Ods,
        b'f' => Format::Fods,
        _ => return Err(nonsense()),
    };
    let request = match byte(input)? {
        SHEETS => Request::Sheets,
        ROWS => Request::Rows(read_text(input)?),
        _ => return Err(nonsense()),
    };
    Ok((format, request))
}

/// Writes one message.
pub(super) fn write_message(out: &mut impl Write, message: &Message) -> io::Result<()> {
    match message {
        Message::Sheets(sheets) => {
            out.write_all(&[SHEETS])?;
            out.write_all(&(sheets.len() as u32).to_le_bytes())?;
            for sheet in sheets {
                let visibility = match sheet.visibility {
                    Visibility::Visible => 0,
                    Visibility::Empty => 1,
                    Visibility::Hidden => 2,
                };
                out.write_all(&[visibility])?;
                write_bytes(out, sheet.name.as_bytes())?;
            }
            Ok(())
        }
        Message::Batch(batch) => {
            out.write_all(&[BATCH])?;
            write_bytes(out, batch.text.as_bytes())?;
            write_numbers(out, batch.ends.iter().copied())?;
            write_bytes(
                out,
                &batch
                    .kinds
                    .iter()
                    .map(|kind| *kind as u8)
                    .collect::<Vec<u8>>(),
            )?;
            let rows = batch.rows.iter().flat_map(|row| [row.number, row.last]);
            write_numbers(out, rows)?;
            write_numbers(out, batch.hidden.iter().copied())?;
            // The only flaw that a row of a workbook can have.
            write_numbers(out, batch.flaws.iter().map(|(index, _)| *index))
        }
        Message::End => out.write_all(&[END]),
        Message::Failed(Failure::Encrypted) => out.write_all(&[ENCRYPTED]),
        Message::Failed(Failure::TooLarge(limit)) => {
            out.write_all(&[TOO_LARGE])?;
            write_bytes(out, limit.as_bytes())
        }
        Message::Failed(Failure::Damaged(detail)) => {
            out.write_all(&[DAMAGED])?;
            write_bytes(out, detail.as_bytes())
        }
    }
}

/// Reads one message.
///
/// # Errors
/// If the stream ends, or holds what [`write_message`] does not write.
pub(super) fn read_message(input: &mut impl Read) -> io::Result<Message> {
    Ok(match byte(input)? {
        SHEETS => {
            let count = u32::from_le_bytes(array(input)?);
            let mut sheets = Vec::new();
            for _ in 0..count {
                let visibility = match byte(input)? {
                    0 => Visibility::Visible,
                    1 => Visibility::Empty,
                    2 => Visibility::Hidden,
                    _ => return Err(nonsense()),
                };
                sheets.push(SheetInfo {
                    visibility,
                    name: read_text(input)?,
                });
            }
            Message::Sheets(sheets)
        }
        BATCH => Message::Batch(read_batch(input)?),
        END => Message::End,
        ENCRYPTED => Message::Failed(Failure::Encrypted),
        TOO_LARGE => Message::Failed(Failure::TooLarge(read_text(input)?)),
        DAMAGED => Message::Failed(Failure::Damaged(read_text(input)?)),
        _ => return Err(nonsense()),
    })
}

fn read_batch(input: &mut impl Read) -> io::Result<Batch> {
    let text = read_text(input)?;
    let ends = read_numbers(input)?;
    let kinds: Option<Vec<CellKind>> = read_bytes(input)?
        .into_iter()
        .map(CellKind::from_byte)
        .collect();
    let kinds = kinds.ok_or_else(nonsense)?;
    let numbers = read_numbers(input)?;
    let rows: Vec<Entry> = numbers
        .chunks_exact(2)
        .map(|pair| Entry {
            number: pair[0],
            last: pair[1],
        })
        .collect();
    let hidden = read_numbers(input)?;
    let long = read_numbers(input)?;
    let are_rows = |indexes: &[u32]| {
        indexes.is_sorted_by(|one, next| one < next)
            && indexes
                .last()
                .is_none_or(|last| (*last as usize) < rows.len())
    };
    let sound = ends.is_sorted()
        && ends.iter().all(|end| text.is_char_boundary(*end as usize))
        && kinds.len() == ends.len()
        && rows.is_sorted_by_key(|row| row.last)
        && rows.last().map_or(0, |row| row.last as usize) == ends.len()
        && rows.len() * 2 == numbers.len()
        && are_rows(&hidden)
        && are_rows(&long);
    if !sound {
        return Err(nonsense());
    }
    Ok(Batch {
        text,
        ends,
        kinds,
        rows,
        hidden,
        flaws: long
            .into_iter()
            .map(|index| (index, Flaw::TooLong))
            .collect(),
    })
}

fn write_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| nonsense())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(bytes)
}

fn write_numbers(out: &mut impl Write, numbers: impl Iterator<Item = u32>) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(numbers.size_hint().0 * 4);
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    write_bytes(out, &bytes)
}

fn read_bytes(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let length = u32::from_le_bytes(array(input)?);
    let mut bytes = Vec::new();
    // Grows with what really arrives, not with what is announced.
    input.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == u64::from(length) {
        Ok(bytes)
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn read_text(input: &mut impl Read) -> io::Result<String> {
    String::from_utf8(read_bytes(input)?).map_err(|_| nonsense())
}

fn read_numbers(input: &mut impl Read) -> io::Result<Vec<u32>> {
    let bytes = read_bytes(input)?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    if rest.is_empty() {
        Ok(numbers
            .iter()
            .map(|number| u32::from_le_bytes(*number))
            .collect())
    } else {
        Err(nonsense())
    }
}

fn byte(input: &mut impl Read) -> io::Result<u8> {
    array(input).map(|[byte]| byte)
}

fn array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn nonsense() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "not a message between program and reader",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        Batch {
            text: "aé12".into(),
            ends: vec![1, 3, 3, 5],
            kinds: vec![
                CellKind::Text,
                CellKind::Text,
                CellKind::Text,
                CellKind::Number,
            ],
            rows: vec![Entry { number: 4, last: 2 }, Entry { number: 9, last: 4 }],
            hidden: vec![1],
            flaws: vec![(0, Flaw::TooLong)],
        }
    }

    fn messages() -> Vec<Message> {
        vec![
            Message::Sheets(vec![SheetInfo {
                name: "Ünits".into(),
                visibility: Visibility::Hidden,
            }]),
            Message::Batch(batch()),
            Message::End,
            Message::Failed(Failure::Encrypted),
            Message::Failed(Failure::TooLarge("5 cells".into())),
            Message::Failed(Failure::Damaged("it is".into())),
        ]
    }

    #[test]
    fn what_is_written_is_what_is_read() -> io::Result<()> {
        let mut bytes = Vec::new();
        for message in messages() {
            write_message(&mut bytes, &message)?;
        }
        let mut input = &bytes[..];
        for message in messages() {
            assert_eq!(read_message(&mut input)?, message);
        }
        assert!(input.is_empty());
        Ok(())
    }

    #[test]
    fn a_request_arrives_as_it_was_made() -> io::Result<()> {
        for request in [Request::Sheets, Request::Rows("Tabelle 1".into())] {
            let mut bytes = Vec::new();
            write_request(&mut bytes, Format::Xls, &request)?;
            assert_eq!(read_request(&mut &bytes[..])?, (Format::Xls, request));
        }
        Ok(())
    }

    #[test]
    fn a_message_that_is_cut_off_anywhere_is_an_error() -> io::Result<()> {
        let mut bytes = Vec::new();
        write_message(&mut bytes, &Message::Batch(batch()))?;
        for length in 0..bytes.len() {
            assert!(
                read_message(&mut &bytes[..length]).is_err(),
                "cut off after {length} bytes"
            );
        }
        Ok(())
    }

    #[test]
    fn a_batch_whose_cells_do_not_fit_its_text_is_an_error() -> io::Result<()> {
        for ends in [
            vec![1, 2, 3, 5],
            vec![3, 1, 3, 5],
            vec![1, 3, 3, 50],
            vec![1, 3],
        ] {
            let mut bytes = Vec::new();
            write_message(&mut bytes, &Message::Batch(Batch { ends, ..batch() }))?;
            assert!(read_message(&mut &bytes[..]).is_err());
        }
        Ok(())
    }
}
