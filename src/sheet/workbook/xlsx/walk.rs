//! The walk through the cells of a sheet.

use std::collections::HashMap;
use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};

use super::super::super::cell_facts::Origin;
use super::super::Failure;
use super::super::cells::{Rows, Stop};
use super::super::formula::origin;
use super::super::merged::place;
use super::super::package::{Xml, attribute, cut_off, is_true, skip};
use super::super::plain_cell::{PlainCell, PlainValue};
use super::super::shown::Format;
use super::super::value::{HIDDEN_FORMULA, Value};
use super::strings::{Strings, plain_text, rich_text, tidy};

/// Whether the results that stand beside formulas are results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Results {
    /// The program that wrote the workbook computed them.
    #[default]
    Computed,
    /// The workbook asks to be computed when it is opened: its writer may have put a zero in place of every result.
    Pending,
}

/// The walk through the cells of a sheet.
pub(super) struct Walk<'a, R> {
    pub(super) xml: Xml<R>,
    pub(super) strings: &'a Strings,
    pub(super) formats: &'a [Format],
    pub(super) results: Results,
    pub(super) days_from_1904: bool,
    /// What formulas that stand once for many cells do, by their number.
    pub(super) shared: HashMap<u32, Origin>,
    pub(super) value: String,
    pub(super) formula: String,
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

/// What a cell says of itself ahead of its value.
#[derive(Clone, Copy)]
struct CellHead {
    place: (u32, u32),
    style: usize,
    kind: Type,
}

impl CellHead {
    /// `next` is where a cell stands that does not say so.
    fn of(element: &BytesStart<'_>, next: (u32, u32)) -> Result<CellHead, Failure> {
        let mut head = CellHead {
            place: next,
            style: 0,
            kind: Type::Unsaid,
        };
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.as_ref() {
                "r" => {
                    let found = place(&attribute.value);
                    head.place =
                        found.ok_or_else(|| Failure::damaged("it has a cell without a place"))?;
                }
                "s" => head.style = attribute.value.trim().parse().unwrap_or(0),
                "t" => head.kind = Type::named(attribute.value.trim())?,
                _ => {}
            }
        }
        Ok(head)
    }
}

/// The number of a row, counted from 1, if it says so, and whether it is hidden.
fn row_head(element: &BytesStart<'_>) -> (Option<u32>, bool) {
    let (mut number, mut is_hidden) = (None, false);
    for attribute in element.attributes().with_checks(false).flatten() {
        let value = attribute.value.trim();
        match attribute.key.as_ref() {
            "r" => number = value.parse::<u32>().ok(),
            "hidden" => is_hidden |= matches!(value, "1" | "true" | "on"),
            // Dragged shut, which shows as little as hiding does.
            "ht" => is_hidden |= value.parse::<f64>().is_ok_and(|height| height == 0.0),
            _ => {}
        }
    }
    (number, is_hidden)
}

/// The columns that an element hides, counted from 0.
fn hidden_columns(element: &BytesStart<'_>) -> Option<(u32, u32)> {
    let number = |name| attribute(element, name)?.trim().parse::<u32>().ok();
    let (first, last) = (number("min")?, number("max")?);
    is_true(attribute(element, "hidden"))
        .then_some((first.saturating_sub(1), last.saturating_sub(1)))
}

