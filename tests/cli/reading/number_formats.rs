//! Number formats: digits and signs that they add are part of the value, what they shorten is not.

use rust_xlsxwriter::Format;

use super::merged::{planned, read};
use super::{content, fill, ods, workbook};
use crate::support::{Results, Workdir};

/// What is read of one number in each of these formats, as the contact.
fn contacts(formats: &[&str], number: f64, more: &[&str]) -> Vec<String> {
    let book = workbook(&[&|sheet| {
        fill(sheet, &[["phone", "assignee"]])?;
        for (row, format) in (1..).zip(formats) {
            let format = Format::new().set_num_format(*format);
            sheet.write_with_format(row, 0, number + f64::from(row), &format)?;
            sheet.write(row, 1, 12)?;
        }
        Ok(())
    }]);
    let results = planned("team.xlsx", book, more);
    let rows = results.rows.iter();
    rows.map(|row| format!("{} {}", row.get("contact"), row.get("status")))
        .collect()
}

#[test]
fn a_country_code_that_the_format_shows_is_read() {
    let formats = ["\"+62 \"0", "+62 0", "\\+\\6\\20", "[<0]0;\"+62\"0"];
    let read = contacts(&formats, 812_345_670.0, &[]);
    let expected: Vec<String> = (1..=formats.len())
        .map(|row| format!("phone:+6281234567{row} planned"))
        .collect();
    assert_eq!(read, expected);
}

#[test]
fn a_format_that_only_shortens_changes_nothing() {
    let formats = ["General", "0", "0.00E+00", "#,##0", "0.00", "@"];
    let read = contacts(
        &formats,
        60_123_456_700.0,
        &["--bare-phones", "international"],
    );
    let plain = vec!["General"; formats.len()];
    assert_eq!(
        read,
        contacts(
            &plain,
            60_123_456_700.0,
            &["--bare-phones", "international"]
        )
    );
}

#[test]
fn a_value_that_nobody_sees_is_rejected() {
    let read = contacts(
        &[";;;", "*00", "[DBNum1]0"],
        60_123_456_700.0,
        &["--region", "MY"],
    );
    assert_eq!(read, [" invalid"; 3]);
}

#[test]
fn the_sheet_with_a_country_code_in_its_format_is_read_as_it_is_shown() {
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/faults/number_format_with_country_code.xlsx"
    ));
    let results = planned("team.xlsx", bytes.expect("the sample"), &[]);
    assert_eq!(results.rows.len(), 300);
    assert_eq!(read(&results)[0], "2 phone:+62827633905 12 planned");
    assert!(
        results
            .rows
            .iter()
            .all(|row| row.get("contact").starts_with("phone:+62"))
    );
    assert_eq!(
        results.rows[0].0[&results.header[0]], "+62 827633905",
        "the results hold what is seen"
    );
}

#[test]
fn an_open_document_is_read_as_it_is_shown() {
    let styles = r#"<number:number-style xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0" style:name="N1">
        <number:text>+62 </number:text><number:number number:min-integer-digits="1"/></number:number-style>
        <style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>"#;
    let row = |cells: &str| format!("<table:table-row>{cells}</table:table-row>");
    let number = |style: &str, value: &str, shown: &str| {
        row(&format!(
            r#"<table:table-cell {style} office:value-type="float" office:value="{value}">{shown}</table:table-cell>
               <table:table-cell office:value-type="float" office:value="12"><text:p>12</text:p></table:table-cell>"#
        ))
    };
    let styled = r#"table:style-name="ce1""#;
    let rows = [
        super::ods_row("", &["phone", "assignee"]),
        number(styled, "812345671", "<text:p>+62 812345671</text:p>"),
        // By a writer that leaves it to the program that opens it.
        number(styled, "812345672", "<text:p>812345672</text:p>"),
        number(styled, "812345673", ""),
        // What contradicts itself.
        number("", "812345674", "<text:p>+62 812345674</text:p>"),
        number(styled, "812345675", "<text:p>+63 812345675</text:p>"),
    ];
    let table = format!(
        r#"<table:table table:name="Team">{}</table:table>"#,
        rows.concat()
    );
    let results = planned("team.ods", ods(&content(styles, &table)), &[]);
    assert_eq!(
        read(&results),
        [
            "2 phone:+62812345671 12 planned",
            "3 phone:+62812345672 12 planned",
            "4 phone:+62812345673 12 planned",
            "5  12 invalid",
            "6  12 invalid",
        ]
    );
}

/// A rejected cell is not sent by the results that say so.
#[test]
fn what_was_rejected_for_its_format_stays_rejected_in_the_results() {
    let book = workbook(&[&|sheet| {
        fill(sheet, &[["contact", "assignee"], ["id:10131", ""]])?;
        let hidden = Format::new().set_num_format(";;;");
        sheet.write_with_format(1, 1, 105, &hidden)?;
        Ok(())
    }]);
    let dir = Workdir::with("team.xlsx", book);
    let sandbox = crate::support::Sandbox::start();
    dir.apply("team.xlsx", &sandbox, &["--rate", "1000/s"])
        .exits(1);
    let results: Results = dir.results("team.results.csv");
    assert_eq!(results.statuses(), [(2, "invalid")]);
    dir.apply("team.results.csv", &sandbox, &["--rate", "1000/s"])
        .exits(1);
    assert_eq!(sandbox.writes(), 0);
}
