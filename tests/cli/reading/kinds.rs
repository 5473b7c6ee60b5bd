//! What a file is, its content says and not its name; what is no sheet is called by its name in one sentence.

use super::{content, ods, ods_row, package, plan};
use crate::hostile::sample;
use crate::support::Workdir;

const CSV: &str = "email,assignee\nann@example.org,12\n";

/// Expects the one sentence, and that it says what to do.
#[track_caller]
fn is_refused(name: &str, bytes: impl AsRef<[u8]>, says: &str) {
    let dir = Workdir::with(name, bytes);
    let ended = plan(&dir, name, &[]).is_refused(2).says(says);
    assert_eq!(ended.stderr().lines().count(), 1, "{ended}");
}

#[test]
fn a_workbook_is_read_whatever_its_name_says() {
    for name in ["team.csv", "team.xls", "team"] {
        let dir = Workdir::with(name, sample("sheetjs.xlsx"));
        plan(
            &dir,
            name,
            &["--bare-digits", "id", "--hidden-rows", "include"],
        )
        .says("sheet `Team`");
    }
}

#[test]
fn text_is_read_whatever_its_name_says() {
    for name in ["team.xlsx", "team.ods", "team.pdf"] {
        let dir = Workdir::with(name, CSV);
        plan(&dir, name, &[])
            .exits(0)
            .says("give 1 contact to a new owner");
    }
}

#[test]
fn what_is_no_sheet_is_called_by_its_name() {
    let save = "open it in a spreadsheet program and save it as `.xlsx` or `CSV UTF-8`";
    let table = "<table><tr><td>email</td><td>assignee</td></tr></table>";
    let page =
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"x\"\r\n\r\n--x\r\n";
    let text = package(&[
        ("mimetype", "application/vnd.oasis.opendocument.text"),
        ("content.xml", "<x/>"),
    ]);
    let folder = package(&[("notes.txt", CSV)]);
    let files: [(&str, &[u8], &str); 8] = [
        ("team.xls", table.as_bytes(), "is a web page (HTML)"),
        ("team.xls", page.as_bytes(), "is a web page (MHTML)"),
        (
            "team.xls",
            &sample("sheetjs_2003.xml"),
            "is an XML spreadsheet of Excel 2003",
        ),
        ("team.csv", b"%PDF-1.7\n", "is a PDF document"),
        ("team.xlsx", &folder, "is a ZIP archive without a workbook"),
        ("team.ods", &text, "is a text document (OpenDocument)"),
        ("team.csv", b"\x89PNG\r\n\x1a\n", "is a picture"),
        (
            "team.csv",
            &[7, 0, 255, 1, 2, 0, 0, 9, 3].repeat(50),
            "is not text",
        ),
    ];
    for (name, bytes, says) in files {
        is_refused(name, bytes, says);
        is_refused(name, bytes, save);
    }
}

#[test]
fn a_password_is_told_for_every_kind_of_workbook() {
    let says = "is password-protected; save it without a password";
    is_refused("team.xlsx", sample("33_encrypted.xlsx"), says);
    // A record that says how the ones below are encrypted, in place of the first after the start.
    let mut old = sample("sheetjs_biff8.xls");
    let start = [0x09, 0x08, 0x10, 0x00, 0x00, 0x06, 0x05, 0x00];
    let at = old
        .windows(8)
        .position(|window| window == start)
        .expect("a start")
        + 20;
    old[at..at + 2].copy_from_slice(&[0x2F, 0x00]);
    is_refused("team.xls", old, says);
    let manifest = r#"<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
        <manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"#;
    let kind = ("mimetype", "application/vnd.oasis.opendocument.spreadsheet");
    let locked = package(&[
        kind,
        ("content.xml", "garbage"),
        ("META-INF/manifest.xml", manifest),
    ]);
    is_refused("team.ods", locked, says);
    let newer = package(&[
        kind,
        ("encrypted-package", "garbage"),
        ("META-INF/manifest.xml", "<x/>"),
    ]);
    is_refused("team.ods", newer, says);
}

#[test]
fn an_indented_open_document_is_read_as_if_it_were_not() {
    let table = format!(
        "<table:table table:name=\"Team\">\n  <table:table-column/>\n  {}\n  {}\n  {}\n</table:table>",
        ods_row("", &["email", "assignee"]),
        r#"<table:table-row>
             <table:table-cell office:value-type="string">
               <office:annotation><text:p>a note</text:p></office:annotation>
               <text:p>ann<text:s text:c="1"/>&lt;ann@<text:span>example</text:span>.org&gt;</text:p>
             </table:table-cell>
             <table:table-cell office:value-type="float" office:value="12">
               <text:p>12.00</text:p>
             </table:table-cell>
           </table:table-row>"#,
        ods_row(
            r#"table:number-rows-repeated="2""#,
            &["bob@example.org", "unassign"]
        ),
    );
    let dir = Workdir::with("team.ods", ods(&content("", &table)));
    plan(&dir, "team.ods", &["-o", "plan.csv"])
        .exits(0)
        .says("give 1 contact to a new owner")
        .says("1 without an owner");
    let results = dir.results("plan.csv");
    assert_eq!(results.row(2).get("contact"), "email:ann@example.org");
    assert_eq!(results.row(2).get("assignee"), "12");
    assert_eq!(
        results.statuses(),
        [(2, "planned"), (3, "planned"), (4, "duplicate")]
    );
}

#[test]
fn formulas_of_an_open_document_are_blank_only_if_they_say_so() {
    let formula = |attributes: &str, shown: &str| {
        format!(
            r#"<table:table-row><table:table-cell office:value-type="string"><text:p>ann@example.org</text:p></table:table-cell>
            <table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell></table:table-row>"#
        )
    };
    let rows = [
        ods_row("", &["email", "assignee"]),
        formula(
            r#"table:formula="of:=10+2" office:value-type="float" office:value="12""#,
            "12",
        ),
        formula(r#"table:formula="of:=10+2""#, ""),
        formula(
            r#"table:formula="of:=IF(1;&quot;&quot;)" office:value-type="string""#,
            "",
        ),
        formula(
            r##"table:formula="of:=NA()" office:value-type="string" office:string-value="" xmlns:calcext="x" calcext:value-type="error""##,
            "#N/A",
        ),
    ];
    let table = format!(
        r#"<table:table table:name="Team">{}</table:table>"#,
        rows.concat()
    );
    let dir = Workdir::with("team.ods", ods(&content("", &table)));
    plan(&dir, "team.ods", &["--blank", "skip", "-o", "plan.csv"]).exits(1);
    let results = dir.results("plan.csv");
    assert_eq!(
        results.statuses(),
        [
            (2, "planned"),
            (3, "invalid"),
            (4, "skipped"),
            (5, "invalid")
        ]
    );
    assert!(results.row(3).get("error").contains("never computed"));
    assert!(results.row(5).get("error").contains("`#N/A`"));
}

#[test]
fn a_formula_that_its_writer_left_at_zero_was_never_computed() {
    let book = |result: &str| {
        super::workbook(&[&|sheet| {
            super::fill(sheet, &[["contact", "assignee"], ["id:5", ""]])?;
            let formula = rust_xlsxwriter::Formula::new("=10+2").set_result(result);
            sheet.write(1, 1, formula)?;
            Ok(())
        }])
    };
    let dir = Workdir::with("team.xlsx", book("0"));
    plan(&dir, "team.xlsx", &[])
        .exits(1)
        .says("this formula was never computed");
    dir.write("team.xlsx", book("12"));
    plan(&dir, "team.xlsx", &[])
        .exits(0)
        .says("give 1 contact to a new owner");
}
