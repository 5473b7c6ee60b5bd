use std::io::Write as _;

use proptest::prelude::*;
use tempfile::NamedTempFile;

use super::super::{
    ByteOrderMark, Error, Flaw, MAX_ROW_BYTES, Plain as PlainText, Sheet, Source, TextWriter,
    unguard,
};
use super::*;

/// A row as a test looks at it: its number, its cells, its flaw.
type Plain = (u32, Vec<String>, Option<Flaw>);

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(content).expect("the file takes bytes");
    file
}

fn rows_with(content: &[u8], options: &Options) -> Vec<Plain> {
    let file = file(content);
    let sheet = Sheet::open(file.path(), options).expect("the sheet opens");
    all_rows(&sheet)
}

#[test]
fn the_file_that_was_described_is_read_without_opening_it_again() {
    let file = file(b"Phone,Owner\n+60123456701,101\n");
    let sheet = Sheet::open(file.path(), &Options::default()).expect("the sheet opens");
    file.close().expect("a file that can be removed");
    assert_eq!(all_rows(&sheet).len(), 2);
    assert!(
        sheet.batches().is_err(),
        "the second pass opens what is there by then"
    );
}

fn all_rows(sheet: &Sheet) -> Vec<Plain> {
    let mut rows = Vec::new();
    for batch in sheet.batches().expect("the file is still there") {
        let batch = batch.expect("the file did not change");
        rows.extend(batch.rows().map(|row| {
            (
                row.number(),
                row.cells().map(str::to_owned).collect(),
                row.flaw().cloned(),
            )
        }));
    }
    rows
}

fn rows(content: impl AsRef<[u8]>) -> Vec<Plain> {
    rows_with(content.as_ref(), &Options::default())
}

/// Numbers and cells of rows that must have no flaw.
fn sound(content: impl AsRef<[u8]>) -> Vec<(u32, Vec<String>)> {
    rows(content)
        .into_iter()
        .map(|(number, cells, flaw)| {
            assert_eq!(flaw, None, "row {number}");
            (number, cells)
        })
        .collect()
}

/// A row that has a flaw, or none.
fn found(number: u32, cells: &[&str], flaw: impl Into<Option<Flaw>>) -> Plain {
    let (number, cells) = row(number, cells);
    (number, cells, flaw.into())
}

fn row(number: u32, cells: &[&str]) -> (u32, Vec<String>) {
    (
        number,
        cells.iter().map(|cell| (*cell).to_owned()).collect(),
    )
}

#[test]
fn blank_lines_count_as_rows() {
    for ending in ["\n", "\r\n", "\r"] {
        let text = format!("a,b{ending}{ending}1,2{ending}{ending}{ending}3,4{ending}");
        let expected = [
            row(1, &["a", "b"]),
            row(2, &[]),
            row(3, &["1", "2"]),
            row(4, &[]),
            row(5, &[]),
            row(6, &["3", "4"]),
        ];
        assert_eq!(sound(text), expected, "{ending:?}");
    }
}

#[test]
fn a_cell_with_line_breaks_is_one_row() {
    assert_eq!(
        sound("a,b\r\n\"x\r\n\r\ny\",1\r\nz,2\r\n"),
        [
            row(1, &["a", "b"]),
            row(2, &["x\r\n\r\ny", "1"]),
            row(3, &["z", "2"])
        ]
    );
}

#[test]
fn the_last_line_needs_no_end() {
    assert_eq!(
        sound("a,b\n1,2"),
        [row(1, &["a", "b"]), row(2, &["1", "2"])]
    );
    assert_eq!(
        sound("a,b\n1,\"2\""),
        [row(1, &["a", "b"]), row(2, &["1", "2"])]
    );
    assert_eq!(sound("a,b\n1,"), [row(1, &["a", "b"]), row(2, &["1", ""])]);
}

#[test]
fn too_few_and_too_many_cells_are_given_as_they_are() {
    assert_eq!(
        sound("a,b\n1\n1,2,3\n"),
        [
            row(1, &["a", "b"]),
            row(2, &["1"]),
            row(3, &["1", "2", "3"])
        ]
    );
}

