//! Text in every encoding that spreadsheet programs export.

use encoding_rs::{
    BIG5, EUC_KR, Encoding, GB18030, SHIFT_JIS, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252,
};

use super::plan;
use crate::support::{Ended, Workdir};

/// Some rows with names as people in the region write them.
fn sheet(names: &[&str]) -> String {
    let mut text = "name,email,assignee\n".to_owned();
    for (number, name) in names.iter().enumerate() {
        text += &format!("{name},contact{number}@example.org,12\n");
    }
    text
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        let bytes = |unit: u16| match encoding == UTF_16LE {
            true => unit.to_le_bytes(),
            false => unit.to_be_bytes(),
        };
        return text.encode_utf16().flat_map(bytes).collect();
    }
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{text} fits {}", encoding.name());
    bytes.into_owned()
}

/// Plans a sheet in this encoding, and checks that every name arrives whole.
fn arrives(names: &[&str], encoding: &'static Encoding, mark: &[u8], more: &[&str]) -> Ended {
    let text = sheet(names);
    let bytes = [mark, &encoded(&text, encoding)].concat();
    let dir = Workdir::with("team.csv", bytes);
    let ended = plan(&dir, "team.csv", &[&["-o", "plan.csv"], more].concat()).exits(0);
    let read = dir.results("plan.csv");
    let read: Vec<&str> = read.rows.iter().map(|row| row.0["name"].as_str()).collect();
    assert_eq!(read, names, "{}", encoding.name());
    ended
}

const CASES: [(&[&str], &Encoding); 7] = [
    (
        &[
            "Zoë Lefèvre",
            "Jürgen Müller",
            "François Gérard",
            "Señor Muñoz",
        ],
        WINDOWS_1252,
    ),
    (
        &[
            "Łukasz Żółć",
            "Jiří Dvořák",
            "Zdeněk Němec",
            "Győző Szűcs",
            "Wałęsa Grażyna",
        ],
        WINDOWS_1250,
    ),
    (
        &["Иван Петров", "Мария Смирнова", "Сергей Кузнецов"],
        WINDOWS_1251,
    ),
    (
        &["山田太郎", "さとう ひろし", "鈴木イチロー", "田中 花子さん"],
        SHIFT_JIS,
    ),
    (
        &[
            "王小明",
            "张伟",
            "李娜女士",
            "刘洋先生的客户",
            "北京市朝阳区",
        ],
        GB18030,
    ),
    (
        &["陳大文", "林志玲小姐", "臺北市信義區", "張先生的客戶"],
        BIG5,
    ),
    (
        &["김철수", "이영희 고객님", "박지성", "서울특별시 강남구"],
        EUC_KR,
    ),
];

#[test]
fn what_is_not_utf_8_is_guessed_and_the_guess_is_shown() {
    for (names, encoding) in CASES {
        // Simplified Chinese is guessed as the older name of the same characters.
        let shown = if encoding == GB18030 {
            "GBK"
        } else {
            encoding.name()
        };
        arrives(names, encoding, b"", &[])
            .says(&format!("encoding {shown} (a guess; `--encoding` decides)"));
    }
}

#[test]
fn a_named_encoding_is_taken_and_not_called_a_guess() {
    for (names, encoding) in CASES {
        let label = encoding.name().to_lowercase();
        arrives(names, encoding, b"", &["--encoding", &label])
            .says(&format!("encoding {}", encoding.name()))
            .does_not_say("a guess");
    }
}

#[test]
fn utf_16_is_read_with_and_without_a_mark() {
    let names = ["Zoë Lefèvre", "山田太郎"];
    for (encoding, mark) in [(UTF_16LE, b"\xFF\xFE"), (UTF_16BE, b"\xFE\xFF")] {
        arrives(&names, encoding, mark, &[])
            .says(&format!("encoding {}", encoding.name()))
            .does_not_say("a guess");
        arrives(&names, encoding, mark, &["--encoding", "utf-16"]);
        arrives(&names, encoding, b"", &[]).says("a guess");
    }
}

#[test]
fn a_wrong_encoding_rejects_the_rows_that_do_not_decode_and_no_others() {
    let dir = Workdir::with("team.csv", encoded(&sheet(&["Ann", "Zoë"]), WINDOWS_1252));
    plan(&dir, "team.csv", &["--encoding", "utf-8"])
        .exits(1)
        .says("give 1 contact to a new owner")
        .says("row 3: cell 1 holds bytes that are not UTF-8");
}

#[test]
fn an_encoding_that_does_not_exist_is_refused_with_some_that_do() {
    let dir = Workdir::with("team.csv", sheet(&["Ann"]));
    plan(&dir, "team.csv", &["--encoding", "latin-99"])
        .exits(2)
        .says("windows-1252");
}

#[test]
fn a_workbook_has_no_encoding_to_name() {
    let dir = Workdir::with_sample("team-migration.xlsx");
    plan(&dir, "team-migration.xlsx", &["--encoding", "utf-8"])
        .is_refused(2)
        .says("which has no encoding");
}
