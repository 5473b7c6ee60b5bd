//! Requests and messages on the pipe between the program and the process that reads a workbook.
//!
//! Both ends are the same program, so there is no version; but the far end may have died or gone mad in the middle, so
//! nothing that arrives is trusted.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Message;

/// How many bytes one message takes at most: far more than the fullest batch.
const LONGEST: u32 = 256 << 20;

/// Writes one value, its length in front.
pub(super) fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let bytes = postcard::to_allocvec(value).map_err(|_| nonsense())?;
    let length = u32::try_from(bytes.len()).map_err(|_| nonsense())?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&bytes)
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// If the stream ends, or holds what [`write`] does not write.
pub(super) fn read<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        return Err(nonsense());
    }
    let mut bytes = Vec::new();
    // Grows with what really arrives, not with what is announced.
    input.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != u64::from(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match postcard::take_from_bytes(&bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(nonsense()),
    }
}

/// Reads a message whose rows make sense.
pub(super) fn read_message(input: &mut impl Read) -> io::Result<Message> {
    let message = read(input)?;
    match &message {
        Message::Batch(batch) | Message::Head(Some(batch)) if !batch.is_sound() => Err(nonsense()),
        _ => Ok(message),
    }
}

fn nonsense() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "not a message between program and reader",
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::batch::{Batch, Entry};
    use super::super::super::cell_facts::{CellKind, Mark, Origin};
    use super::super::super::flaw::Flaw;
    use super::super::{Failure, Request, SheetInfo, Visibility};
    use super::*;

    fn batch() -> Batch {
        Batch {
            text: "aé12".into(),
            ends: vec![1, 3, 3, 5],
            marks: vec![
                Mark::default(),
                Mark::default(),
                Mark::default(),
                Mark::new(CellKind::Number, Origin::Aggregate),
            ],
            rows: vec![Entry { number: 4, last: 2 }, Entry { number: 9, last: 4 }],
            hidden: vec![1],
            totals: vec![1],
            hidden_columns: vec![(1, 2)],
            flaws: vec![(0, Flaw::TooLong)],
        }
    }

    fn messages() -> Vec<Message> {
        vec![
            Message::Sheets(vec![SheetInfo {
                name: "Ünits".into(),
                visibility: Visibility::Hidden,
            }]),
            Message::Head(None),
            Message::Head(Some(batch())),
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
            write(&mut bytes, &message)?;
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
            write(&mut bytes, &request)?;
            assert_eq!(read::<Request>(&mut &bytes[..])?, request);
        }
        Ok(())
    }

    #[test]
    fn a_message_that_is_cut_off_anywhere_is_an_error() -> io::Result<()> {
        let mut bytes = Vec::new();
        write(&mut bytes, &Message::Batch(batch()))?;
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
            write(&mut bytes, &Message::Batch(Batch { ends, ..batch() }))?;
            assert!(read_message(&mut &bytes[..]).is_err());
        }
        Ok(())
    }
}
