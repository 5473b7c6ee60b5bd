//! A CSV with a header of known names, whose errors say where.

use std::fmt::Display;

use csv::{ReaderBuilder, StringRecord};

use super::Error;
use super::error::list;

/// A CSV file in memory.
pub(super) struct CsvTable<'a> {
    file: &'a str,
    content: &'a str,
    known: &'static [&'static str],
    /// Where each known column stands, if it does.
    places: Vec<Option<usize>>,
    width: usize,
}

/// One line below the header.
pub(super) struct CsvLine<'a> {
    table: &'a CsvTable<'a>,
    record: &'a StringRecord,
}

impl<'a> CsvTable<'a> {
    /// Checks that `content` is UTF-8 and that its header has the `required` columns and none that is not `known`.
    pub(super) fn new(
        file: &'a str,
        content: &'a [u8],
        known: &'static [&'static str],
        required: &[&'static str],
    ) -> Result<CsvTable<'a>, Error> {
        let content = std::str::from_utf8(content).map_err(|error| {
            let line = line_at(content, error.valid_up_to());
            Error::Table(format!(
                "`{file}`, line {line}: not UTF-8; save it as CSV UTF-8"
            ))
        })?;
        let content = content.strip_prefix('\u{feff}').unwrap_or(content);
        let mut table = CsvTable {
            file,
            content,
            known,
            places: vec![None; known.len()],
            width: 0,
        };

        let mut header = StringRecord::new();
        table
            .reader()
            .read_record(&mut header)
            .map_err(|source| table.broken(source))?;
        table.width = header.len();
        let wrong = |why: String| Err(Error::Table(format!("`{file}` has {why}")));
        for (place, name) in header.iter().enumerate() {
            let name = name.trim().to_lowercase();
            let Some(column) = known.iter().position(|known| *known == name) else {
                let known = list(known.iter().copied());
                return wrong(format!(
                    "an unknown column `{name}`; remove it or name it one of {known}"
                ));
            };
            if table.places[column].replace(place).is_some() {
                return wrong(format!("the column `{name}` twice; remove one of them"));
            }
        }
        for wanted in required {
            if table.place(wanted).is_none() {
                let found = list(&header);
                return wrong(format!("no column `{wanted}` (found: {found})"));
            }
        }
        Ok(table)
    }

    /// Hands over each line below the header, until one makes no sense.
    pub(super) fn for_each(
        &self,
        mut each: impl FnMut(CsvLine<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut reader = self.reader();
        let mut record = StringRecord::new();
        let mut header = true;
        while reader
            .read_record(&mut record)
            .map_err(|source| self.broken(source))?
        {
            if std::mem::take(&mut header) {
                continue;
            }
            if record.len() != self.width {
                return Err(Error::Table(format!(
                    "`{}`, line {}: {} cells where the header has {}; quote cells that hold a comma",
                    self.file,
                    self.line(&record),
                    record.len(),
                    self.width
                )));
            }
            each(CsvLine {
                table: self,
                record: &record,
            })?;
        }
        Ok(())
    }

    fn reader(&self) -> csv::Reader<&'a [u8]> {
        ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(self.content.as_bytes())
    }

    fn place(&self, column: &str) -> Option<usize> {
        let index = self.known.iter().position(|known| *known == column)?;
        self.places[index]
    }

    fn broken(&self, source: csv::Error) -> Error {
        Error::Csv {
            file: self.file.to_owned(),
            source,
        }
    }

    /// The line on which `record` begins. The reader's own count stands before blank lines that it skips.
    fn line(&self, record: &StringRecord) -> usize {
        let content = self.content.as_bytes();
        let start = record
            .position()
            .and_then(|position| usize::try_from(position.byte()).ok())
            .unwrap_or(0);
        let blank = content[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        line_at(content, start + blank)
    }
}

impl CsvLine<'_> {
    /// The cell without spaces around it; blank also when the column is absent.
    pub(super) fn get(&self, column: &'static str) -> &str {
        self.table
            .place(column)
            .and_then(|place| self.record.get(place))
            .unwrap_or_default()
            .trim()
    }

    /// The cell, if it is not blank.
    pub(super) fn filled(&self, column: &'static str) -> Option<&str> {
        Some(self.get(column)).filter(|cell| !cell.is_empty())
    }

    /// The error that this line's cell makes no sense.
    pub(super) fn wrong(&self, column: &'static str, problem: impl Display) -> Error {
        let (file, line) = (self.table.file, self.table.line(self.record));
        Error::Table(format!(
            "`{file}`, line {line}, column `{column}`: {problem}"
        ))
    }
}

/// The line of a byte, from 1; LF, CRLF and CR all end one.
fn line_at(content: &[u8], byte: usize) -> usize {
    let before = &content[..byte];
    let ends = |(index, byte): (usize, &u8)| match byte {
        b'\n' => true,
        b'\r' => content.get(index + 1) != Some(&b'\n'),
        _ => false,
    };
    1 + before.iter().enumerate().filter(|&end| ends(end)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(content: &str) -> Result<Vec<String>, Error> {
        let table = CsvTable::new("t.csv", content.as_bytes(), &["id", "name"], &["id"])?;
        let mut cells = Vec::new();
        table.for_each(|line| {
            if line.get("name") == "bad" {
                return Err(line.wrong("name", "bad"));
            }
            cells.push(format!("{}={}", line.get("id"), line.get("name")));
            Ok(())
        })?;
        Ok(cells)
    }

    fn error(content: &str) -> String {
        cells(content).expect_err(content).to_string()
    }

    #[test]
    fn columns_stand_in_any_order_and_may_be_absent() {
        assert_eq!(cells("name,id\nAnn,1\n").expect("a table"), ["1=Ann"]);
        assert_eq!(
            cells("\u{feff} ID \r\n1\r\n2\r\n").expect("a table"),
            ["1=", "2="]
        );
    }

    #[test]
    fn an_error_names_the_line_on_which_the_record_begins() {
        let at = |line| format!("`t.csv`, line {line}, column `name`: bad");
        assert_eq!(error("id,name\n1,x\n2,bad\n"), at(3));
        assert_eq!(
            error("id,name\r\n\r\n\r\n1,\"x\r\ny\"\r\n\r\n2,bad\r\n"),
            at(7)
        );
        assert_eq!(error("id,name\r1,x\r2,bad"), at(3));
    }

    #[test]
    fn a_header_that_does_not_fit_is_refused_with_what_would_fit() {
        assert_eq!(
            error("name\nAnn\n"),
            "`t.csv` has no column `id` (found: `name`)"
        );
        assert_eq!(error(""), "`t.csv` has no column `id` (found: nothing)");
        assert_eq!(
            error("id,nmae\n1,Ann\n"),
            "`t.csv` has an unknown column `nmae`; remove it or name it one of `id`, `name`"
        );
        assert_eq!(
            error("id,ID\n1,2\n"),
            "`t.csv` has the column `id` twice; remove one of them"
        );
    }

    #[test]
    fn a_line_with_too_many_cells_is_refused() {
        let says = "`t.csv`, line 3: 3 cells where the header has 2; quote cells that hold a comma";
        assert_eq!(error("id,name\n1,Ann\n2,Lee, Bob\n"), says);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused() {
        let error = CsvTable::new("t.csv", b"id\n1\n\xe9\n", &["id"], &["id"])
            .err()
            .map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some("`t.csv`, line 3: not UTF-8; save it as CSV UTF-8")
        );
    }
}
