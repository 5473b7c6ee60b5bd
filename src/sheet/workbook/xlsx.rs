//! XML workbooks, cell by cell as they stand in them.
//!
//! Read without the engine, which gives hidden rows, number formats, formulas and merged ranges only one at a time, each
//! for another walk through the sheet.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use calamine::{ExcelDateTime, ExcelDateTimeType};
use memchr::memmem;
use quick_xml::events::{BytesStart, Event};

use super::super::batch::Origin;
use super::cells::{Rows, Stop, Value, write_number};
use super::formula::is_aggregate;
use super::merged::{Merge, place};
use super::package::{Package, Xml, attribute, is_true, referenced, skip};
use super::plain_cell::{PlainCell, PlainText, PlainValue};
use super::shown::{Format, Seen, built_in};
use super::{Failure, Listed};

/// How many bytes of shared texts a workbook may hold.
const MAX_STRINGS: usize = 1 << 30;

/// Stands for a formula whose text is not to be had, because the workbook keeps it once for many cells, say.
pub(super) const HIDDEN_FORMULA: &str = "=…";

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

/// What stands apart from the cells of a sheet.
struct Marks {
    merges: Vec<Merge>,
    /// The rows that hold the totals of tables, counted from 0.
    totals: Vec<u32>,
}

/// A sheet in the workbook's list.
struct Entry {
    name: String,
    is_hidden: bool,
    /// The part that holds its cells; a chart has none.
    part: Option<String>,
}

/// Whether the results that stand beside formulas are results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Results {
    /// The program that wrote the workbook computed them.
    #[default]
    Computed,
    /// The workbook asks to be computed when it is opened: its writer may have put a zero in place of every result.
    Pending,
}

/// Texts, one after the other in one.
#[derive(Default)]
struct Strings {
    text: String,
    /// Where each ends; it starts where the one before ends.
    ends: Vec<u32>,
}

impl Strings {
    /// Ends the text that was added last.
    fn end(&mut self) -> Result<(), Failure> {
        if self.text.len() > MAX_STRINGS {
            let limit = format!("{} MiB of text", MAX_STRINGS >> 20);
            return Err(Failure::TooLarge(limit));
        }
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)? as usize;
        let start = index.checked_sub(1).map_or(0, |at| self.ends[at] as usize);
        self.text.get(start..end)
    }
}

impl Spreadsheet {
    pub(super) fn open(bytes: Arc<[u8]>) -> Result<Spreadsheet, Failure> {
        let mut package = Package::open(bytes)?;
        let main = relationships(&mut package, "")?
            .into_iter()
            .find(|found| found.kind.ends_with("/officeDocument"))
            .map_or_else(|| "xl/workbook.xml".to_owned(), |found| found.target);
        let parts = relationships(&mut package, &main)?;
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
            stored: String::new(),
        };
        walk.sheet(rows)
    }
}

/// How one part of the package leads to another.
struct Relationship {
    id: String,
    kind: String,
    /// The other part's name.
    target: String,
}

/// Where a part leads; an empty name stands for the package itself.
fn relationships(package: &mut Package, part: &str) -> Result<Vec<Relationship>, Failure> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let list = match folder {
        "" => format!("_rels/{name}.rels"),
        folder => format!("{folder}/_rels/{name}.rels"),
    };
    let mut found = Vec::new();
    if package.find(&list).is_none() {
        return Ok(found);
    }
    let mut xml = package.xml(&list)?;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let target = attribute(&element, "Target").unwrap_or_default();
                found.push(Relationship {
                    id: attribute(&element, "Id").unwrap_or_default(),
                    kind: attribute(&element, "Type").unwrap_or_default(),
                    target: below(folder, &target),
                });
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// The name of the part that `path` leads to from within a folder.
fn below(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = match path.starts_with('/') {
        true => Vec::new(),
        false => folder.split('/').collect(),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
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

fn strings_of(mut xml: Xml<impl BufRead>) -> Result<Strings, Failure> {
    let mut strings = Strings::default();
    // Whether the reader stands right behind the end of a text.
    let mut is_behind = false;
    loop {
        while is_behind && let Some((length, plain)) = PlainText::parse(xml.ahead()) {
            let start = strings.text.len();
            strings.text.push_str(plain.text);
            tidy(&mut strings.text, start, plain.keeps_space);
            xml.take(length);
            strings.end()?;
        }
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "si" => {
                rich_text(&mut xml, &mut strings.text)?;
                strings.end()?;
                is_behind = true;
            }
            Event::Eof => return Ok(strings),
            _ => is_behind = false,
        }
    }
}

/// The text within the element whose start was just read: all its runs, but not how they are pronounced.
fn rich_text(xml: &mut Xml<impl BufRead>, out: &mut String) -> Result<(), Failure> {
    let mut depth = 0_u32;
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" => {
                    let keeps_space =
                        attribute(&element, "space").is_some_and(|how| how == "preserve");
                    let start = out.len();
                    plain_text(xml, out)?;
                    tidy(out, start, keeps_space);
                }
                "rPh" => skip(xml)?,
                _ => depth += 1,
            },
            Event::End(_) => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => return Ok(()),
            },
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

