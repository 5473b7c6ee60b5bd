//! The rows: the first of them as a table that needs nothing, all of them as data that the page's script shows.

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use crate::outcome::Status;

use super::escape::{InScript, Text, visible};
use super::problems::Problems;
use super::{Detail, Report, ReportRow, status_look};
use crate::wording;

/// How many rows stand in the page itself.
const FIRST: usize = 50;
/// How many rows a browser can take as data without growing slow.
const MOST: usize = 200_000;

/// A column: its name, and how its cells are kept in the data.
struct Column<'a> {
    name: &'a str,
    kind: &'static str,
}

const OURS: [Column<'static>; 7] = [
    Column::ours("Row", "number"),
    Column::ours("Contact", "text"),
    Column::ours("Status", "status"),
    Column::ours("Previous owner", "coded"),
    Column::ours("New owner", "coded"),
    Column::ours("When", "text"),
    Column::ours("Remark", "coded"),
];

impl Column<'static> {
    const fn ours(name: &'static str, kind: &'static str) -> Column<'static> {
        Column { name, kind }
    }
}

/// The rows of a report, as far as they may be shown.
pub(super) struct RowsTable<'a> {
    report: &'a Report,
    problems: &'a Problems,
}

/// Words that stand in many rows, kept once.
#[derive(Default)]
struct Dictionary {
    words: Vec<String>,
    places: HashMap<String, usize>,
}

impl Dictionary {
    fn place(&mut self, word: String) -> usize {
        *self.places.entry(word).or_insert_with_key(|word| {
            self.words.push(word.clone());
            self.words.len() - 1
        })
    }
}