#[test]
fn a_quote_that_is_never_closed_costs_only_its_row() {
    let read = rows("a,b\n1,\"2\n3,4\n5,6\n");
    assert_eq!(read[1], found(2, &["1", "\"2"], Flaw::UnclosedQuote));
    assert_eq!(read[2], found(3, &["3", "4"], None));
    assert_eq!(read[3], found(4, &["5", "6"], None));
}

#[test]
fn a_quote_that_is_closed_by_the_opening_of_another_costs_only_its_row() {
    let read = rows("a,b\n1,\"2\n3,\"4\"\n\"5\",6\n");
    assert_eq!(read[1].2, Some(Flaw::UnclosedQuote));
    assert_eq!(read[2], found(3, &["3", "4"], None));
    assert_eq!(read[3], found(4, &["5", "6"], None));
    assert_eq!(read.len(), 4);
}

#[test]
fn an_unclosed_quote_at_the_very_end_has_a_flaw_too() {
    assert_eq!(
        rows("a,b\n1,\"2").pop(),
        Some(found(2, &["1", "\"2"], Flaw::UnclosedQuote))
    );
}

#[test]
fn quotes_inside_a_cell_of_one_line_are_put_up_with() {
    assert_eq!(
        sound("a,b,c\n1,\"D \"the\" D\",2\n3,5\" nail,4\n")[1..],
        [
            row(2, &["1", "D the\" D\"", "2"]),
            row(3, &["3", "5\" nail", "4"])
        ]
    );
}

#[test]
fn an_unclosed_quote_far_from_the_end_does_not_swallow_what_follows() {
    let mut text = "a,b\n1,\"2\n".to_owned();
    let rest = 3 * MAX_ROW_BYTES / 8;
    text.extend((0..rest).map(|_| "123,567\n"));
    let read = rows(text);
    assert_eq!(read.len(), rest + 2);
    assert_eq!(read.iter().filter(|row| row.2.is_some()).count(), 1);
}

#[test]
fn a_row_without_end_is_named_and_the_next_one_is_read() {
    let mut text = b"a,b\n".to_vec();
    text.resize(text.len() + MAX_ROW_BYTES + 5, b'x');
    text.extend(b",1\n3,4\n");
    let read = rows(text);
    assert_eq!(read[1], found(2, &[], Flaw::TooLong));
    assert_eq!(read[2], found(3, &["3", "4"], None));
}

#[test]
fn a_row_with_too_many_cells_is_named() {
    let text = format!("a,b\n{}\n1,2\n", ",".repeat(20_000));
    let read = rows(text);
    assert_eq!(read[1], found(2, &[], Flaw::TooManyCells));
    assert_eq!(read[2].1, ["1", "2"]);
}

#[test]
fn a_first_line_that_names_the_delimiter_is_row_one_and_no_data() {
    assert_eq!(
        sound("sep=;\r\na,x;b\r\n1;2\r\n"),
        [row(2, &["a,x", "b"]), row(3, &["1", "2"])]
    );
}

#[test]
fn a_nul_is_a_flaw_of_its_row() {
    let read = rows("contact,owner\nann,1\nb\0b,2\ncho,3\n");
    assert_eq!(read[2], found(3, &["b\0b", "2"], Flaw::Nul { column: 0 }));
    assert!(
        read.iter()
            .enumerate()
            .all(|(index, row)| index == 2 || row.2.is_none())
    );
}