/// Takes white space off what was added from `start` on, unless it is kept, and puts characters in place of `_x000D_`.
fn tidy(text: &mut String, start: usize, keeps_space: bool) {
    if !keeps_space {
        let white = [' ', '\t', '\r', '\n'];
        let end = text[start..].trim_end_matches(white).len();
        text.truncate(start + end);
        let blank = text[start..].len() - text[start..].trim_start_matches(white).len();
        text.drain(start..start + blank);
    }
    if text[start..].contains("_x") {
        let written_out = written_out(&text[start..]);
        text.truncate(start);
        text.push_str(&written_out);
    }
}

/// The text with each `_x000D_` replaced by the character of that number.
fn written_out(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        units.extend(rest[..at].encode_utf16());
        let escape = rest.get(at + 2..at + 6);
        let unit = escape
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'))
            .and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let length = match unit {
            Some(unit) => {
                units.push(unit);
                7
            }
            None => {
                units.extend("_x".encode_utf16());
                2
            }
        };
        rest = &rest[at + length..];
    }
    units.extend(rest.encode_utf16());
    String::from_utf16_lossy(&units)
}

/// The text of the element whose start was just read, which has no others in it.
fn plain_text(xml: &mut Xml<impl BufRead>, out: &mut String) -> Result<(), Failure> {
    loop {
        match xml.next()? {
            Event::Text(piece) => out.push_str(&piece.xml10_content()),
            Event::CData(piece) => out.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => match referenced(&reference) {
                Some(char) => out.push(char),
                None => return Err(Failure::damaged("it has a reference to nothing")),
            },
            Event::Start(_) => skip(xml)?,
            Event::End(_) => return Ok(()),
            Event::Eof => return Err(cut_off()),
            _ => {}
        }
    }
}

fn cut_off() -> Failure {
    Failure::damaged("its XML is cut off or not well-formed")
}

/// The merged ranges of a sheet. They follow its cells, which are unpacked for it and not looked at.
fn merges(package: &mut Package, part: &str) -> Result<Vec<Merge>, Failure> {
    const END: &[u8] = b"sheetData>";
    let mut input = BufReader::with_capacity(1 << 16, package.part(part)?);
    let finder = memmem::Finder::new(END);
    let mut tail: Vec<u8> = Vec::new();
    let behind = loop {
        let piece = input.fill_buf().map_err(|_| cut_off())?;
        if piece.is_empty() {
            return Ok(Vec::new()); // cut off, or without cells, which is said elsewhere
        }
        let length = piece.len();
        tail.extend_from_slice(piece);
        input.consume(length);
        // The first one ends the start of the element, unless that says more.
        let mut found = finder.find_iter(&tail);
        let end = found.find(|at| is_closing(&tail[..*at]));
        if let Some(at) = end {
            break tail.split_off(at + END.len());
        }
        let kept = tail.len().min(64);
        tail.drain(..tail.len() - kept);
    };
    let mut xml = Xml::fragment(BufReader::new(Cursor::new(behind).chain(input)));
    let mut merges = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "mergeCell" => {
                let reference = attribute(&element, "ref").unwrap_or_default();
                merges.extend(Merge::parse(reference.trim()));
            }
            Event::Eof => return Ok(merges),
            _ => {}
        }
    }
}

/// Whether the tag that these bytes begin is the end of an element: `</`, or `</` and a prefix.
fn is_closing(before: &[u8]) -> bool {
    let tag = before.iter().rposition(|byte| *byte == b'<');
    tag.is_some_and(|at| before.get(at + 1) == Some(&b'/'))
}

