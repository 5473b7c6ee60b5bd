//! Sheets full of control characters: what is written about them can be read again.

use crate::support::Workdir;

/// A results file whose remarks are long and whose header holds NUL characters: its next state is shorter, so their
/// share grows.
fn results(nuls: usize, mark: &[u8], odd: &[u8]) -> Vec<u8> {
    let header = format!(
        "Phone,Owner,Note{},reassign_row,reassign_contact,reassign_assignee,reassign_status,reassign_error\r\n",
        "\0".repeat(nuls)
    );
    let remark = "a long remark that the next run has no reason to repeat, ".repeat(8);
    let row = format!("+60121233112,1,x,2,phone:+60121233112,1,planned,\"{remark}\"\r\n");
    [mark, header.as_bytes(), row.as_bytes(), odd].concat()
}

fn written_and_read_again(sheet: &[u8]) {
    let dir = Workdir::with("first.csv", sheet);
    let plan = |sheet: &str, out: &str| {
        let ended = dir.run(["plan", "--sandbox", sheet, "-o", out]);
        let code = ended.code();
        assert!(code < 2, "{}{}", ended.stdout(), ended.stderr());
    };
    plan("first.csv", "second.csv");
    plan("second.csv", "third.csv");
    assert_eq!(dir.read("second.csv"), dir.read("third.csv"));
}

#[test]
fn results_full_of_control_characters_are_read_again() {
    written_and_read_again(&results(67, b"", b""));
}

#[test]
fn results_full_of_control_characters_are_read_again_whatever_the_encoding_was() {
    // The last row is Windows-1252.
    let odd = b"+60121233113,2,caf\xE9,3,phone:+60121233113,2,planned,\r\n";
    written_and_read_again(&results(67, b"", odd));
    written_and_read_again(&results(67, b"\xEF\xBB\xBF", b""));
}

#[test]
fn results_whose_first_cell_looks_like_another_kind_of_file_are_read_again() {
    for first in [
        "<html>",
        "<!-- a remark -->",
        "%PDF-1.7",
        "PK\u{3}\u{4}",
        "{\\rtf1",
        "GIF89a",
    ] {
        let sheet = format!("Team of\r\n\"{first}\",Phone,Owner\r\nx,+60121233112,1\r\n");
        written_and_read_again(sheet.as_bytes());
    }
}

#[test]
fn a_damaged_remark_does_not_take_its_row_out_of_sight() {
    let header = "Email,Owner,reassign_row,reassign_contact,reassign_assignee,reassign_status,reassign_error";
    let mut sheet = format!(
        "{header}\r\nann@example.com,1,2,email:ann@example.com,1,conflict,row 3 gives \r\n\
         ann@example.com,2,3,email:ann@example.com,2,conflict,row 2 gives this contact to `1`\r\n"
    )
    .into_bytes();
    let remark = sheet
        .windows(5)
        .position(|text| text == b"gives")
        .expect("the remark");
    for damage in [b'\xE9', b'\0'] {
        sheet[remark] = damage;
        let dir = Workdir::with("x.csv", &sheet);
        dir.run([
            "plan",
            "--sandbox",
            "x.csv",
            "-o",
            "next.csv",
            "--encoding",
            "utf-8",
        ])
        .exits(1);
        let statuses = [(2, "conflict"), (3, "conflict")];
        assert_eq!(dir.results("next.csv").statuses(), statuses);
    }
}
