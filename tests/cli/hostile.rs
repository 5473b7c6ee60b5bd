//! Files that are broken or made to hurt: the right rows or one sentence, in bounded time and memory.
//!
//! What reads a workbook is a process of its own with limits; each of these tests runs the real one.

mod bombs;
mod broken;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::{Ended, Workdir, program};

/// How long any of these files may take; an unoptimized program needs many times as long.
const LONGEST: Duration = Duration::from_secs(if cfg!(debug_assertions) { 90 } else { 10 });

/// The address space that this process may use, in KiB, its reading process included.
const MEMORY: u32 = 3 << 20;

/// Plans the file, and expects rows or one sentence.
#[expect(
    clippy::print_stdout,
    reason = "how long each file takes is a figure for the docs"
)]
#[track_caller]
pub fn contained(dir: &Workdir, file: &str) -> Ended {
    let begun = Instant::now();
    let ended = Ended::of(&mut limited(dir, file)).does_not_say("panicked");
    let took = begun.elapsed();
    println!("{:6.3} s  {file}", took.as_secs_f64());
    assert!(took < LONGEST, "{took:?} for\n{ended}");
    match ended.code() {
        0 | 1 => assert!(ended.stdout().contains("This will"), "no plan in\n{ended}"),
        2 => {
            let text = ended.stderr();
            let errors = text.lines().filter(|line| line.starts_with("error: "));
            assert_eq!(errors.count(), 1, "not one sentence:\n{ended}");
            assert!(text.len() < 4096, "not one sentence:\n{ended}");
        }
        _ => panic!("neither rows nor a sentence:\n{ended}"),
    }
    ended
}

fn limited(dir: &Workdir, file: &str) -> Command {
    // Not every system knows this limit; the reading process sets its own.
    let script = format!("ulimit -v {MEMORY} 2>/dev/null; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .arg(program())
        .args(["plan", file, "--sandbox", "--hidden-rows", "include"])
        .current_dir(dir.path(""));
    command
}

/// The samples of every writer, all of which are sound or refused.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let folders = ["tests/data/sheets", "tests/data/workbooks"];
    let mut samples: Vec<(String, Vec<u8>)> = folders
        .iter()
        .flat_map(|folder| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            std::fs::read_dir(folder).expect("the samples are there")
        })
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let extension = path.extension().and_then(|extension| extension.to_str());
            !matches!(extension, Some("json" | "md" | "js" | "py"))
        })
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), std::fs::read(&path).expect("the sample"))
        })
        .collect();
    samples.sort();
    samples
}

pub fn sample(name: &str) -> Vec<u8> {
    let found = samples().into_iter().find(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no sample {name}")).1
}