/// The rows that hold the totals of the tables on a sheet, counted from 0.
fn totals(package: &mut Package, part: &str) -> Result<Vec<u32>, Failure> {
    let mut rows = Vec::new();
    for table in relationships(package, part)? {
        if !table.kind.ends_with("/table") || package.find(&table.target).is_none() {
            continue;
        }
        let mut xml = package.xml(&table.target)?;
        loop {
            match xml.next()? {
                Event::Start(element) if element.local_name().as_ref() == "table" => {
                    let count = attribute(&element, "totalsRowCount");
                    let count: u32 = count
                        .and_then(|count| count.trim().parse().ok())
                        .unwrap_or(0);
                    let range = attribute(&element, "ref").and_then(|range| Merge::parse(&range));
                    if let Some(Merge {
                        rows: (first, last),
                        ..
                    }) = range
                    {
                        // A table has one at most.
                        rows.extend((first..=last).rev().take(count.min(1) as usize));
                    }
                    break;
                }
                Event::Eof => break,
                _ => {}
            }
        }
    }
    Ok(rows)
}

/// The walk through the cells of a sheet.
struct Walk<'a, R> {
    xml: Xml<R>,
    strings: &'a Strings,
    formats: &'a [Format],
    results: Results,
    days_from_1904: bool,
    /// Formulas that stand once for many cells, by their number: whether they are aggregates.
    shared: HashMap<u32, bool>,
    value: String,
    formula: String,
    stored: String,
}

/// What a cell's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    Number,
    /// A number, or text for want of it.
    Unsaid,
    Shared,
    Inline,
    /// The text that a formula came to.
    Text,
    Boolean,
    Error,
    Date,
}

impl Type {
    fn named(name: &str) -> Result<Type, Failure> {
        Ok(match name {
            "n" => Type::Number,
            "s" => Type::Shared,
            "inlineStr" | "is" => Type::Inline,
            "str" => Type::Text,
            "b" => Type::Boolean,
            "e" => Type::Error,
            "d" => Type::Date,
            _ => {
                return Err(Failure::damaged(
                    "it has a cell of a type that does not exist",
                ));
            }
        })
    }
}

/// Whether a cell has a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Has {
    Nothing,
    Formula { is_aggregate: bool },
}

