//! What is seen on a terminal, at three widths: a terminal emulator behind a real pseudo-terminal reads what the program
//! writes.

use std::io::{ErrorKind, Read, Write};
use std::num::NonZero;
use std::path::Path;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use crate::support::{Sandbox, TOKEN, Workdir, program};

/// Rows enough for all that any command says.
const ROWS: u16 = 200;
const WIDTHS: [u16; 3] = [50, 80, 120];

fn size(of: u16) -> NonZero<u16> {
    NonZero::new(of).expect("a size")
}

/// What a terminal of this width shows after a command.
struct Seen {
    width: u16,
    lines: Vec<String>,
    /// The numbers of the lines that the terminal itself has continued on the next one.
    broken: Vec<usize>,
    raw: String,
}

/// Runs the program in a folder, with a terminal of this width and these variables.
fn seen(dir: &Workdir, width: u16, args: &[&str], variables: &[(&str, &str)]) -> Seen {
    let nothing: &mut dyn FnMut(&str) -> Step = &mut |_| Step::Nothing;
    seen_with(dir, width, args, variables, nothing)
}

/// What a command says and asks on a wide terminal, where its question is answered like this.
pub(crate) fn asked(
    dir: &Workdir,
    args: &[&str],
    variables: &[(&str, &str)],
    answer: &str,
) -> String {
    let mut is_answered = false;
    let mut answering = |raw: &str| {
        if is_answered || !raw.contains("[y/N]") {
            return Step::Nothing;
        }
        is_answered = true;
        // What the key sends; a console of Windows takes nothing else for the end of a line.
        Step::Write(format!("{answer}\r"))
    };
    seen_with(dir, 200, args, variables, &mut answering).text()
}

/// What somebody does at the terminal.
enum Step {
    Nothing,
    Write(String),
    /// Makes the window so many columns wide.
    Resize(u16),
}

/// The screen after the window became wider or narrower: what is on a line stays on it, broken where it no longer fits.
fn resized(screen: &vt100::Screen, width: u16) -> vt100::Parser {
    let mut parser = vt100::Parser::new(size(ROWS), size(width), 0);
    let (row, column) = screen.cursor_position();
    let lines = screen.rows(0, screen.size().1.get());
    for (number, line) in (0..ROWS).zip(lines).take(usize::from(row) + 1) {
        let is_last = number == row;
        let line = match is_last {
            // The cursor stays behind what stands before it.
            true => {
                let line: String = line.chars().take(usize::from(column)).collect();
                format!("{line:width$}", width = usize::from(column))
            }
            false => line.trim_end().to_owned(),
        };
        parser.process(line.as_bytes());
        if !is_last && !screen.row_wrapped(number) {
            parser.process(b"\r\n");
        }
    }
    parser
}

/// What a program that stands still has written and nobody has read yet.
fn written(terminal: &mut Pty) -> Vec<u8> {
    let flags = fcntl_getfl(&*terminal).expect("a terminal");
    fcntl_setfl(&*terminal, flags | OFlags::NONBLOCK).expect("a terminal");
    let mut written = Vec::new();
    let end = terminal.read_to_end(&mut written);
    assert_eq!(end.map_err(|err| err.kind()), Err(ErrorKind::WouldBlock));
    fcntl_setfl(&*terminal, flags).expect("a terminal");
    written
}

/// The same, with somebody at the terminal who sees what was written so far.
fn seen_with(
    dir: &Workdir,
    width: u16,
    args: &[&str],
    variables: &[(&str, &str)],
    step: &mut dyn FnMut(&str) -> Step,
) -> Seen {
    let mut width = width;
    let link = dir.path("reassign");
    if !link.exists() {
        std::os::unix::fs::symlink(program(), &link).expect("a link to the program");
    }
    let (mut terminal, side) = open().expect("a pseudo-terminal");
    terminal
        .resize(Size::new(ROWS, width))
        .expect("a size can be set");
    let folder = link.parent().unwrap_or(Path::new("."));
    let mut command = Command::new("./reassign").args(args).current_dir(folder);
    for name in [
        "REASSIGN_TOKEN",
        "REASSIGN_BASE_URL",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
    ] {
        command = command.env_remove(name);
    }
    command = command.env("TZ", "UTC").env("TERM", "xterm-256color");
    for (name, value) in variables {
        command = command.env(name, value);
    }
    let mut child = command.spawn(side).expect("the program can be run");
    let mut emulator = vt100::Parser::new(size(ROWS), size(width), 0);
    let mut raw = Vec::new();
    let mut some = [0; 4096];
    // A pseudo-terminal whose program has ended answers with an error.
    while let Ok(count @ 1..) = terminal.read(&mut some) {
        raw.extend_from_slice(&some[..count]);
        emulator.process(&some[..count]);
        match step(&String::from_utf8_lossy(&raw)) {
            Step::Nothing => {}
            Step::Write(text) => terminal.write_all(text.as_bytes()).expect("a terminal"),
            Step::Resize(to) => {
                let pid = Pid::from_child(&child);
                kill_process(pid, Signal::STOP).expect("a signal sent");
                waitpid(Some(pid), WaitOptions::UNTRACED).expect("a program that stands still");
                let written = written(&mut terminal);
                raw.extend_from_slice(&written);
                emulator.process(&written);
                emulator = resized(emulator.screen(), to);
                width = to;
                terminal.resize(Size::new(ROWS, to)).expect("a new size");
                kill_process(pid, Signal::CONT).expect("a signal sent");
            }
        }
    }
    child.wait().expect("the program ends");
    let screen = emulator.screen();
    let mut lines: Vec<String> = screen
        .rows(0, width)
        .map(|line| line.trim_end().to_owned())
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let broken = (0..ROWS).filter(|row| screen.row_wrapped(*row));
    Seen {
        width,
        broken: broken.map(usize::from).collect(),
        lines,
        raw: String::from_utf8_lossy(&raw).into_owned(),
    }
}

