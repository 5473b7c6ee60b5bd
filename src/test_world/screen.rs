//! What a simulated process prints; everybody else prints to where they always do.

use std::io::{self, Write};

use super::{Process, with};

/// One of the two streams.
pub(crate) struct Stream {
    of: fn(&mut Process) -> &mut Vec<u8>,
    real: fn() -> Box<dyn Write>,
}

pub(crate) fn stdout() -> Stream {
    Stream {
        of: |process| &mut process.out,
        real: || Box::new(io::stdout()),
    }
}

pub(crate) fn stderr() -> Stream {
    Stream {
        of: |process| &mut process.err,
        real: || Box::new(io::stderr()),
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let printed = with(|process| {
            if !process.is_dead {
                (self.of)(process).extend_from_slice(bytes);
            }
            bytes.len()
        });
        printed.map_or_else(|| (self.real)().write(bytes), Ok)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
