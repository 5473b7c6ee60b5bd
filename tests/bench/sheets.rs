//! What reading a million rows costs, as CSV and as a workbook, beside tools that only read or only check.
//!
//! `cargo bench --bench sheets`, or `cargo bench --bench sheets -- 100000` for another number of rows. Beside `plan` of the
//! CSV stands `qsv validate` with `tests/bench/contacts.schema.json`, beside `plan` of the workbook what fastexcel needs to
//! read it plus `plan` of the CSV. Then the same `plan` on one processor and on two, and how often each command opens the
//! sheet and starts a process. What is not installed (qsv or qsvlite, fastexcel, taskset, strace) is left out and said.

#![expect(clippy::print_stdout, reason = "a bench tells its figures")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use rust_xlsxwriter::Workbook;

const ROWS: usize = 1_000_000;
const RUNS: usize = 3;

/// What a command came to.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Seconds that it and its children kept a processor busy.
    cpu: f64,
    /// Seconds on the clock.
    wall: f64,
    /// The most that it, or a child of it, had in memory at once, in MB.
    peak: f64,
}

fn main() {
    let rows = std::env::args()
        .skip(1)
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(ROWS);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (csv, xlsx) = (
        dir.path().join("contacts.csv"),
        dir.path().join("contacts.xlsx"),
    );
    write(&csv, &xlsx, rows);
    println!(
        "{rows} rows of 5 columns: a third each of phones with spaces, emails and contact IDs"
    );
    println!("{:>36} {:>8} {:>8} {:>8}", "", "CPU s", "wall s", "peak MB");
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reassign = env!("CARGO_BIN_EXE_reassign");
    let schema = project.join("tests/bench/contacts.schema.json");
    let fastexcel = "import sys, fastexcel; fastexcel.read_excel(sys.argv[1]).load_sheet(0)";
    let commands: [(&str, Command); 4] = [
        ("qsv validate, CSV", {
            let is_there = |name: &str| Command::new(name).arg("--version").output().is_ok();
            let lite = !is_there("qsv") && is_there("qsvlite");
            let mut command = Command::new(if lite { "qsvlite" } else { "qsv" });
            command.arg("validate").arg(&csv).arg(schema);
            command
        }),
        ("reassign plan, CSV", {
            let mut command = Command::new(reassign);
            command.arg("plan").arg(&csv);
            command
        }),
        ("fastexcel reads the workbook", {
            let mut command = Command::new("python3");
            command.args(["-c", fastexcel]).arg(&xlsx);
            command.env("PYTHONPATH", project.join("target/writers/python"));
            command
        }),
        ("reassign plan, workbook", {
            let mut command = Command::new(reassign);
            command.arg("plan").arg(&xlsx);
            command
        }),
    ];
    let costs = commands.map(|(what, mut command)| {
        command.env_remove("REASSIGN_BASE_URL");
        let best = best(&command);
        match best {
            Some(cost) => println!(
                "{what:>36} {:>8.2} {:>8.2} {:>8.0}",
                cost.cpu, cost.wall, cost.peak
            ),
            None => println!("{what:>36}   is not installed here"),
        }
        best
    });
    if let [Some(qsv), Some(plan), ..] = costs {
        println!(
            "plan of the CSV takes {:.2} of the time of qsv validate (at most 1.2)",
            plan.wall / qsv.wall
        );
    }
    if let [_, Some(csv), Some(reads), Some(book)] = costs {
        println!(
            "plan of the workbook takes {:.2} of the CPU of reading it and of plan of the CSV (at most 1)",
            book.cpu / (reads.cpu + csv.cpu)
        );
    }
    for (what, sheet) in [("CSV", &csv), ("workbook", &xlsx)] {
        for cores in ["0", "0,1"] {
            let mut command = Command::new("taskset");
            command.args(["-c", cores, reassign, "plan"]).arg(sheet);
            let what = format!("plan, {what}, on processor {cores}");
            match best(&command) {
                Some(cost) => println!(
                    "{what:>36} {:>8.2} {:>8.2} {:>8.0}",
                    cost.cpu, cost.wall, cost.peak
                ),
                None => println!("{what:>36}   cannot be told: taskset is not installed here"),
            }
        }
    }
    opens(dir.path(), reassign);
}

