//! SHA-256 of what is read and written, in hex.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

/// SHA-256 of a file, in hex.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn sha256(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (fs::File::open(path)?, Sha256::new());
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hex(hash)),
            length => hash.update(&bytes[..length]),
        }
    }
}

pub(crate) fn hex(hash: Sha256) -> String {
    let hash = hash.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Knows the SHA-256 of what went through.
#[derive(Debug)]
pub(crate) struct Hashed<W> {
    to: W,
    hash: Sha256,
}

impl<W> Hashed<W> {
    pub(crate) fn new(to: W) -> Hashed<W> {
        let hash = Sha256::new();
        Hashed { to, hash }
    }

    /// Where it went, and its SHA-256 in hex.
    pub(crate) fn finish(self) -> (W, String) {
        (self.to, hex(self.hash))
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
