//! Reading a workbook in a process of its own.
//!
//! The process is this program again, told by an environment variable to do nothing else. It gets the workbook's
//! bytes and then requests on standard input, answers on standard output, and has limits on memory and processor time; it opens no file
//! and inherits nothing from the environment.

use std::env;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::platform::{self, Limits};

use super::super::{Format, MAX_READER_BYTES};
use super::engine::Engine;
use super::{Message, Request, UNEXPECTED, wire};

/// Set, to anything, in the environment of the process that reads a workbook.
const MARK: &str = "REASSIGN_WORKBOOK_READER";

/// How much processor time the process may use, in seconds: a last resort, should its parent be killed.
const MAX_PROCESSOR_SECONDS: u64 = 300;

/// Does the work of the process that reads a workbook, if this is one; otherwise returns nothing at once.
///
/// `main` calls this before anything else.
pub fn serve_child() -> Option<ExitCode> {
    env::var_os(MARK)?;
    let limits = Limits {
        memory: MAX_READER_BYTES,
        processor_seconds: MAX_PROCESSOR_SECONDS,
    };
    let limited = platform::limit_this_process(limits);
    // Nobody reads the standard error of this process; its parent tells what its end means.
    Some(
        match limited.and_then(|()| serve(io::stdin().lock(), io::stdout().lock())) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
    )
}

/// What the process is told first; the workbook's bytes follow it.
#[derive(Serialize, Deserialize)]
struct Opening {
    format: Format,
    /// How many bytes the workbook has.
    length: u64,
}

/// Answers one request after the other, about the workbook that `input` begins with, until there are no more.
fn serve(mut input: impl Read, output: impl Write) -> io::Result<()> {
    let Opening { format, length } = wire::read(&mut input)?;
    let mut bytes = Vec::new();
    input.by_ref().take(length).read_to_end(&mut bytes)?;
    let mut engine = Engine::open(format, bytes.into());
    let mut output = BufWriter::with_capacity(1 << 16, output);
    loop {
        let request: Request = match wire::read(&mut input) {
            Err(err) if err.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            request => request?,
        };
        let mut sink = |message| {
            wire::write(&mut output, &message)
                .and_then(|()| output.flush())
                .is_ok()
        };
        let last = engine.answer(&request, &mut sink);
        wire::write(&mut output, &last)?;
        output.flush()?;
    }
}

/// A process that reads a workbook; dropping it ends the process.
#[derive(Debug)]
pub(super) struct ChildReader(Child);

impl ChildReader {
    /// Starts `program`, passes on to it what is asked, and back what it answers.
    pub(super) fn start(
        program: &Path,
        format: Format,
        bytes: Vec<u8>,
        requests: Receiver<Request>,
        messages: SyncSender<Message>,
    ) -> io::Result<ChildReader> {
        let child = Command::new(program)
            .env_clear()
            .envs(platform::essential_environment())
            .env(MARK, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut reader = ChildReader(child); // from here on an error ends the process
        let closed = || io::Error::from(io::ErrorKind::BrokenPipe);
        let mut input = reader.0.stdin.take().ok_or_else(closed)?;
        let output = reader.0.stdout.take().ok_or_else(closed)?;
        thread::Builder::new()
            .name("workbook-in".to_owned())
            .spawn(move || {
                let length = bytes.len() as u64;
                // A process that dies before it has read everything tells by its end, and the lack of an answer, why.
                let mut told = wire::write(&mut input, &Opening { format, length })
                    .and_then(|()| input.write_all(&bytes));
                drop(bytes);
                while let (Ok(()), Ok(request)) = (&told, requests.recv()) {
                    told = wire::write(&mut input, &request);
                }
            })?;
        thread::Builder::new()
            .name("workbook-out".to_owned())
            .spawn(move || {
                let mut output = BufReader::with_capacity(1 << 16, output);
                // An answer that cannot be read ends the channel, which the listener notices.
                while let Ok(message) = wire::read_message(&mut output) {
                    if messages.send(message).is_err() {
                        break;
                    }
                }
            })?;
        Ok(reader)
    }

    /// Why the process ended without a last word.
    pub(super) fn epitaph(&mut self) -> String {
        match self.0.wait() {
            Ok(status) => epitaph(status),
            Err(err) => format!("its end could not be learned: {err}"),
        }
    }
}

impl Drop for ChildReader {
    fn drop(&mut self) {
        // Both fail only if the process is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn epitaph(status: std::process::ExitStatus) -> String {
    match (status.code(), platform::how_it_crashed(status)) {
        (Some(101), _) => UNEXPECTED.to_owned(),
        (_, Some(how)) => format!(
            "{how}: the workbook is damaged, or needs more than {} MiB of memory",
            MAX_READER_BYTES >> 20
        ),
        _ => "it ended before the workbook did".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{ErrorKind, Options, Reader, Sheet};
    use super::super::tests::data;
    use super::*;

    #[test]
    fn requests_are_answered_with_rows_and_a_last_word() -> io::Result<()> {
        let workbook = std::fs::read(data("sheets", "20_xlwt_numbers.xls"))?;
        let opening = Opening {
            format: Format::Xls,
            length: workbook.len() as u64,
        };
        let mut input = Vec::new();
        wire::write(&mut input, &opening)?;
        input.extend(workbook);
        wire::write(&mut input, &Request::Head("Sheet1".to_owned()))?;
        wire::write(&mut input, &Request::Rows("Sheet1".to_owned()))?;
        let mut output = Vec::new();
        serve(&input[..], &mut output)?;
        let mut output = &output[..];
        let Message::Head(Some(head)) = wire::read_message(&mut output)? else {
            panic!("the head was asked for first");
        };
        let Message::Batch(batch) = wire::read_message(&mut output)? else {
            panic!("rows come next");
        };
        assert_eq!(head, batch);
        assert_eq!(
            batch.rows().map(|row| row.number()).collect::<Vec<_>>(),
            [1, 2, 3, 4, 5, 6, 7, 9]
        );
        assert_eq!(wire::read_message(&mut output)?, Message::End);
        assert!(output.is_empty());
        Ok(())
    }

    #[test]
    fn a_reading_process_that_ends_without_a_word_is_told_in_a_sentence() {
        let options = Options {
            reader: Reader::Process {
                program: "/bin/false".into(),
            },
            ..Options::default()
        };
        let workbook = data("sheets", "20_xlwt_numbers.xls");
        let err = Sheet::open(&workbook, &options).expect_err("nobody answers");
        assert!(matches!(err.kind, ErrorKind::ReaderDied(_)));
        assert!(
            err.to_string().contains("it ended before the workbook did"),
            "{err}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn how_a_process_ended_is_said_in_words() {
        use std::os::unix::process::ExitStatusExt;
        let end = |raw| epitaph(std::process::ExitStatus::from_raw(raw));
        assert_eq!(
            end(6),
            "signal 6: the workbook is damaged, or needs more than 1024 MiB of memory"
        );
        assert_eq!(
            end(101 << 8),
            "the workbook is damaged in a way that it does not expect"
        );
    }
}