/// Prints how often each command opens the sheet, and how many processes it starts.
fn opens(dir: &Path, reassign: &str) {
    println!("{:>36} {:>8} {:>9}", "", "opens", "processes");
    let (csv, xlsx) = (dir.join("few.csv"), dir.join("few.xlsx"));
    write(&csv, &xlsx, 100);
    for name in ["few.csv", "few.xlsx"] {
        for args in [vec!["plan"], vec!["apply", "--sandbox", "--yes"]] {
            let what = format!("{} {name}", args[0]);
            let log = dir.join("calls");
            let traced = Command::new("strace")
                .args(["-f", "-qq", "-e", "trace=open,openat,execve", "-o"])
                .arg(&log)
                .arg(reassign)
                .args(&args)
                .arg(name)
                .current_dir(dir)
                .env_remove("REASSIGN_BASE_URL")
                .stdin(Stdio::null())
                .output();
            let Ok(calls) = traced.and_then(|_| std::fs::read_to_string(&log)) else {
                println!("{what:>36}   cannot be told: strace is not installed here");
                continue;
            };
            let of_sheet =
                |line: &&str| line.contains(" open") && line.contains(&format!("{name}\""));
            let opens = calls.lines().filter(of_sheet).count();
            let starts = calls
                .lines()
                .filter(|line| line.contains("execve("))
                .count();
            println!("{what:>36} {opens:>8} {:>9}", starts.saturating_sub(1));
        }
    }
}

fn write(csv: &Path, xlsx: &Path, rows: usize) {
    let mut text = BufWriter::new(File::create(csv).expect("a file"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().expect("a sheet");
    let mut row = |number: u32, cells: [&str; 5]| {
        writeln!(text, "{}", cells.join(",")).expect("written");
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string(number, column, cell).expect("a cell");
        }
    };
    row(0, ["Name", "City", "Contact", "New owner", "Remark"]);
    for number in 0..rows {
        let contact = match number % 3 {
            0 => format!(
                "+60 12-{:03} {:04}",
                number / 3 / 10_000,
                number / 3 % 10_000
            ),
            1 => format!("customer.{number}@example.com"),
            _ => format!("id:{}", 10_000_000 + number),
        };
        let name = format!("Customer Number {number}");
        let owner = format!("agent{:02}@example.org", number % 40);
        let line = [
            &name,
            "Kuala Lumpur",
            &contact,
            &owner,
            "moved with the northern team",
        ];
        row(u32::try_from(number).expect("a row number") + 1, line);
    }
    book.save(xlsx).expect("saved");
    text.flush().expect("written");
}

/// The least time that a command took in any of its runs, and the most memory; `None` where it cannot be run.
fn best(command: &Command) -> Option<Cost> {
    let all: Option<Vec<Cost>> = (0..RUNS).map(|_| cost(command)).collect();
    all?.into_iter().reduce(|one, other| Cost {
        cpu: one.cpu.min(other.cpu),
        wall: one.wall.min(other.wall),
        peak: one.peak.max(other.peak),
    })
}

/// Runs a command under `time`; `None` where it cannot be run.
fn cost(command: &Command) -> Option<Cost> {
    let mut timed = Command::new("/usr/bin/time");
    timed
        .args(["-f", "%U %S %e %M"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => timed.env(name, value),
            None => timed.env_remove(name),
        };
    }
    let ended = timed
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&ended.stderr);
    let figures: Vec<f64> = said
        .lines()
        .last()?
        .split(' ')
        .map_while(|figure| figure.parse().ok())
        .collect();
    match figures.as_slice() {
        [user, system, wall, peak] if ended.status.success() => Some(Cost {
            cpu: user + system,
            wall: *wall,
            peak: peak / 1e3,
        }),
        _ => None,
    }
}
