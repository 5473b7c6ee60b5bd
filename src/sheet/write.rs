//! Rows become a file that a spreadsheet program can open without harm: delimited text, or a workbook.

mod file;
mod workbook;

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use super::kind::is_mistakable;

pub use self::file::{Form, Table, folder, save};
pub(crate) use self::file::{beside, draft, sync_folder, temporary};
pub use self::workbook::{
    MAX_CELL_LENGTH, MAX_WORKBOOK_ROWS, Page, SheetColumns, Size, Tone, Unfit, WorkbookWriter, fits,
};

/// Whether text starts with the mark that tells spreadsheet programs it is UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrderMark {
    /// It does.
    Present,
    /// It does not.
    Absent,
}

/// Writes rows as UTF-8 text: RFC 4180, lines ending in CR LF, quotes where they are needed.
///
/// A cell that a spreadsheet program would run as a formula gets one apostrophe in front, which [`unguard`] takes
/// off again; so does a first cell that would make the whole text be taken for something else.
#[derive(Debug)]
pub struct TextWriter<W: Write> {
    csv: Writer<W>,
    place: Place,
    /// A cell with its apostrophe, kept to save allocations.
    guarded: String,
}

impl<W: Write> TextWriter<W> {
    /// Starts a text with `delimiter` between cells, writing the mark at once if there is to be one.
    pub fn new(mut writer: W, delimiter: u8, mark: ByteOrderMark) -> io::Result<TextWriter<W>> {
        if mark == ByteOrderMark::Present {
            writer.write_all("\u{FEFF}".as_bytes())?;
        }
        let csv = WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::CRLF)
            .flexible(true)
            .from_writer(writer);
        Ok(TextWriter {
            csv,
            place: Place::Start,
            guarded: String::new(),
        })
    }

    /// Writes one row.
    pub fn row<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> io::Result<()> {
        for cell in cells {
            let place = std::mem::replace(&mut self.place, Place::Within);
            self.guarded.clear();
            if needs_guard(cell) || place == Place::Start && is_mistakable(cell) {
                self.guarded.push('\'');
            }
            guard_within(cell, &mut self.guarded);
            self.csv.write_field(&self.guarded).map_err(io_error)?;
        }
        self.csv.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// Writes out what is still held back and returns the writer.
    pub fn finish(self) -> io::Result<W> {
        self.csv
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)
    }
}

/// Where in the text the next cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    Within,
}

fn io_error(err: csv::Error) -> io::Error {
    match err.into_kind() {
        csv::ErrorKind::Io(err) => err,
        // Rows of any length are allowed, and nothing else is checked in writing.
        kind => io::Error::other(format!("a row could not be written: {kind:?}")),
    }
}

/// With what a formula begins, for one spreadsheet program or another; an apostrophe would be taken for a guard.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\'', '＝', '＋', '－', '＠', '＇'];

/// After these a cell begins, if the text is read with another delimiter than it was written with.
const DELIMITERS: [char; 6] = [',', ';', '\t', '|', '\n', '\r'];

/// Whether a spreadsheet program might take `cell` for a formula, or [`unguard`] for a guarded one.
fn needs_guard(cell: &str) -> bool {
    cell.starts_with(FORMULA) || cell.starts_with(['\t', '\r', '\n'])
}

/// The cell with an apostrophe after each delimiter that a formula may follow, quotes and spaces before it or not.
fn guard_within(cell: &str, to: &mut String) {
    let mut rest = cell;
    while let Some(at) = rest.find(DELIMITERS) {
        let (before, after) = rest.split_at(at + 1); // delimiters are ASCII
        to.push_str(before);
        if after.trim_start_matches(['"', ' ']).starts_with(FORMULA) {
            to.push('\'');
        }
        rest = after;
    }
    to.push_str(rest);
}

/// Whether cells that look like formulas carry an apostrophe in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Guard {
    /// As in the text that we write, and what spreadsheet programs make of it.
    Guarded,
    /// As anywhere else.
    #[default]
    Plain,
}