impl Seen {
    fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// Expects that the terminal had to continue no line by itself, which it does inside words.
    #[track_caller]
    fn keeps_words_whole(&self) -> &Seen {
        let broken: Vec<&String> = self.broken.iter().map(|row| &self.lines[*row]).collect();
        assert!(
            broken.is_empty(),
            "at {} columns: {broken:#?} in\n{}",
            self.width,
            self.text()
        );
        self
    }

    #[track_caller]
    fn says(&self, text: &str) -> &Seen {
        assert!(
            self.text().contains(text),
            "no `{text}` in\n{}",
            self.text()
        );
        self
    }
}

const CLEAN: &str = "Contact,New owner\n\
    id:10001,ben.carter@example.com\n\
    id:10002,ben.carter@example.com\n\
    id:10003,grace.tan@example.com\n\
    id:10004,elena.garcia@example.com\n";

#[test]
fn the_question_says_what_is_changed_and_where_and_that_no_customer_gets_a_message() {
    let sandbox = Sandbox::start();
    let dir = Workdir::with("team.csv", CLEAN);
    let variables = [
        ("REASSIGN_TOKEN", TOKEN),
        ("REASSIGN_BASE_URL", sandbox.url.as_str()),
    ];
    let said = asked(&dir, &["apply", "team.csv"], &variables, "n");
    for part in [
        "This sends no message to customers. But workflows of the workspace that begin when an owner changes may send some",
        "Change the owner of 4 contacts in the workspace 127.0.0.1? [y/N] n",
        "Nothing was changed.",
    ] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
    assert_eq!(sandbox.writes(), 0, "{said}");
}

#[test]
fn no_word_is_broken_at_any_width() {
    at_every_width(no_word_is_broken_at);
}

/// One width beside the other, because each waits for the paces of runs.
fn at_every_width(look: fn(u16)) {
    std::thread::scope(|scope| {
        for width in WIDTHS {
            scope.spawn(move || look(width));
        }
    });
}

fn no_word_is_broken_at(width: u16) {
    let dir = Workdir::with_sample("team-migration.xlsx");
    let sheet = "team-migration.xlsx";
    for args in [
        &["plan", sheet][..],
        &["plan", sheet, "--sandbox", "--live", "--rate", "1000/s"],
        &["apply", sheet, "--sandbox", "--rate", "1000/s"],
        &["undo", "team-migration.trial.results.csv"],
        &["users", "--sandbox"],
        &["config"],
        &["demo", "d"],
        &[
            "rebalance",
            "--live",
            "--sandbox",
            "--rate",
            "1000/s",
            "--from",
            "106",
            "--to",
            "102,107",
        ],
        &["aply"],
        &["plan", "nowhere.csv"],
    ] {
        let seen = seen(&dir, width, args, &[]);
        seen.keeps_words_whole();
        assert!(!seen.lines.is_empty(), "{args:?} says nothing");
    }
}

#[test]
fn short_help_fits_on_a_screen_and_shows_what_a_command_looks_like() {
    let dir = Workdir::new();
    for command in [
        "plan",
        "apply",
        "rebalance",
        "undo",
        "users",
        "report",
        "demo",
        "config",
    ] {
        let seen = seen(&dir, 80, &[command, "-h"], &[]);
        let lines = seen.lines.len();
        assert!(lines <= 46, "{command}: {lines} lines\n{}", seen.text());
        if ["plan", "apply", "rebalance", "undo"].contains(&command) {
            let example = format!("  reassign {command} ");
            assert!(seen.text().contains(&example), "{}", seen.text());
        }
    }
}

