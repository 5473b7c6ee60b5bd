//! CSV and its relatives: delimited text in any encoding.
//!
//! A thread of its own reads, hashes and decodes, so that splitting into rows does not wait for it.

mod dialect;
mod encoding;
mod records;

use std::fs::File;
use std::io::{self, Read, Seek as _};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use sha2::{Digest as _, Sha256};

pub(super) use self::encoding::unmarked_utf16;
use self::encoding::{Decode, Guess, Last, Utf8Check};
use self::records::{Records, Step};
use super::kind::is_control;
use super::{Batch, Digest, ErrorKind, MAX_ROWS, Options, Plain};

/// How many bytes are read at once.
const CHUNK: usize = 1 << 20;

/// How many decoded bytes the delimiter is judged by.
const SAMPLE: usize = 64 << 10;

/// How many chunks may be read ahead.
const READ_AHEAD: usize = 4;

/// What was found out about a text file.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) delimiter: u8,
    pub(super) encoding: &'static Encoding,
    /// The length of the byte-order mark; 0 if there is none.
    pub(super) mark: usize,
    pub(super) plain: Plain,
    /// Whether the encoding is only likely.
    pub(super) is_guessed: bool,
    /// The decoded length of a first line that names the delimiter; 0 if there is none.
    announcement: usize,
    /// The file, still open at its start, for the first pass.
    opened: Arc<Mutex<Option<File>>>,
}

impl Text {
    /// Reads `file` to its end, to know its encoding and its hash, and gives its first rows; nothing if not even one is
    /// whole in what is looked at.
    pub(super) fn survey(
        path: &Path,
        mut file: File,
        options: &Options,
    ) -> Result<(Text, Option<Batch>, Digest), ErrorKind> {
        let mut hasher = Sha256::new();
        let mut check = Utf8Check::default();
        let mut controls = false;
        let mut head = read_chunk(&mut file, CHUNK)?;
        let mut chunk = head.clone();
        if head.len() < CHUNK {
            take_end_mark(&mut head);
        }
        while !chunk.is_empty() {
            hasher.update(&chunk);
            check.feed(&chunk);
            controls = controls || chunk.iter().copied().any(is_control);
            chunk = read_chunk(&mut file, CHUNK)?;
        }
        let (marked, mark) = Encoding::for_bom(&head).unzip();
        // Who says UTF-16 means either order of bytes, and the mark knows which.
        let is_utf16 = |encoding: &&Encoding| *encoding == UTF_16LE || *encoding == UTF_16BE;
        let asked = match (options.encoding.filter(is_utf16), marked.filter(is_utf16)) {
            (Some(_), Some(marked)) => Some(marked),
            _ => options.encoding,
        };
        let told = asked.or(marked);
        let encoding = match told.or_else(|| unmarked_utf16(&head[..head.len().min(SAMPLE)])) {
            Some(encoding) => encoding,
            None if check.holds() => UTF_8,
            None => match encoding::guess(File::open(path)?)? {
                Guess::Encoding(encoding) => encoding,
                Guess::Unread(what) => return Err(ErrorKind::CodePage(what)),
            },
        };
        // The mark of another encoding than the one asked for is text; that of UTF-8 is none in any language, and stands in
        // front of whatever a program has added to later.
        let is_mark = marked == Some(encoding) || marked == Some(UTF_8);
        let mark = mark.filter(|_| is_mark).unwrap_or(0);
        if head.len() == mark {
            return Err(ErrorKind::Empty);
        }
        let last = Last::when(head.len() < CHUNK);
        let sample = &head[mark..head.len().min(mark + 2 * SAMPLE)];
        let is_whole = mark + sample.len() == head.len() && last == Last::Yes;
        let mut sample = Decode::new(encoding).piece(sample.to_vec(), Last::No);
        let is_whole = is_whole && sample.len() <= SAMPLE;
        sample.truncate(SAMPLE);
        let announced = dialect::announced(&sample);
        let announcement = announced.map_or(0, |(_, length)| length);
        let delimiter = options
            .delimiter
            .or(announced.map(|(delimiter, _)| delimiter))
            .unwrap_or_else(|| dialect::guess(&sample, Last::when(is_whole), path));
        let text = Text {
            delimiter,
            encoding,
            mark,
            plain: if encoding == UTF_8 && mark == 0 && !controls {
                Plain::Yes
            } else {
                Plain::No
            },
            is_guessed: told.is_none() && encoding != UTF_8,
            announcement,
            opened: Arc::new(Mutex::new(file.rewind().is_ok().then_some(file))),
        };
        let first = text.first_rows(head, last);
        Ok((text, first, Digest(hasher.finalize().into())))
    }

