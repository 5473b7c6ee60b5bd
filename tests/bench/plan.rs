//! How long `reassign plan` takes for a million rows, beside the csv crate's bare loop over the same file.
//!
//! `cargo bench --bench plan`, or `cargo bench --bench plan -- 100000` for another number of rows.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROWS: usize = 1_000_000;
const RUNS: usize = 3;

fn main() {
    let rows = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(ROWS);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sheet = dir.path().join("contacts.csv");
    write(&sheet, rows);
    let megabytes = fs::metadata(&sheet).expect("the sheet").len() as f64 / 1e6;
    println!(
        "{rows} rows of 5 columns, {megabytes:.0} MB: a third each of phones, emails and contact IDs"
    );
    println!(
        "{:>34} {:>9} {:>7} {:>9}",
        "", "seconds", "ratio", "peak MB"
    );
    let mut floors = Vec::new();
    let mut plans = Vec::new();
    // In turns, so that whatever else the machine does meets both.
    for _ in 0..RUNS {
        floors.push(bare_loop(&sheet));
        plans.push(plan(&sheet));
    }
    let floor = floors
        .into_iter()
        .min()
        .expect("there are runs")
        .as_secs_f64();
    let (time, peak) = plans.into_iter().min().expect("there are runs");
    println!(
        "{:>34} {floor:>9.3} {:>7.2}",
        "csv crate, bare byte-record loop", 1.0
    );
    let seconds = time.as_secs_f64();
    println!(
        "{:>34} {seconds:>9.3} {:>7.2} {:>9.0}",
        "reassign plan",
        seconds / floor,
        peak as f64 / 1e3
    );
}

/// A sheet without troubles: every row becomes a change.
fn write(path: &Path, rows: usize) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    writeln!(file, "Name,City,Contact,New owner,Remark").expect("written");
    for row in 0..rows {
        let contact = match row % 3 {
            0 => format!("+6012{:07}", row / 3),
            1 => format!("customer.{row}@example.com"),
            _ => format!("id:{}", 10_000_000 + row),
        };
        let owner = row % 40;
        writeln!(
            file,
            "Customer Number {row},Kuala Lumpur,{contact},agent{owner:02}@example.org,moved with the northern team"
        )
        .expect("written");
    }
    file.flush().expect("written");
}

/// The floor: reading every record and looking at none.
fn bare_loop(path: &Path) -> Duration {
    let started = Instant::now();
    let mut reader = csv::Reader::from_path(path).expect("the sheet");
    let mut record = csv::ByteRecord::new();
    let mut cells = 0;
    while reader.read_byte_record(&mut record).expect("a record") {
        cells += record.len();
    }
    assert!(cells > 0, "the loop must not be optimized away");
    started.elapsed()
}

/// The program's time, and its peak memory in kB.
fn plan(path: &Path) -> (Duration, u64) {
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_reassign"))
        .arg("plan")
        .arg(path)
        .env_remove("REASSIGN_BASE_URL")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        peak = peak.max(high_water_mark(&status).unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("the program") {
            assert!(ended.success(), "plan ended with {ended}");
            return (started.elapsed(), peak);
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// `VmHWM` of a process, in kB; nothing where there is no `/proc`.
fn high_water_mark(status: &str) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