impl Guard {
    /// A cell without its guards, if it has some.
    pub fn off(self, cell: &str) -> Cow<'_, str> {
        match self {
            Guard::Guarded => unguard(cell),
            Guard::Plain => cell.into(),
        }
    }
}

/// Takes exactly one apostrophe off the start of a cell of a results file, and off every place after a delimiter in it.
pub fn unguard(cell: &str) -> Cow<'_, str> {
    let is_guard = |place: usize| place == 0 || cell[..place].ends_with(DELIMITERS);
    if !cell.match_indices('\'').any(|(place, _)| is_guard(place)) {
        return cell.into();
    }
    let kept = cell
        .char_indices()
        .filter(|(place, char)| *char != '\'' || !is_guard(*place));
    kept.map(|(_, char)| char).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[&[&str]], mark: ByteOrderMark) -> String {
        let mut writer = TextWriter::new(Vec::new(), b';', mark).expect("a vector takes bytes");
        for row in rows {
            writer
                .row(row.iter().copied())
                .expect("a vector takes bytes");
        }
        String::from_utf8(writer.finish().expect("a vector takes bytes")).expect("UTF-8")
    }

    #[test]
    fn lines_end_as_rfc_4180_asks_and_cells_are_quoted_where_needed() {
        assert_eq!(
            written(&[&["a", "b;c"], &["d\"e", "f\ng"]], ByteOrderMark::Absent),
            "a;\"b;c\"\r\n\"d\"\"e\";\"f\ng\"\r\n"
        );
    }

    #[test]
    fn a_mark_stands_first_when_asked_for() {
        assert_eq!(written(&[&["a"]], ByteOrderMark::Present), "\u{FEFF}a\r\n");
    }

    #[test]
    fn what_could_run_as_a_formula_gets_one_apostrophe() {
        let rows: &[&[&str]] = &[&["=1+1", "+60", "-1", "@a", "'b", "\tc", "＝1", "d=1"]];
        assert_eq!(
            written(rows, ByteOrderMark::Absent),
            "'=1+1;'+60;'-1;'@a;''b;'\tc;'＝1;d=1\r\n"
        );
    }

    #[test]
    fn whatever_delimiter_a_program_takes_no_cell_begins_as_a_formula() {
        for (cell, guarded) in [
            ("x;=cmd()", "x;'=cmd()"),
            ("x,+1|-2\t@3\n=4", "x,'+1|'-2\t'@3\n'=4"),
            ("x; \"=1\"", "x;' \"=1\""),
            ("x;'y", "x;''y"),
            (";;=1", ";;'=1"),
            ("a-b; c=d", "a-b; c=d"),
        ] {
            let mut written = String::new();
            guard_within(cell, &mut written);
            assert_eq!(written, guarded);
            assert_eq!(unguard(guarded), cell);
        }
    }

    proptest::proptest! {
        #[test]
        fn exactly_the_apostrophes_that_were_put_there_come_off(cell in "[a=+'\"@ ,;|\t\n\r-]{0,12}|.{0,12}") {
            let mut guarded = if needs_guard(&cell) { "'".to_owned() } else { String::new() };
            guard_within(&cell, &mut guarded);
            proptest::prop_assert_eq!(unguard(&guarded), cell.as_str());
            for delimiter in DELIMITERS {
                let formula = |part: &str| part.trim_start_matches(['"', ' ']).starts_with(&FORMULA[..4]);
                let mut parts = guarded.split(delimiter).skip(1);
                proptest::prop_assert!(!parts.any(formula), "{:?} at {:?}", guarded, delimiter);
            }
        }
    }

    #[test]
    fn exactly_one_apostrophe_comes_off() {
        let off = ["'+60", "''b", "c'", "a;''b'"].map(unguard);
        assert_eq!(off, ["+60", "'b", "c'", "a;'b'"]);
    }
}