impl<R: BufRead> Walk<'_, R> {
    fn sheet(&mut self, rows: &mut Rows<'_>) -> Result<(), Stop> {
        let (mut row, mut column) = (0_u32, 0_u32);
        let mut hidden_columns = Vec::new();
        // Whether the reader stands right behind a tag, where a cell may follow.
        let mut is_behind = false;
        loop {
            while is_behind && let Some(found) = self.plain_cell(rows)? {
                row = found.0;
                column = found.1.saturating_add(1);
            }
            let opens = self.xml.opens();
            is_behind = false;
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "col" => {
                        let number = |name| attribute(&element, name)?.trim().parse::<u32>().ok();
                        let hidden = attribute(&element, "hidden");
                        let is_hidden =
                            hidden.is_some_and(|on| matches!(on.trim(), "1" | "true" | "on"));
                        if let (true, Some(first), Some(last)) =
                            (is_hidden, number("min"), number("max"))
                        {
                            hidden_columns.push((first.saturating_sub(1), last.saturating_sub(1)));
                        }
                    }
                    "sheetData" => rows.hide_columns(&hidden_columns),
                    "c" => {
                        let (mut style, mut kind) = (0, Type::Unsaid);
                        for attribute in element.attributes().with_checks(false).flatten() {
                            match attribute.key.as_ref() {
                                "r" => {
                                    (row, column) = place(&attribute.value).ok_or_else(|| {
                                        Failure::damaged("it has a cell without a place")
                                    })?;
                                }
                                "s" => style = attribute.value.trim().parse().unwrap_or(0),
                                "t" => kind = Type::named(attribute.value.trim())?,
                                _ => {}
                            }
                        }
                        self.cell((row, column), style, kind, rows)?;
                        column = column.saturating_add(1);
                        is_behind = true;
                    }
                    "row" => {
                        let (mut number, mut is_hidden) = (None, false);
                        for attribute in element.attributes().with_checks(false).flatten() {
                            let value = attribute.value.trim();
                            match attribute.key.as_ref() {
                                "r" => number = value.parse::<u32>().ok(),
                                "hidden" => is_hidden |= matches!(value, "1" | "true" | "on"),
                                // Dragged shut, which shows as little as hiding does.
                                "ht" => {
                                    is_hidden |=
                                        value.parse::<f64>().is_ok_and(|height| height == 0.0);
                                }
                                _ => {}
                            }
                        }
                        if let Some(number) = number {
                            row = number.saturating_sub(1);
                        }
                        column = 0;
                        if is_hidden {
                            rows.hide(row..=row)?;
                        }
                        is_behind = opens;
                    }
                    _ => {}
                },
                Event::End(element) => match element.local_name().as_ref() {
                    "row" => {
                        row = row.saturating_add(1);
                        column = 0;
                    }
                    "sheetData" => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err(cut_off().into()),
                _ => {}
            }
        }
    }

    /// Reads a cell in the usual form, if one comes next, and tells where it stands.
    fn plain_cell(&mut self, rows: &mut Rows<'_>) -> Result<Option<(u32, u32)>, Stop> {
        let Some(cell) = PlainCell::parse(self.xml.ahead()) else {
            return Ok(None);
        };
        let kind = cell.kind.map_or(Ok(Type::Unsaid), Type::named);
        let (Some(at), Ok(kind)) = (place(cell.place), kind) else {
            return Ok(None); // what is wrong is said by the careful way
        };
        let style = cell.style.parse().unwrap_or(0);
        self.value.clear();
        let has_value = match (cell.value, kind) {
            (PlainValue::Stored(value), kind) if kind != Type::Inline => {
                self.value.push_str(value);
                true
            }
            (PlainValue::Inline(plain), _) => {
                self.value.push_str(plain.text);
                tidy(&mut self.value, 0, plain.keeps_space);
                true
            }
            _ => false,
        };
        let length = cell.length;
        self.xml.take(length);
        self.add(at, style, kind, has_value, Has::Nothing, rows)?;
        Ok(Some(at))
    }

    /// Reads on to the end of the cell whose start was just read.
    fn cell(
        &mut self,
        place: (u32, u32),
        style: usize,
        kind: Type,
        rows: &mut Rows<'_>,
    ) -> Result<(), Stop> {
        self.value.clear();
        let (mut has_value, mut has) = (false, Has::Nothing);
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    // The text of such a cell stands in another element.
                    "v" if kind != Type::Inline => {
                        has_value = true;
                        plain_text(&mut self.xml, &mut self.value)?;
                    }
                    "is" => {
                        has_value = true;
                        rich_text(&mut self.xml, &mut self.value)?;
                    }
                    "f" => {
                        let number = attribute(&element, "si");
                        let number = number.and_then(|number| number.trim().parse().ok());
                        self.formula.clear();
                        plain_text(&mut self.xml, &mut self.formula)?;
                        has = Has::Formula {
                            is_aggregate: self.is_aggregate(number, place.0),
                        };
                    }
                    _ => skip(&mut self.xml)?,
                },
                Event::End(_) => break,
                Event::Eof => return Err(cut_off().into()),
                _ => {}
            }
        }
        self.add(place, style, kind, has_value, has, rows)
    }

    /// Adds the cell whose value was read.
    fn add(
        &mut self,
        place: (u32, u32),
        style: usize,
        kind: Type,
        has_value: bool,
        has: Has,
        rows: &mut Rows<'_>,
    ) -> Result<(), Stop> {
        let origin = match has {
            Has::Nothing => Origin::Typed,
            Has::Formula {
                is_aggregate: false,
            } => Origin::Computed,
            Has::Formula { is_aggregate: true } => Origin::Aggregate,
        };
        let format = self.formats.get(style).unwrap_or(&Format::Plain);
        let kind = match kind {
            Type::Unsaid if self.value.is_empty() => Type::Number,
            kind => kind,
        };
        let is_computed = has_value && (kind == Type::Text || !self.value.is_empty());
        let value = match kind {
            _ if has != Has::Nothing && !is_computed => Value::Formula(match self.formula.trim() {
                "" => HIDDEN_FORMULA,
                _ => &self.formula,
            }),
            _ if self.value.is_empty() => Value::Empty,
            Type::Boolean => match self.value.trim() {
                "" => Value::Empty,
                "1" => Value::Boolean(true),
                "0" => Value::Boolean(false),
                word if word.eq_ignore_ascii_case("true") => Value::Boolean(true),
                word if word.eq_ignore_ascii_case("false") => Value::Boolean(false),
                _ => {
                    return Err(
                        Failure::damaged("it has a cell that is neither true nor false").into(),
                    );
                }
            },
            Type::Error => Value::Error(self.value.clone()),
            Type::Date => Value::IsoDate(&self.value),
            Type::Shared => {
                let index = self.value.trim().parse().unwrap_or(usize::MAX);
                let text = self.strings.get(index);
                let text =
                    text.ok_or_else(|| Failure::damaged("it has a cell whose text is missing"))?;
                shown_text(text, format, &mut self.stored)
            }
            Type::Inline => shown_text(&self.value, format, &mut self.stored),
            Type::Text => {
                tidy(&mut self.value, 0, true);
                shown_text(&self.value, format, &mut self.stored)
            }
            Type::Number | Type::Unsaid => match self.value.trim().parse::<f64>() {
                Ok(number)
                    if number == 0.0 && has != Has::Nothing && self.results == Results::Pending =>
                {
                    // Nobody has computed it: that is what stands there for every formula of such a writer.
                    Value::Formula(match self.formula.trim() {
                        "" => HIDDEN_FORMULA,
                        _ => &self.formula,
                    })
                }
                Ok(number) => shown_number(number, format, self.days_from_1904, &mut self.stored),
                Err(_) if kind == Type::Unsaid => Value::Text(&self.value),
                Err(_) => return Err(Failure::damaged("it has a number that is none").into()),
            },
        };
        rows.cell_from(place, &value, origin)
    }

    /// Whether the formula that was just read, or the one that it stands for, is an aggregate of what stands above.
    fn is_aggregate(&mut self, number: Option<u32>, row: u32) -> bool {
        match number {
            Some(number) if self.formula.is_empty() => {
                self.shared.get(&number).copied().unwrap_or(false)
            }
            number => {
                let found = is_aggregate(&self.formula, row);
                if let Some(number) = number {
                    self.shared.insert(number, found);
                }
                found
            }
        }
    }
}