impl<R: BufRead> Walk<'_, R> {
    pub(super) fn sheet(&mut self, rows: &mut Rows<'_>) -> Result<(), Stop> {
        let (mut row, mut column) = (0_u32, 0_u32);
        let mut hidden = Vec::new();
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
                    "col" => hidden.extend(hidden_columns(&element)),
                    "sheetData" => rows.hide_columns(&hidden),
                    "c" => {
                        let head = CellHead::of(&element, (row, column))?;
                        (row, column) = head.place;
                        self.cell(head, rows)?;
                        column = column.saturating_add(1);
                        is_behind = true;
                    }
                    "row" => {
                        let (number, is_hidden) = row_head(&element);
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
        let head = CellHead {
            place: at,
            style: cell.style.parse().unwrap_or(0),
            kind,
        };
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
        self.add(head, has_value, Origin::Typed, rows)?;
        Ok(Some(at))
    }

    /// Reads on to the end of the cell whose start was just read.
    fn cell(&mut self, head: CellHead, rows: &mut Rows<'_>) -> Result<(), Stop> {
        self.value.clear();
        let (mut has_value, mut origin) = (false, Origin::Typed);
        loop {
            match self.xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    // The text of such a cell stands in another element.
                    "v" if head.kind != Type::Inline => {
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
                        origin = self.origin(number, head.place.0);
                    }
                    _ => skip(&mut self.xml)?,
                },
                Event::End(_) => break,
                Event::Eof => return Err(cut_off().into()),
                _ => {}
            }
        }
        self.add(head, has_value, origin, rows)
    }

    /// Adds the cell whose value was read.
    fn add(
        &mut self,
        head: CellHead,
        has_value: bool,
        origin: Origin,
        rows: &mut Rows<'_>,
    ) -> Result<(), Stop> {
        let has_formula = origin != Origin::Typed;
        let format = self.formats.get(head.style).unwrap_or(&Format::Plain);
        let kind = match head.kind {
            Type::Unsaid if self.value.is_empty() => Type::Number,
            kind => kind,
        };
        let is_computed = has_value && (kind == Type::Text || !self.value.is_empty());
        let formula = || match self.formula.trim() {
            "" => Value::Formula(HIDDEN_FORMULA.into()),
            _ => Value::Formula((&self.formula).into()),
        };
        let value = match kind {
            _ if has_formula && !is_computed => formula(),
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
            Type::Error => Value::Error((&self.value).into()),
            Type::Date => Value::IsoDate((&self.value).into()),
            Type::Shared => {
                let index = self.value.trim().parse().unwrap_or(usize::MAX);
                let text = self.strings.get(index);
                let text =
                    text.ok_or_else(|| Failure::damaged("it has a cell whose text is missing"))?;
                Value::shown_text(text, format)
            }
            Type::Inline => Value::shown_text(&self.value, format),
            Type::Text => {
                tidy(&mut self.value, 0, true);
                Value::shown_text(&self.value, format)
            }
            Type::Number | Type::Unsaid => match self.value.trim().parse::<f64>() {
                Ok(number) if number == 0.0 && has_formula && self.results == Results::Pending => {
                    // Nobody has computed it: that is what stands there for every formula of such a writer.
                    formula()
                }
                Ok(number) => Value::shown_number(number, format, self.days_from_1904),
                Err(_) if kind == Type::Unsaid => Value::Text((&self.value).into()),
                Err(_) => return Err(Failure::damaged("it has a number that is none").into()),
            },
        };
        rows.cell_from(head.place, &value, origin)
    }

    /// How a cell came by its value whose formula was just read, or stands elsewhere under a number.
    fn origin(&mut self, number: Option<u32>, row: u32) -> Origin {
        match number {
            Some(number) if self.formula.is_empty() => {
                let shared = self.shared.get(&number).copied();
                shared.unwrap_or(Origin::Computed)
            }
            number => {
                let origin = origin(Some(&self.formula), row);
                self.shared.extend(number.map(|number| (number, origin)));
                origin
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::super::super::Batch;
    use super::super::super::Message;
    use super::super::strings::strings_of;
    use super::*;

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

    fn walked(xml: &str, at_hand: usize) -> Result<Vec<Batch>, String> {
        let texts = b"<sst><si><t>Bo</t></si><si><t>Cy</t></si></sst>";
        let strings = strings_of(Xml::new(&texts[..])).map_err(|err| format!("{err:?}"))?;
        let mut batches = Vec::new();
        let mut sink = |message| {
            if let Message::Batch(batch) = message {
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
    }
}
