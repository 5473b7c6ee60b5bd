//! Where commands print: what a program may want on standard output, everything else on standard error.
//!
//! Nothing is lost when nobody reads it: results and journal are on disk, and a closed pipe ends no run. What would steer
//! the terminal does not reach it, wherever it came from.

use std::fmt::Display;
use std::io::{self, Write};

use crate::visible::visible;

pub(super) use crate::report::{about, amount, counted, decimal, number};

/// A line on standard output. A reader that has gone away has seen what it wanted; anything else is told.
pub(super) fn say(line: impl Display) {
    match writeln!(io::stdout(), "{}", visible(&line.to_string())) {
        Err(err) if err.kind() != io::ErrorKind::BrokenPipe => {
            tell(format!("cannot write to standard output: {}", err.kind()));
        }
        _ => {}
    }
}

/// A line on standard error.
pub(super) fn tell(line: impl Display) {
    let _ = writeln!(io::stderr(), "{}", visible(&line.to_string()));
}

/// The first of some row numbers: `rows 3, 5, 8 and 12 more`.
pub(super) fn rows(rows: &[u32]) -> String {
    const SHOWN: usize = 8;
    let list = rows
        .iter()
        .take(SHOWN)
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let word = if rows.len() == 1 { "row" } else { "rows" };
    match rows.len().saturating_sub(SHOWN) {
        0 => format!("{word} {list}"),
        more => format!("{word} {list} and {} more", number(more)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_and_times_read_as_people_write_them() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(number),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(counted(1, "row", "rows"), "1 row");
        let about = |seconds| about(Duration::from_secs_f64(seconds));
        assert_eq!(
            [0.2, 20.1, 91.0, 4000.0, 8000.0].map(about),
            [
                "about 1 s",
                "about 21 s",
                "about 2 min",
                "about 67 min",
                "about 2 h 13 min"
            ]
        );
        assert_eq!(rows(&[3]), "row 3");
        assert_eq!(
            rows(&(1..=10).collect::<Vec<_>>()),
            "rows 1, 2, 3, 4, 5, 6, 7, 8 and 2 more"
        );
    }
}
