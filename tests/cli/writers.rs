//! Sheets that other programs write (`tests/writers`): what is seen in them is what is read.
//!
//! A writer that is not there is skipped, which is told; `REASSIGN_WRITERS=required` makes it an error.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::Workdir;

fn of_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Where the sheets are made, once for all tests.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("writers");
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the sheets of the last time");
        }
        fs::create_dir_all(&folder).expect("a folder");
        folder
    })
}

/// What a writer prints; `None` where it is not there, which is told.
fn written(command: &mut Command, into: &Path, needs: &str) -> Option<String> {
    let libraries = of_project("target/writers");
    fs::create_dir_all(into).expect("a folder");
    let ended = command
        .arg(into)
        .current_dir(of_project("tests/writers"))
        .env("PYTHONPATH", libraries.join("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NODE_PATH", libraries.join("node_modules"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output();
    let why = match ended {
        Ok(ended) if ended.status.success() => {
            return Some(String::from_utf8(ended.stdout).expect("UTF-8"));
        }
        Ok(ended) => String::from_utf8_lossy(&ended.stderr).trim().to_owned(),
        Err(err) => err.to_string(),
    };
    let is_missing = [
        "No module named",
        "Cannot find module",
        "not found",
        "No such file",
    ]
    .iter()
    .any(|sign| why.contains(sign));
    assert!(is_missing, "{command:?} failed: {why}");
    assert!(
        std::env::var_os("REASSIGN_WRITERS").is_none_or(|value| value != "required"),
        "{needs} is required: {why}"
    );
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {needs} is not here; tests/writers/README.md says how to get it"
    );
    None
}

/// The kinds of sheets by their names; `None` without Python.
fn kinds() -> Option<BTreeMap<String, Value>> {
    static KINDS: OnceLock<Option<BTreeMap<String, Value>>> = OnceLock::new();
    let kinds = KINDS.get_or_init(|| {
        let printed = written(Command::new("python3").arg("kinds.py"), folder(), "Python")?;
        fs::write(folder().join("kinds.json"), &printed).expect("the kinds");
        let kinds: Vec<Value> = serde_json::from_str(&printed).expect("JSON");
        let name = |kind: &Value| kind["name"].as_str().expect("a name").to_owned();
        Some(kinds.into_iter().map(|kind| (name(&kind), kind)).collect())
    });
    kinds.clone()
}

fn texts<'a>(kind: &'a Value, key: &str) -> Vec<&'a str> {
    let all = kind[key].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().filter_map(Value::as_str).collect()
}

/// What is wrong with how a file is read.
fn wrong(path: &Path, kind: &Value, writer: &str) -> Option<String> {
    let file = &*path.file_name().unwrap_or_default().to_string_lossy();
    let dir = Workdir::with(file, fs::read(path).expect("a sheet"));
    let args = ["plan", file, "--sandbox", "-o", "plan.csv"];
    let ended = dir.run(args.into_iter().chain(texts(kind, "read_by")));
    if !dir.path("plan.csv").exists() {
        return Some(format!("{file} is refused:\n{ended}"));
    }
    let unsaid = texts(kind, "says")
        .into_iter()
        .find(|said| !ended.stdout().contains(said));
    if let Some(unsaid) = unsaid {
        return Some(format!("{file}: `{unsaid}` is not said:\n{ended}"));
    }
    let (expected, doubts) = (texts(kind, "expected"), texts(kind, "in_doubt"));
    let more = kind["more"].as_str();
    let results = dir.results("plan.csv");
    let mut differ: Vec<String> = Vec::new();
    for (place, row) in results.rows.iter().enumerate() {
        let [number, contact, assignee, status] =
            ["row", "contact", "assignee", "status"].map(|name| row.get(name));
        let line = format!("{number} {contact} {assignee} {status}");
        let holds = match expected.get(place) {
            Some(expected) if *expected == line => true,
            Some(expected) => {
                doubts.contains(&writer) && expected.ends_with("skipped") && status == "invalid"
            }
            None => more == Some(status),
        };
        if !holds {
            let right = expected.get(place).copied().or(more).unwrap_or("no row");
            differ.push(format!("{line} ({}) instead of {right}", row.get("error")));
        }
    }
    if results.rows.len() < expected.len() {
        differ.push(format!(
            "{} rows are missing",
            expected.len() - results.rows.len()
        ));
    }
    (!differ.is_empty()).then(|| format!("{file}:\n  {}", differ.join("\n  ")))
}