    /// The rows that are whole in the first bytes of the file.
    fn first_rows(&self, mut bytes: Vec<u8>, last: Last) -> Option<Batch> {
        bytes.drain(..self.mark);
        let mut decoded = Decode::new(self.encoding).piece(bytes, last);
        decoded.drain(..self.announcement.min(decoded.len()));
        let mut records = self.records();
        let mut draft = records.draft(decoded.len());
        records.feed(decoded);
        if last == Last::Yes {
            records.end_input();
        }
        records.fill(&mut draft);
        (!draft.is_empty()).then(|| draft.finish())
    }

    /// What splits the bytes behind the announcement into rows.
    fn records(&self) -> Records {
        let number = u32::from(self.announcement > 0);
        Records::new(self.delimiter, self.encoding.name(), number)
    }
}

/// A pass over the rows of a text file.
#[derive(Debug)]
pub(super) struct TextBatches {
    records: Box<Records>,
    chunks: Receiver<io::Result<Chunk>>,
    expected: Digest,
    /// How much text the batch before held: the next one will hold about as much.
    bytes: usize,
    /// Decoded bytes still to be left out at the start.
    skip: usize,
    done: bool,
}

/// What the reading thread hands over.
enum Chunk {
    Bytes(Vec<u8>),
    End(Digest),
}

impl TextBatches {
    /// Starts at the first row.
    pub(super) fn start(
        path: &Path,
        text: &Text,
        expected: Digest,
    ) -> Result<TextBatches, ErrorKind> {
        let kept = text.opened.lock().ok().and_then(|mut kept| kept.take());
        let file = match kept {
            Some(file) => file,
            None => File::open(path)?,
        };
        let (sender, chunks) = sync_channel(READ_AHEAD);
        let (encoding, mark) = (text.encoding, text.mark);
        thread::Builder::new()
            .name("sheet".to_owned())
            .spawn(move || pump(file, encoding, mark, &sender))?;
        Ok(TextBatches {
            records: Box::new(text.records()),
            chunks,
            expected,
            bytes: 0,
            skip: text.announcement,
            done: false,
        })
    }

    /// The next batch; nothing at the end of a file that is still the same.
    pub(super) fn next(&mut self) -> Result<Option<Batch>, ErrorKind> {
        let mut draft = self.records.draft(self.bytes + self.bytes / 8);
        while !self.done {
            match self.records.fill(&mut draft) {
                Step::Row => break,
                Step::Starved => self.feed()?,
                Step::End => self.done = true,
            }
        }
        if self.records.number() > MAX_ROWS {
            return Err(ErrorKind::TooLarge(format!("{MAX_ROWS} rows")));
        }
        self.bytes = draft.bytes();
        Ok((!draft.is_empty()).then(|| draft.finish()))
    }

    fn feed(&mut self) -> Result<(), ErrorKind> {
        match self.chunks.recv() {
            Ok(Ok(Chunk::Bytes(mut bytes))) => {
                let skip = self.skip.min(bytes.len());
                self.skip -= skip;
                bytes.drain(..skip);
                self.records.feed(bytes);
                Ok(())
            }
            Ok(Ok(Chunk::End(digest))) if digest == self.expected => {
                self.records.end_input();
                Ok(())
            }
            Ok(Ok(Chunk::End(_))) => Err(ErrorKind::Changed),
            Ok(Err(err)) => Err(err.into()),
            Err(_) => Err(ErrorKind::ReaderDied("its thread ended early".to_owned())),
        }
    }
}

/// Reads `file` to its end, hashing and decoding; stops early when nobody listens any more.
fn pump(
    mut file: File,
    encoding: &'static Encoding,
    mark: usize,
    sender: &SyncSender<io::Result<Chunk>>,
) {
    let mut hasher = Sha256::new();
    let mut decode = Decode::new(encoding);
    let mut skip = mark;
    loop {
        let mut bytes = match read_chunk(&mut file, CHUNK) {
            Ok(bytes) => bytes,
            Err(err) => {
                // A send fails only when the listener is gone, and then there is nobody to tell.
                let _ = sender.send(Err(err));
                return;
            }
        };
        let last = Last::when(bytes.is_empty());
        hasher.update(&bytes);
        if bytes.len() < CHUNK {
            take_end_mark(&mut bytes);
        }
        bytes.drain(..skip.min(bytes.len()));
        skip = 0;
        let decoded = decode.piece(bytes, last);
        if !decoded.is_empty() && sender.send(Ok(Chunk::Bytes(decoded))).is_err() {
            return;
        }
        if last == Last::Yes {
            let _ = sender.send(Ok(Chunk::End(Digest(hasher.finalize().into()))));
            return;
        }
    }
}

/// Takes off the character by which programs of old mark the end of a text.
fn take_end_mark(end: &mut Vec<u8>) {
    if end.last() == Some(&0x1A) {
        end.pop();
    }
}

/// Reads up to `size` bytes, fewer only at the end of the file.
fn read_chunk(file: &mut impl Read, size: usize) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::with_capacity(size);
    file.take(size as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

#[cfg(test)]
mod tests;