impl<'a> RowsTable<'a> {
    pub(super) fn new(report: &'a Report, problems: &'a Problems) -> RowsTable<'a> {
        RowsTable { report, problems }
    }

    fn columns(&self) -> impl Iterator<Item = Column<'a>> {
        let own = self
            .report
            .own
            .iter()
            .filter(|_| self.report.detail == Detail::Full);
        let own = own.map(|name| Column {
            name: name.as_str(),
            kind: "text",
        });
        OURS.into_iter().chain(own)
    }

    /// The cells as text, ours first.
    fn cells(&self, row: &'a ReportRow) -> ([String; OURS.len()], &'a [String]) {
        let record = &row.record;
        let people = &self.report.people;
        let label = |assignee: Option<&_>| {
            visible(
                &assignee
                    .map(|assignee| people.label(assignee))
                    .unwrap_or_default(),
            )
        };
        let ours = [
            record.row.to_string(),
            visible(
                &record
                    .contact
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            ),
            status_look::title(record.status),
            label(record.owner_before()),
            label(record.assignee.as_ref()),
            record.at.as_deref().map(moment).unwrap_or_default(),
            self.remark(row),
        ];
        let own = match self.report.detail {
            Detail::Full => row.own.as_slice(),
            Detail::None => &[],
        };
        (ours, own)
    }

    /// What is said about a row. Sentences quote its cells, so they are shown only where the cells are.
    fn remark(&self, row: &ReportRow) -> String {
        let record = &row.record;
        match (self.report.detail, &record.error) {
            (Detail::Full, Some(error)) => visible(error),
            _ => {
                let codes = record.codes.iter();
                let meanings: Vec<&str> = codes.map(|code| code.meaning()).collect();
                meanings.join("; ")
            }
        }
    }

    /// The whole section.
    pub(super) fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let total = self.report.rows.len();
        write!(
            to,
            "<div id=\"rows\">\n\
             <div class=\"tools\" id=\"tools\" hidden>\
             <label class=\"search\">Search <input type=\"search\" id=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>\
             <label>Status <select id=\"status\"><option value=\"\">All</option>"
        )?;
        for (status, count) in self.report.tally().iter() {
            write!(
                to,
                "<option value=\"{}\">{} ({})</option>",
                status as usize,
                status_look::title(status),
                wording::number(count)
            )?;
        }
        writeln!(
            to,
            "</select></label><button type=\"button\" id=\"only\" class=\"only\" hidden></button>\
             <output id=\"count\" role=\"status\" aria-live=\"polite\"></output></div>"
        )?;
        if total > MOST {
            write!(
                to,
                "<p>The first {} rows; the results file has all {}.</p>",
                wording::number(MOST),
                wording::number(total)
            )?;
        }
        if total > FIRST {
            write!(
                to,
                "<p class=\"still\" id=\"still\">These are the first {FIRST} of {} rows. The others can be looked through in \
                 a browser that runs the script of this page.</p>",
                wording::number(total)
            )?;
        }
        write!(
            to,
            "<div class=\"viewport\" id=\"viewport\" tabindex=\"0\" role=\"region\" aria-label=\"Table of all rows\">\
             <table class=\"rows\" id=\"table\" aria-rowcount=\"{}\" aria-describedby=\"count\"><thead><tr aria-rowindex=\"1\">",
            total.min(MOST) + 1
        )?;
        for column in self.columns() {
            write!(
                to,
                "<th scope=\"col\" class=\"{}\">{}</th>",
                column.kind,
                Text(column.name)
            )?;
        }
        to.write_all(b"</tr></thead><tbody>\n")?;
        for (row, place) in self.report.rows.iter().zip(2..).take(FIRST) {
            self.still(row, place, to)?;
        }
        to.write_all(b"</tbody></table></div>\n<dialog id=\"detail\" aria-labelledby=\"detail-title\"><h3 id=\"detail-title\"></h3><dl></dl><form method=\"dialog\"><button>Close</button></form></dialog>\n</div>\n")?;
        self.data(to)
    }

    /// A row that needs no script.
    fn still(&self, row: &'a ReportRow, place: usize, to: &mut impl Write) -> io::Result<()> {
        let (ours, own) = self.cells(row);
        write!(to, "<tr aria-rowindex=\"{place}\">")?;
        for (cell, column) in ours.iter().zip(OURS) {
            if column.kind == "status" {
                let tone = status_look::tone(row.record.status);
                write!(
                    to,
                    "<td class=\"status\"><span class=\"chip {tone}\">{}</span></td>",
                    Text(cell)
                )?;
            } else {
                write!(
                    to,
                    "<td class=\"{}\"><bdi>{}</bdi></td>",
                    column.kind,
                    Text(cell)
                )?;
            }
        }
        for cell in own {
            write!(to, "<td><bdi>{}</bdi></td>", Text(cell))?;
        }
        to.write_all(b"</tr>\n")
    }

    /// All rows as JSON that a script reads and nothing runs.
    fn data(&self, to: &mut impl Write) -> io::Result<()> {
        to.write_all(b"<script type=\"application/json\" id=\"data\">")?;
        let mut json = InScript(&mut *to);
        let columns: Vec<Value> = self
            .columns()
            .map(|column| json!([visible(column.name), column.kind]))
            .collect();
        let statuses = Status::ALL
            .map(|status| json!([status_look::title(status), status_look::tone(status)]));
        let reasons: Vec<&str> = self
            .problems
            .groups
            .iter()
            .map(|group| group.reason)
            .collect();
        write!(json, "{{\"columns\":")?;
        serde_json::to_writer(&mut json, &columns)?;
        json.write_all(b",\"statuses\":")?;
        serde_json::to_writer(&mut json, &statuses)?;
        json.write_all(b",\"reasons\":")?;
        serde_json::to_writer(&mut json, &reasons)?;
        json.write_all(b",\"rows\":[")?;
        let mut dictionary = Dictionary::default();
        for (place, row) in self.report.rows.iter().enumerate().take(MOST) {
            let (ours, own) = self.cells(row);
            let mut values: Vec<Value> = Vec::with_capacity(ours.len() + own.len() + 1);
            for (cell, column) in ours.into_iter().zip(OURS) {
                values.push(match column.kind {
                    "number" => json!(row.record.row),
                    "status" => json!(row.record.status as usize),
                    "coded" => json!(dictionary.place(cell)),
                    _ => json!(cell),
                });
            }
            values.extend(own.iter().map(|cell| json!(visible(cell))));
            values.push(json!(self.problems.of_row[place]));
            if place > 0 {
                json.write_all(b",\n")?;
            }
            serde_json::to_writer(&mut json, &values)?;
        }
        json.write_all(b"],\"words\":")?;
        serde_json::to_writer(&mut json, &dictionary.words)?;
        json.write_all(b"}")?;
        to.write_all(b"</script>\n")
    }
}

/// `2026-06-30 14:02:11` of a time with `T` and offset; anything else as it is.
fn moment(at: &str) -> String {
    match (at.get(..10), at.get(10..11), at.get(11..19)) {
        (Some(day), Some("T"), Some(time)) => format!("{day} {time}"),
        _ => visible(at),
    }
}
