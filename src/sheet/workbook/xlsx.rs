//! XML workbooks, cell by cell as they stand in them.
//!
//! Read without the engine, which gives hidden rows, number formats, formulas and merged ranges only one at a time, each
//! for another walk through the sheet.

mod marks;
mod strings;
mod walk;

use std::collections::HashMap;
use std::io::BufRead;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use self::marks::{Marks, merges, totals};
use self::strings::{Strings, strings_of};
use self::walk::{Results, Walk};
use super::cells::{Rows, Stop};
use super::package::{Package, Relationship, Xml, attribute, is_true};
use super::shown::{Format, built_in};
use super::{Failure, Listed};

/// An open workbook.
pub(super) struct Spreadsheet {
    package: Package,
    sheets: Vec<Entry>,
    /// The part that holds the texts of all sheets, until they are read.
    strings_part: Option<String>,
    strings: Strings,
    /// What the number format of each style does.
    formats: Vec<Format>,
    results: Results,
    days_from_1904: bool,
    /// By the names of sheets, once they were looked for.
    marks: HashMap<String, Marks>,
}

/// A sheet in the workbook's list.
struct Entry {
    name: String,
    is_hidden: bool,
    /// The part that holds its cells; a chart has none.
    part: Option<String>,
}

impl Spreadsheet {
    pub(super) fn open(bytes: Arc<[u8]>) -> Result<Spreadsheet, Failure> {
        let mut package = Package::open(bytes)?;
        let main = package
            .relationships("")?
            .into_iter()
            .find(|found| found.kind.ends_with("/officeDocument"))
            .map_or_else(|| "xl/workbook.xml".to_owned(), |found| found.target);
        let parts = package.relationships(&main)?;
        let of_kind = |kind: &str| {
            let mut found = parts.iter().filter(|part| part.kind.ends_with(kind));
            found.next().map(|part| part.target.clone())
        };
        let mut book = Spreadsheet {
            sheets: Vec::new(),
            strings_part: of_kind("/sharedStrings"),
            strings: Strings::default(),
            formats: match of_kind("/styles") {
                Some(part) if package.find(&part).is_some() => formats(package.xml(&part)?)?,
                _ => Vec::new(),
            },
            results: Results::Computed,
            days_from_1904: false,
            marks: HashMap::new(),
            package,
        };
        book.list(&main, &parts)?;
        Ok(book)
    }

    /// Reads what the workbook's own part says: its sheets, and how its values are to be taken.
    fn list(&mut self, main: &str, parts: &[Relationship]) -> Result<(), Failure> {
        let mut xml = self.package.xml(main)?;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "sheet" => {
                        let id = attribute(&element, "id");
                        let part = parts.iter().find(|part| Some(&part.id) == id.as_ref());
                        let state = attribute(&element, "state");
                        let name = attribute(&element, "name").unwrap_or_default();
                        let part = part.ok_or_else(|| {
                            Failure::damaged(format!("its sheet `{name}` leads nowhere"))
                        })?;
                        let has_cells = part.kind.ends_with("/worksheet");
                        self.sheets.push(Entry {
                            name,
                            is_hidden: state.is_some_and(|state| state != "visible"),
                            part: has_cells.then(|| part.target.clone()),
                        });
                    }
                    "workbookPr" => self.days_from_1904 = is_true(attribute(&element, "date1904")),
                    "calcPr" if is_true(attribute(&element, "fullCalcOnLoad")) => {
                        self.results = Results::Pending;
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// All sheets, in their order.
    pub(super) fn listed(&self) -> Vec<Listed> {
        let sheets = self.sheets.iter();
        let listed = sheets.map(|sheet| Listed {
            name: sheet.name.clone(),
            is_hidden: sheet.is_hidden,
            is_chart: sheet.part.is_none(),
        });
        listed.collect()
    }

    /// Tells what has to be known of a sheet ahead of its cells, and stands elsewhere.
    pub(super) fn mark(&mut self, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Failure> {
        let Some(part) = self.part(sheet)? else {
            return Ok(());
        };
        if !self.marks.contains_key(sheet) {
            let marks = Marks {
                merges: merges(&mut self.package, &part)?,
                totals: totals(&mut self.package, &part)?,
            };
            self.marks.insert(sheet.to_owned(), marks);
        }
        if let Some(marks) = self.marks.get(sheet) {
            rows.merge(marks.merges.iter().copied())?;
            rows.totals(marks.totals.clone());
        }
        Ok(())
    }

    fn part(&self, sheet: &str) -> Result<Option<String>, Failure> {
        let mut sheets = self.sheets.iter();
        let found = sheets.find(|listed| listed.name == sheet);
        let found =
            found.ok_or_else(|| Failure::damaged(format!("its sheet `{sheet}` is not listed")))?;
        Ok(found.part.clone())
    }

    /// The cells of a sheet.
    pub(super) fn cells(&mut self, sheet: &str, rows: &mut Rows<'_>) -> Result<(), Stop> {
        let Some(part) = self.part(sheet)? else {
            return Ok(());
        };
        if let Some(strings) = self.strings_part.take()
            && self.package.find(&strings).is_some()
        {
            self.strings = strings_of(self.package.xml(&strings)?)?;
        }
        let mut walk = Walk {
            xml: self.package.xml(&part)?,
            strings: &self.strings,
            formats: &self.formats,
            results: self.results,
            days_from_1904: self.days_from_1904,
            shared: HashMap::new(),
            value: String::new(),
            formula: String::new(),
        };
        walk.sheet(rows)
    }
}

/// What the number format of each style does, in the order in which cells count them.
fn formats(mut xml: Xml<impl BufRead>) -> Result<Vec<Format>, Failure> {
    let mut own: HashMap<u32, Format> = HashMap::new();
    let mut formats = Vec::new();
    let mut within = false;
    let number = |element: &BytesStart<'_>| {
        attribute(element, "numFmtId").and_then(|id| id.trim().parse::<u32>().ok())
    };
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "numFmt" if formats.is_empty() => {
                    if let (Some(id), Some(code)) =
                        (number(&element), attribute(&element, "formatCode"))
                    {
                        own.entry(id).or_insert_with(|| Format::parse(&code));
                    }
                }
                "cellXfs" => within = true,
                "xf" if within => {
                    let id = number(&element).unwrap_or(0);
                    formats.push(own.get(&id).cloned().unwrap_or_else(|| built_in(id)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().as_ref() == "cellXfs" => within = false,
            Event::Eof => return Ok(formats),
            _ => {}
        }
    }
}