#[test]
fn the_first_screen_of_a_clean_sheet_has_room_on_a_terminal_of_24_lines() {
    // What the workspace shows takes a few lines more.
    for (live, most) in [(&[][..], 24), (&["--sandbox", "--live"], 34)] {
        let dir = Workdir::with("team.csv", CLEAN);
        let args = [&["plan", "team.csv"][..], live].concat();
        let seen = seen(&dir, 80, &args, &[]);
        assert!(
            seen.lines.len() <= most,
            "{} lines:\n{}",
            seen.lines.len(),
            seen.text()
        );
        // First what will happen, then what to do, then the details.
        let place = |text: &str| {
            let line = seen.lines.iter().position(|line| line.contains(text));
            line.unwrap_or_else(|| panic!("no `{text}` in\n{}", seen.text()))
        };
        assert_eq!(place("This will give 4 contacts to new owners"), 0);
        assert!(place("To apply it:") < place("Plan "), "{}", seen.text());
    }
}

#[test]
fn a_table_keeps_its_columns_at_any_width() {
    at_every_width(|width| {
        let dir = Workdir::with_sample("team-migration.xlsx");
        let args = ["plan", "team-migration.xlsx", "--sandbox", "--live"];
        let seen = seen(&dir, width, &args, &[]);
        let arrows: Vec<usize> = seen
            .lines
            .iter()
            .filter(|line| line.contains(" → ") && line.contains('+') && !line.contains("row "))
            .filter_map(|line| line.char_indices().position(|(_, char)| char == '→'))
            .collect();
        assert!(arrows.len() >= 5, "{}", seen.text());
    });
}

#[test]
fn colour_helps_where_it_is_wanted_and_says_nothing_alone() {
    let dir = Workdir::with("team.csv", CLEAN);
    let plan = ["plan", "team.csv"];
    let colourful = seen(&dir, 80, &plan, &[]);
    assert!(colourful.raw.contains("\u{1b}["), "{:?}", colourful.raw);
    for plain in [
        seen(&dir, 80, &plan, &[("NO_COLOR", "1")]),
        seen(&dir, 80, &plan, &[("TERM", "dumb")]),
        seen(&dir, 80, &plan, &[("TERM", "dumb"), ("CI", "true")]),
        seen(&dir, 80, &["plan", "team.csv", "--color", "never"], &[]),
    ] {
        assert!(!plain.raw.contains("\u{1b}["), "{:?}", plain.raw);
        assert_eq!(plain.text(), colourful.text());
    }
}

#[test]
fn a_terminal_that_cannot_draw_gets_lines() {
    let dir = Workdir::with("team.csv", CLEAN);
    let args = ["apply", "team.csv", "--sandbox"];
    let dumb = seen(&dir, 80, &args, &[("TERM", "dumb"), ("CI", "true")]);
    assert!(!dumb.raw.contains('\u{1b}'), "{:?}", dumb.raw);
    dumb.says("Nothing is left to do.");
}

#[test]
fn the_bar_stays_on_one_line_and_leaves_nothing_behind() {
    at_every_width(|width| {
        let dir = Workdir::with("team.csv", CLEAN);
        let args = ["apply", "team.csv", "--sandbox", "--rate", "2/s"];
        let seen = seen(&dir, width, &args, &[]);
        assert!(
            seen.raw.contains('█') || seen.raw.contains("0/4"),
            "{:?}",
            seen.raw
        );
        seen.keeps_words_whole();
        for line in &seen.lines {
            assert!(
                !line.contains("/4  "),
                "{line:?} is left in\n{}",
                seen.text()
            );
        }
    });
}

#[test]
fn a_terminal_that_is_resized_under_way_keeps_nothing_of_the_former_bar() {
    let rows: String = (10001..10025)
        .map(|id| format!("id:{id},ben.carter@example.com\n"))
        .collect();
    let dir = Workdir::with("team.csv", format!("Contact,New owner\n{rows}"));
    let args = ["apply", "team.csv", "--sandbox", "--rate", "8/s"];
    let mut sizes = [(" 5/24 ", 50), (" 12/24 ", 80), (" 18/24 ", 50)].into_iter();
    let mut next = sizes.next();
    let mut resizing = |raw: &str| match next {
        Some((sign, width)) if raw.contains(sign) => {
            next = sizes.next();
            Step::Resize(width)
        }
        _ => Step::Nothing,
    };
    let seen = seen_with(&dir, 120, &args, &[], &mut resizing);
    assert!(next.is_none(), "not resized each time:\n{}", seen.raw);
    seen.says("Nothing is left to do.");
    let is_of_the_bar = |line: &&String| {
        [
            "/24 ",
            "to check",
            "right already,",
            "/s ",
            "seconds left",
            "█",
        ]
        .iter()
        .any(|part| line.contains(part))
    };
    let left: Vec<&String> = seen.lines.iter().filter(is_of_the_bar).collect();
    assert!(left.is_empty(), "{left:#?} in\n{}", seen.text());
}