/// What is seen of a text in a format.
pub(super) fn shown_text<'a>(text: &'a str, format: &Format, stored: &'a mut String) -> Value<'a> {
    match format.text(text) {
        Seen::Stored => Value::Text(text),
        Seen::Unknown => Value::Unshown(text),
        Seen::Text(shown) => {
            *stored = shown;
            Value::Shown(stored)
        }
    }
}

/// What is seen of a number in a format.
pub(super) fn shown_number<'a>(
    number: f64,
    format: &Format,
    days_from_1904: bool,
    stored: &'a mut String,
) -> Value<'a> {
    let date = |kind| Value::Date(ExcelDateTime::new(number, kind, days_from_1904));
    match format {
        Format::Plain => Value::Number(number),
        Format::Date => date(ExcelDateTimeType::DateTime),
        Format::Duration => date(ExcelDateTimeType::TimeDelta),
        Format::Adding(_) | Format::Unknown => {
            stored.clear();
            write_number(number, stored);
            match format.number(number, stored) {
                Seen::Stored => Value::Number(number),
                Seen::Unknown => Value::Unshown(stored),
                Seen::Text(shown) => {
                    *stored = shown;
                    Value::Shown(stored)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;
    use proptest::sample::select;

    /// A cell's element; `@` stands for its place.
    const CELLS: [&str; 16] = [
        "<c r=\"@\" t=\"s\"><v>1</v></c>",
        "<c r=\"@\" s=\"1\"><v>60123456701</v></c>",
        "<c r=\"@\"><v>12</v></c>",
        "\n   <c r=\"@\" t=\"n\"><v>1.5</v></c>\n",
        "<c r=\"@\" t=\"inlineStr\"><is><t> Ann _x0041_ </t></is></c>",
        "<c r=\"@\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> Ann </t></is></c>",
        "<c r=\"@\" t=\"inlineStr\"><is><r><t>A</t></r><r><t>nn</t></r></is></c>",
        "<c r=\"@\" t=\"inlineStr\"><v>5</v></c>",
        "<c r=\"@\" t=\"str\"><v>a&amp;b</v></c>",
        "<c r=\"@\" t=\"str\"><v><![CDATA[a]]></v></c>",
        "<c r=\"@\" t=\"b\"><v>1</v></c>",
        "<c r=\"@\" t=\"str\"><f>A1</f><v>x</v></c>",
        "<c r=\"@\"><f>SUM(A1:A2)</f><v>7</v></c>",
        "<c r=\"@\" s=\"1\"/>",
        "<c r=\"@\" t=\"e\"><v>#N/A</v></c>",
        "<c r='@' t='d'><v>2024-06-30</v></c>",
    ];

    fn walked(xml: &str, at_hand: usize) -> Result<Vec<super::super::super::Batch>, String> {
        let mut strings = Strings::default();
        for text in ["Bo", "Cy"] {
            strings.text.push_str(text);
            strings.end().map_err(|err| format!("{err:?}"))?;
        }
        let mut batches = Vec::new();
        let mut sink = |message| {
            if let super::super::Message::Batch(batch) = message {
                batches.push(batch);
            }
            true
        };
        let mut rows = Rows::new(&mut sink);
        let mut walk = Walk {
            xml: Xml::new(BufReader::with_capacity(at_hand, xml.as_bytes())),
            strings: &strings,
            formats: &[Format::Plain, Format::parse("\"+\"0")],
            results: Results::Computed,
            days_from_1904: false,
            shared: HashMap::new(),
            value: String::new(),
            formula: String::new(),
            stored: String::new(),
        };
        let read = walk.sheet(&mut rows).and_then(|()| rows.finish());
        match read {
            Ok(()) => Ok(batches),
            Err(Stop::Unheard) => Err("unheard".to_owned()),
            Err(Stop::Failed(failure)) => Err(format!("{failure:?}")),
        }
    }

    proptest! {
        #[test]
        fn cells_read_fast_say_the_same_as_read_with_care(
            rows in proptest::collection::vec(
                (proptest::collection::vec(select(&CELLS[..]), 0..5), select(vec!["", " hidden=\"1\"", " spans=\"1:3\""])),
                0..6,
            ),
            at_hand in 1..200_usize,
        ) {
            let mut xml = "<worksheet><sheetData>".to_owned();
            for (number, (cells, more)) in (1..).zip(&rows) {
                if cells.is_empty() {
                    xml += &format!("<row r=\"{number}\"{more}/>");
                    continue;
                }
                xml += &format!("<row r=\"{number}\"{more}>");
                for (column, cell) in ('A'..).zip(cells) {
                    xml += &cell.replace('@', &format!("{column}{number}"));
                }
                xml += "</row>";
            }
            xml += "</sheetData></worksheet>";
            // With one byte at hand, no cell is ever whole.
            let careful = walked(&xml, 1);
            prop_assert!(careful.is_ok(), "{:?}", careful);
            prop_assert_eq!(&walked(&xml, 1 << 16), &careful);
            prop_assert_eq!(&walked(&xml, at_hand), &careful);
        }

        #[test]
        fn shared_texts_read_fast_are_the_same_as_read_with_care(
            texts in proptest::collection::vec(select(vec![
                "<si><t>Ann</t></si>",
                "<si><t> Ann </t></si>",
                "<si><t xml:space=\"preserve\"> Ann </t></si>",
                "<si><t/></si>",
                "<si/>",
                "<si><r><t>A</t></r><r><t>nn</t></r></si>",
                "\n<si><t>a&lt;b _x000D_</t></si>\n",
                "<si><t>x</t><rPh sb=\"0\" eb=\"1\"><t>y</t></rPh></si>",
            ]), 0..8),
            at_hand in 1..100_usize,
        ) {
            let xml = format!("<sst>{}</sst>", texts.concat());
            let read = |at_hand| {
                let strings = strings_of(Xml::new(BufReader::with_capacity(at_hand, xml.as_bytes())));
                strings.map(|strings| (strings.text, strings.ends)).map_err(|err| format!("{err:?}"))
            };
            let careful = read(1);
            prop_assert!(careful.is_ok());
            prop_assert_eq!(&read(1 << 16), &careful);
            prop_assert_eq!(&read(at_hand), &careful);
        }
    }

    #[test]
    fn a_part_is_found_from_the_folder_of_the_one_that_leads_to_it() {
        for (folder, path, expected) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            (
                "xl",
                "/xl/worksheets/sheet1.xml",
                "xl/worksheets/sheet1.xml",
            ),
            (
                "xl/worksheets",
                "../tables/table1.xml",
                "xl/tables/table1.xml",
            ),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
        ] {
            assert_eq!(below(folder, path), expected);
        }
    }

    #[test]
    fn characters_that_stand_as_numbers_are_written_out() {
        assert_eq!(written_out("a_x000D_b"), "a\rb");
        assert_eq!(written_out("_xD83D__xDE00_"), "\u{1F600}");
        assert_eq!(written_out("_x005F_x000D_"), "_x000D_");
        assert_eq!(written_out("my_xylophone_x"), "my_xylophone_x");
    }
}