#[test]
fn a_byte_order_mark_is_not_part_of_the_first_cell_but_of_any_other() {
    assert_eq!(
        sound("\u{FEFF}a,b\n\u{FEFF}1,2\n"),
        [row(1, &["a", "b"]), row(2, &["\u{FEFF}1", "2"])]
    );
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn utf_16_is_read_with_and_without_its_mark() {
    let expected = [
        row(1, &["phone", "name"]),
        row(2, &["+60123456789", "Ольга 李 👩"]),
    ];
    let text = "phone\tname\r\n+60123456789\tОльга 李 👩\r\n";
    for text in [text.to_owned(), format!("\u{FEFF}{text}")] {
        assert_eq!(sound(utf16(&text, u16::to_le_bytes)), expected);
        assert_eq!(sound(utf16(&text, u16::to_be_bytes)), expected);
    }
}

#[test]
fn half_a_character_of_utf_16_is_a_flaw_of_its_row() {
    let mut bytes = utf16("\u{FEFF}a,b\n1", u16::to_le_bytes);
    bytes.extend(0xD800_u16.to_le_bytes());
    bytes.extend(utf16(",2\n3,4\n", u16::to_le_bytes));
    let read = rows(bytes);
    assert_eq!(
        read[1].2,
        Some(Flaw::Undecodable {
            column: 0,
            encoding: "UTF-16LE"
        })
    );
    assert_eq!(read[2].2, None);
}

#[test]
fn a_legacy_encoding_is_guessed_and_an_option_overrides_the_guess() {
    let text = b"Nom;T\xE9l\xE9phone;Propri\xE9taire\nZo\xEB Lef\xE8vre;+33123456789;12\n";
    assert_eq!(
        sound(text)[0],
        row(1, &["Nom", "Téléphone", "Propriétaire"])
    );
    let options = Options {
        encoding: Some(encoding_rs::WINDOWS_1251),
        ..Options::default()
    };
    assert_eq!(rows_with(text, &options)[0].1[1], "Tйlйphone");
}

#[test]
fn bytes_that_do_not_decode_are_a_flaw_of_their_row_and_no_other() {
    let mut text = "né,é\n".repeat(10).into_bytes();
    text.extend(b"x,\xE9\xE9\n\xC3,\xA9\nn\xC3\xA9,1\n");
    let read = rows(text);
    assert_eq!(
        read[10],
        found(
            11,
            &["x", "\u{FFFD}\u{FFFD}"],
            Flaw::Undecodable {
                column: 1,
                encoding: "UTF-8"
            }
        )
    );
    assert_eq!(
        read[11].2,
        Some(Flaw::Undecodable {
            column: 0,
            encoding: "UTF-8"
        })
    );
    assert_eq!(read[12], found(13, &["né", "1"], None));
}

#[test]
fn what_was_inferred_is_told() {
    let file = file("\u{FEFF}a;b\n1;2\n".as_bytes());
    let sheet = Sheet::open(file.path(), &Options::default()).expect("the sheet opens");
    let expected = Source::Text {
        delimiter: b';',
        encoding: UTF_8,
        byte_order_mark: ByteOrderMark::Present,
        plain: PlainText::No,
    };
    assert_eq!(*sheet.source(), expected);
    assert_eq!(
        sheet.source().to_string(),
        "UTF-8 with byte-order mark, cells parted by `;`"
    );
}

#[test]
fn the_hash_is_that_of_the_bytes_in_the_file() {
    let file = file(b"abc");
    let sheet = Sheet::open(file.path(), &Options::default()).expect("the sheet opens");
    assert_eq!(
        sheet.sha256().to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}

#[test]
fn a_file_that_changed_since_it_was_opened_is_told_at_the_end_of_the_pass() {
    let mut file = file(b"a,b\n1,2\n");
    let sheet = Sheet::open(file.path(), &Options::default()).expect("the sheet opens");
    file.write_all(b"3,4\n").expect("the file takes bytes");
    let mut batches = sheet.batches().expect("the file is still there");
    assert!(batches.any(|batch| matches!(
        batch,
        Err(Error {
            kind: ErrorKind::Changed,
            ..
        })
    )));
    assert!(batches.next().is_none());
}

#[test]
fn every_pass_starts_from_the_first_row() {
    let file = file("a,b\n".repeat(10_000).as_bytes());
    let sheet = Sheet::open(file.path(), &Options::default()).expect("the sheet opens");
    let first = all_rows(&sheet);
    assert_eq!(first.len(), 10_000);
    assert_eq!(first, all_rows(&sheet));
}

#[test]
fn what_cannot_be_read_is_said_in_a_sentence() {
    let refused = |path: &Path, options: &Options| match Sheet::open(path, options) {
        Ok(_) => panic!("{} must be refused", path.display()),
        Err(err) => err.to_string(),
    };
    let none = Options::default();
    assert_eq!(
        refused(Path::new("/no/such.csv"), &none),
        "there is no file `/no/such.csv`; check the path"
    );
    assert_eq!(
        refused(Path::new("/"), &none),
        "`/` is a folder, not a file; name the sheet itself"
    );
    assert_eq!(
        refused(Path::new("/dev/null"), &none),
        "`/dev/null` is a device or pipe, not a file; name the sheet itself"
    );
    assert!(refused(file(b"").path(), &none).ends_with("is empty; export the sheet again"));
    assert!(
        refused(file(b"\xEF\xBB\xBF").path(), &none).ends_with("is empty; export the sheet again")
    );
    let named = Options {
        sheet: Some("Contacts".into()),
        ..Options::default()
    };
    assert!(refused(file(b"a,b\n").path(), &named).contains("which has no sheets to choose from"));
}

proptest! {
    #[test]
    fn what_is_written_is_what_is_read(
        table in prop::collection::vec(prop::collection::vec("(?s)[\\PC\"',;=\\r\\n\\t+ ]{0,12}", 2..5), 0..40),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
        mark in prop::sample::select(vec![ByteOrderMark::Present, ByteOrderMark::Absent]),
    ) {
        let mut table = table;
        // A results file starts with its header, and that one is plain.
        table.insert(0, vec!["contact".to_owned(), "owner".to_owned()]);
        let mut writer = TextWriter::new(Vec::new(), delimiter, mark)?;
        for row in &table {
            writer.row(row.iter().map(String::as_str))?;
        }
        let content = writer.finish()?;
        let options = Options { delimiter: Some(delimiter), encoding: Some(UTF_8), ..Options::default() };
        let read: Vec<_> = rows_with(&content, &options);
        prop_assert_eq!(read.len(), table.len());
        for (index, (row, (number, cells, flaw))) in table.iter().zip(read).enumerate() {
            let cells: Vec<_> = cells.iter().map(|cell| unguard(cell).into_owned()).collect();
            prop_assert_eq!(row, &cells);
            prop_assert_eq!(number as usize, index + 1);
            prop_assert_eq!(flaw, None);
        }
    }

    #[test]
    fn any_bytes_read_without_harm_and_rows_are_numbered_without_gaps(
        content in prop::collection::vec(prop::sample::select(b"ab,;\"\"\n\n\r\t\0\xC3\xA9".to_vec()), 1..300),
    ) {
        // Enough text in front that a few NUL bytes do not make it something else than text.
        let content = [b"ab,c\n".repeat(100), content].concat();
        let options = Options { delimiter: Some(b','), encoding: Some(UTF_8), ..Options::default() };
        let read = rows_with(&content, &options);
        prop_assert!(read.iter().zip(1..).all(|(row, number)| row.0 == number));
    }

    #[test]
    fn it_does_not_matter_where_the_bytes_are_cut(
        content in prop::collection::vec(prop::sample::select(b"ab,\"\"\n\n\r\xC3\xA9".to_vec()), 1..200),
        size in 1..20_usize,
    ) {
        let read = |size: usize| {
            let mut records = Records::new(b',', "UTF-8", 0);
            let mut chunks = content.chunks(size);
            let mut draft = records.draft(0);
            loop {
                match records.fill(&mut draft) {
                    Step::Starved => match chunks.next() {
                        Some(chunk) => records.feed(chunk.to_vec()),
                        None => records.end_input(),
                    },
                    Step::Row => panic!("so few rows fill no batch"),
                    Step::End => return draft.finish(),
                }
            }
        };
        prop_assert_eq!(read(size), read(content.len()));
    }
}
