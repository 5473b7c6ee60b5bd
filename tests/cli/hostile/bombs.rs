//! Small files that say they hold, or unpack to, far more than anyone has room for.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use rust_xlsxwriter::{Format, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{contained, sample};
use crate::reading::{content, fill, ods, ods_row, workbook};
use crate::support::Workdir;

const TEAM: [[&str; 2]; 2] = [["email", "assignee"], ["ann@example.org", "12"]];

/// A workbook whose only sheet has these rows, as XML, below the header and a row.
fn sheet(rows: &str, strings: &str) -> Vec<u8> {
    let cell = |text: &str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    let head: String = TEAM
        .iter()
        .map(|[one, two]| format!("<row>{}{}</row>", cell(one), cell(two)))
        .collect();
    let main = r#"xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main""#;
    let types = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = |list: &[(&str, &str, &str)]| {
        let list: String = list
            .iter()
            .map(|(id, kind, target)| {
                format!(r#"<Relationship Id="{id}" Type="{types}/{kind}" Target="{target}"/>"#)
            })
            .collect();
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{list}</Relationships>"#
        )
    };
    let parts = [
        (
            "_rels/.rels",
            relations(&[("r1", "officeDocument", "xl/workbook.xml")]),
        ),
        (
            "xl/workbook.xml",
            format!(
                r#"<workbook {main} xmlns:r="{types}"><sheets><sheet name="Team" sheetId="1" r:id="r1"/></sheets></workbook>"#
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(&[
                ("r1", "worksheet", "worksheets/sheet1.xml"),
                ("r2", "sharedStrings", "sharedStrings.xml"),
            ]),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst {main}>{strings}</sst>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet {main}><sheetData>{head}{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // Packing takes longer than anything that is tested here.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, content) in parts {
        zip.start_file(name, stored)
            .and_then(|()| Ok(zip.write_all(content.as_bytes())?))
            .expect("the part is written");
    }
    zip.finish().expect("the package is written").into_inner()
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let book = workbook(&[&|sheet| {
        fill(sheet, &TEAM)?;
        sheet.write(1_048_575, 16_383, "z")?;
        Ok(())
    }]);
    let dir = Workdir::with("team.xlsx", book);
    contained(&dir, "team.xlsx")
        .exits(1)
        .says("give 1 contact to a new owner")
        .says("row 1048576");
}

#[test]
fn a_cell_in_the_last_corner_of_an_open_document_costs_nothing() {
    let far = r#"<table:table-row table:number-rows-repeated="1048573"/><table:table-row>
        <table:table-cell table:number-columns-repeated="16383"/>
        <table:table-cell office:value-type="string"><text:p>z</text:p></table:table-cell></table:table-row>"#;
    let table = format!(
        r#"<table:table table:name="Team">{}{}{far}</table:table>"#,
        ods_row("", &TEAM[0]),
        ods_row("", &TEAM[1])
    );
    let dir = Workdir::with("team.ods", ods(&content("", &table)));
    contained(&dir, "team.ods")
        .exits(1)
        .says("give 1 contact to a new owner")
        .says("row 1048576");
}

#[test]
fn a_row_repeated_beyond_the_last_one_is_refused() {
    for count in ["1048576", "4294967295"] {
        let table = format!(
            r#"<table:table table:name="Team">{}{}</table:table>"#,
            ods_row("", &TEAM[0]),
            ods_row(
                &format!(r#"table:number-rows-repeated="{count}""#),
                &TEAM[1]
            )
        );
        let dir = Workdir::with("team.ods", ods(&content("", &table)));
        contained(&dir, "team.ods")
            .is_refused(2)
            .says("outside of what a sheet can hold");
    }
}

#[test]
fn cells_repeated_to_fill_the_whole_sheet_are_refused_by_their_number() {
    let filled = r#"<table:table-row table:number-rows-repeated="1048575"><table:table-cell
        table:number-columns-repeated="16384" office:value-type="float" office:value="1"/></table:table-row>"#;
    let table = format!(
        r#"<table:table table:name="Team">{}{filled}</table:table>"#,
        ods_row("", &TEAM[0])
    );
    let dir = Workdir::with("team.ods", ods(&content("", &table)));
    contained(&dir, "team.ods")
        .is_refused(2)
        .says("has more than 100000000 cells");
}

#[test]
fn a_small_old_workbook_with_a_cell_in_its_last_corner_does_no_harm() {
    let mut bytes = sample("sheetjs_biff8.xls");
    // The last text cell, moved: record, length, row, column.
    let text = memchr_last(&bytes, &[0xFD, 0x00, 0x0A, 0x00])
        .or_else(|| memchr_last(&bytes, &[0x04, 0x02]));
    let at = text.expect("a text cell") + 4;
    bytes[at..at + 4].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x00]);
    let dir = Workdir::with("team.xls", bytes);
    contained(&dir, "team.xls");
}

fn memchr_last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .rposition(|window| window == wanted)
}

/// A million rows, or as many as an unoptimized program reads in the time that it has.
const MANY: u32 = if cfg!(debug_assertions) {
    100_000
} else {
    1_000_000
};

#[test]
fn a_million_empty_styled_rows_are_no_rows() {
    let mut rows = String::new();
    for row in 3..=MANY {
        let _ = write!(rows, r#"<row r="{row}" s="1" customFormat="1"/>"#);
    }
    let dir = Workdir::with("team.xlsx", sheet(&rows, ""));
    contained(&dir, "team.xlsx").exits(0).says("1 row\n");
}

#[test]
fn cells_far_to_the_right_are_refused_by_their_number() {
    let mut rows = String::new();
    for row in 3..=MANY / 10 {
        let _ = write!(rows, r#"<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>"#);
    }
    let dir = Workdir::with("team.xlsx", sheet(&rows, ""));
    contained(&dir, "team.xlsx")
        .is_refused(2)
        .says("has more than 100000000 cells");
}

#[test]
fn one_long_text_in_many_cells_of_a_row_is_refused_with_its_row() {
    let strings = format!("<si><t>{}</t></si>", "x".repeat(1 << 20));
    let cells: String = (0..1000).map(|_| r#"<c t="s"><v>0</v></c>"#).collect();
    let dir = Workdir::with("team.xlsx", sheet(&format!("<row>{cells}</row>"), &strings));
    contained(&dir, "team.xlsx")
        .exits(1)
        .says("give 1 contact to a new owner")
        .says("row 3: the row is longer than 1 MB");
}

#[test]
fn one_long_text_in_many_rows_is_refused_by_its_size() {
    let strings = format!("<si><t>{}</t></si>", "x".repeat(1_000_000));
    let rows = r#"<row><c t="inlineStr"><is><t>a@b.org</t></is></c><c t="inlineStr"><is><t>1</t></is></c><c t="s"><v>0</v></c></row>"#.repeat(20_000);
    let dir = Workdir::with("team.xlsx", sheet(&rows, &strings));
    contained(&dir, "team.xlsx")
        .is_refused(2)
        .says("MiB of text");
}

#[test]
fn a_package_that_unpacks_to_more_than_there_is_room_for_is_refused_by_its_size() {
    let mut book = Workbook::new();
    fill(book.add_worksheet(), &TEAM).expect("a sheet");
    let mut bytes = book.save_to_buffer().expect("a workbook");
    // Every entry of the list of parts: what it says about the size once unpacked.
    let entries: Vec<usize> = (0..bytes.len() - 4)
        .filter(|at| bytes[*at..].starts_with(b"PK\x01\x02"))
        .collect();
    for entry in entries {
        bytes[entry + 24..entry + 28].copy_from_slice(&0x7000_0000_u32.to_le_bytes());
    }
    let dir = Workdir::with("team.xlsx", bytes);
    contained(&dir, "team.xlsx")
        .is_refused(2)
        .says("has more than 2048 MiB when unpacked");
}

#[test]
fn a_small_package_with_an_endless_text_ends_the_reading_process_and_not_this_one() {
    let mut bytes = sheet("", "@@@@");
    let name = b"xl/sharedStrings.xml";
    let strings = deflated_endless(b"<sst><si><t>");
    let (packed, unpacked) = (strings.len() as u32, 1_500_000_000_u32);
    // In place of the part as it is: the packed one, at the end of the file, with a list of parts that says so.
    let end = bytes.len() - 22;
    let list =
        u32::from_le_bytes(bytes[end + 16..end + 20].try_into().expect("four bytes")) as usize;
    let tail = bytes.split_off(list);
    let place = bytes.len() as u32;
    let mut entry = |head: &[u8], fields: &[&[u8]]| {
        bytes.extend(head);
        fields.iter().for_each(|field| bytes.extend(*field));
    };
    let sizes = [
        0_u32.to_le_bytes(),
        packed.to_le_bytes(),
        unpacked.to_le_bytes(),
    ]
    .concat();
    let length = (name.len() as u16).to_le_bytes();
    entry(
        b"PK\x03\x04\x14\0\0\0\x08\0\0\0\x21\0",
        &[&sizes, &length, &[0, 0], name, &strings],
    );
    let list = bytes.len();
    let mut rest = &tail[..];
    while rest.starts_with(b"PK\x01\x02") {
        let size = |at: usize| usize::from(u16::from_le_bytes([rest[at], rest[at + 1]]));
        let (entry, more) = rest.split_at(46 + size(28) + size(30) + size(32));
        let mut entry = entry.to_vec();
        if &entry[46..46 + size(28)] == name {
            entry[8..12].copy_from_slice(&[0, 0, 8, 0]);
            entry[16..28].copy_from_slice(&sizes);
            entry[42..46].copy_from_slice(&place.to_le_bytes());
        }
        bytes.extend(entry);
        rest = more;
    }
    let mut end = rest.to_vec();
    let length = (bytes.len() - list) as u32;
    end[12..16].copy_from_slice(&length.to_le_bytes());
    end[16..20].copy_from_slice(&(list as u32).to_le_bytes());
    bytes.extend(end);
    assert!(bytes.len() < 12 << 20, "the package is small");
    let dir = Workdir::with("team.xlsx", bytes);
    contained(&dir, "team.xlsx")
        .is_refused(2)
        .says("made the reading process fail");
}

/// Some text, and then 1.4 billion times its last letter, as DEFLATE packs it: 13 bits repeat it 258 times.
fn deflated_endless(text: &[u8]) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false]; // the last block, with the usual codes
    for letter in text.iter().chain(b"x") {
        let code = 0x30 + letter;
        bits.extend((0..8).rev().map(|bit| code >> bit & 1 == 1));
    }
    let repeat = [
        true, true, false, false, false, true, false, true, false, false, false, false, false,
    ];
    bits.extend(repeat.iter().cycle().take(13 * 8));
    while !bits.len().is_multiple_of(8) {
        // Any letter, until a byte is full: then the pattern repeats byte by byte.
        let code = 0x30 + b'x';
        bits.extend((0..8).rev().map(|bit| code >> bit & 1 == 1));
        bits.extend(repeat);
    }
    let bytes = |bits: &[bool]| -> Vec<u8> {
        let byte = |bits: &[bool]| {
            bits.iter()
                .rev()
                .fold(0, |byte, bit| byte << 1 | u8::from(*bit))
        };
        bits.chunks(8).map(byte).collect()
    };
    let pattern: Vec<bool> = repeat.iter().copied().cycle().take(13 * 8).collect();
    [bytes(&bits), bytes(&pattern).repeat(700_000)].concat()
}

#[test]
fn a_table_of_styles_does_not_matter() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    fill(sheet, &TEAM).expect("a sheet");
    for row in 0..200 {
        let style = Format::new().set_font_size(f64::from(row) + 1.0);
        sheet.write_blank(row + 10, 0, &style).expect("a cell");
    }
    let dir = Workdir::with("team.xlsx", book.save_to_buffer().expect("a workbook"));
    contained(&dir, "team.xlsx").exits(0).says("1 row\n");
}

#[test]
fn finding_columns_in_the_widest_sheet_takes_memory_by_its_size() {
    let rows = (0..3).map(|row| {
        let cells: Vec<String> = (1..=16_384)
            .map(|cell| (row * 100_000 + cell).to_string())
            .collect();
        cells.join(",") + "\n"
    });
    let dir = Workdir::with("wide.csv", rows.collect::<String>());
    contained(&dir, "wide.csv")
        .exits(2)
        .says("none of the first 50 rows names the columns");
}