/// Reads what a writer wrote; the writer's name stands in the name of each file behind the kind's.
#[track_caller]
fn all_are_read_as_they_are_seen(folder: &Path, writer: &str, at_least: usize) {
    let Some(kinds) = kinds() else { return };
    let files = fs::read_dir(folder).expect("the sheets");
    let names = files.map(|file| {
        file.expect("a file")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    let mut read = 0;
    let mut all_wrong = Vec::new();
    for name in names {
        let mut parts = name.split('.').rev();
        let (Some(ending), Some(by)) = (parts.next(), parts.next()) else {
            continue;
        };
        let by = format!("{by}.{ending}");
        let kind = kinds.get(name.split('.').next().unwrap_or_default());
        let Some(kind) = kind.filter(|_| by.starts_with(writer)) else {
            continue;
        };
        if texts(kind, "not_kept")
            .iter()
            .any(|other| name.ends_with(other) || name.contains(&format!(".{other}.")))
        {
            continue;
        }
        read += 1;
        all_wrong.extend(wrong(&folder.join(&name), kind, &by));
    }
    assert!(read >= at_least, "only {read} sheets by {writer}");
    assert!(all_wrong.is_empty(), "{}", all_wrong.join("\n"));
}

/// A folder of one test alone.
fn own(name: &str) -> PathBuf {
    folder().join(name)
}

fn python(script: &str, into: &Path, needs: &str) -> Option<String> {
    written(Command::new("python3").arg(script), into, needs)
}

#[test]
fn what_xlsxwriter_writes_is_read_as_it_is_seen() {
    let into = own("xlsxwriter");
    if kinds().is_some() && python("with_xlsxwriter.py", &into, "XlsxWriter").is_some() {
        all_are_read_as_they_are_seen(&into, "xlsxwriter", 19);
    }
}

#[test]
fn what_openpyxl_writes_is_read_as_it_is_seen() {
    let into = own("openpyxl");
    if kinds().is_some() && python("with_openpyxl.py", &into, "openpyxl").is_some() {
        all_are_read_as_they_are_seen(&into, "openpyxl", 18);
    }
}

#[test]
fn what_sheetjs_writes_is_read_as_it_is_seen() {
    let into = own("sheetjs");
    let mut node = Command::new("node");
    node.args(["with_sheetjs.js"]);
    if kinds().is_some() && written(&mut node, &into, "SheetJS").is_some() {
        all_are_read_as_they_are_seen(&into, "sheetjs", 60);
    }
}

#[test]
fn what_libreoffice_saves_again_is_read_as_before() {
    let into = own("libreoffice");
    let both = [
        ("with_openpyxl.py", "openpyxl"),
        ("with_xlsxwriter.py", "XlsxWriter"),
    ];
    let is_missing = |(script, needs): &(&str, &str)| python(script, &into, needs).is_none();
    if kinds().is_none() || both.iter().any(is_missing) {
        return;
    }
    let mut shell = Command::new("sh");
    if written(shell.arg("libreoffice.sh"), &into, "LibreOffice").is_some() {
        all_are_read_as_they_are_seen(&into, "libreoffice", 100);
    }
}

#[test]
fn what_pandas_writes_is_read_as_it_is_seen() {
    let into = own("pandas");
    let Some(printed) = python("with_pandas.py", &into, "pandas") else {
        return;
    };
    let kinds: Vec<Value> = serde_json::from_str(&printed).expect("JSON");
    let file = |kind: &Value| into.join(kind["file"].as_str().expect("a name"));
    let wrong = kinds
        .iter()
        .filter_map(|kind| wrong(&file(kind), kind, "pandas"));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty() && kinds.len() > 7, "{}", wrong.join("\n"));
}
