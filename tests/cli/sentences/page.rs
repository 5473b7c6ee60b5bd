//! `docs/sentences.md` as tables of examples, whose last cells say what the program prints.
//!
//! With `UPDATE_SENTENCES=1` and `--test-threads=1` what the program prints is written into the page, to be read before it
//! is committed.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The page.
pub(super) struct Page {
    lines: Vec<String>,
    wrong: Vec<String>,
}

/// One line of a table.
#[derive(Clone, Debug)]
pub(super) struct Example {
    line: usize,
    /// Its cells as they are written, in Markdown.
    cells: Vec<String>,
}

pub(super) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(super) fn updating() -> bool {
    env::var_os("UPDATE_SENTENCES").is_some()
}

impl Page {
    pub(super) fn read() -> Page {
        let text = fs::read_to_string(path("docs/sentences.md")).expect("the page");
        Page {
            lines: text.lines().map(str::to_owned).collect(),
            wrong: Vec::new(),
        }
    }

    /// The examples below a heading.
    pub(super) fn examples(&self, heading: &str) -> Vec<Example> {
        let heading = format!("## {heading}");
        let after = self.lines.iter().position(|line| *line == heading);
        let after = after.unwrap_or_else(|| panic!("no heading `{heading}`")) + 1;
        let section = self.lines.iter().enumerate().skip(after);
        section
            .take_while(|(_, line)| !line.starts_with("## "))
            .filter(|(_, line)| line.starts_with('|'))
            .skip(2) // the table's header
            .map(|(line, text)| Example {
                line,
                cells: split(text),
            })
            .collect()
    }

    /// Expects that the program printed what stands in the cell `back` places before the last one.
    pub(super) fn compare(&mut self, example: &Example, back: usize, printed: &str) {
        let at = example.cells.len() - 1 - back;
        let mut cells = split(&self.lines[example.line]);
        let cell = escaped(printed);
        if cells[at] != cell {
            self.wrong.push(format!(
                "line {}: `{}` says\n    {}\nand the program\n    {cell}",
                example.line + 1,
                example.what(),
                cells[at]
            ));
            cells[at] = cell;
            self.lines[example.line] = format!("| {} |", cells.join(" | ")).replace("|  |", "| |");
        }
    }

    /// Fails if anything was printed that the page does not say; in updating, makes it say that.
    #[track_caller]
    pub(super) fn holds(self) {
        if updating() {
            let text = self.lines.join("\n") + "\n";
            fs::write(path("docs/sentences.md"), text).expect("the page can be written");
        } else {
            assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n"));
        }
    }
}

impl Example {
    /// The kind of repair or rejection.
    pub(super) fn what(&self) -> &str {
        &self.cells[0]
    }

    /// What the page says that the program prints.
    pub(super) fn printed(&self) -> String {
        self.cells.last().cloned().unwrap_or_default()
    }

    /// A cell in plain text.
    pub(super) fn cell(&self, column: usize) -> String {
        let text = &self.cells[column];
        let code = text
            .strip_prefix('`')
            .and_then(|text| text.strip_suffix('`'));
        unescaped(code.unwrap_or(text))
    }

    /// A cell as arguments of the program.
    pub(super) fn options(&self, column: usize) -> Vec<String> {
        let text = self.cell(column);
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// The cells between the bars that part them.
fn split(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut rest = line.trim().trim_start_matches('|').chars().peekable();
    while let Some(char) = rest.next() {
        let cell = cells.last_mut().expect("never empty");
        match char {
            '\\' if rest.peek() == Some(&'|') => {
                cell.push_str("\\|");
                rest.next();
            }
            '|' => cells.push(String::new()),
            char => cell.push(char),
        }
    }
    cells.pop(); // behind the last bar
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}

/// What `\u{200b}`, `\n` and `{65×a}` stand for.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        if let Some((code, behind)) = rest
            .strip_prefix("\\u{")
            .and_then(|rest| rest.split_once('}'))
        {
            let code = u32::from_str_radix(code, 16).expect("hexadecimal digits");
            plain.push(char::from_u32(code).expect("a character"));
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("\\n") {
            plain.push('\n');
            rest = behind;
        } else if let Some(((count, what), behind)) = rest
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'))
            .and_then(|(inside, behind)| Some((inside.split_once('×')?, behind)))
        {
            plain.push_str(&what.repeat(count.parse().expect("a number")));
            rest = behind;
        } else {
            plain.push(char);
            rest = &rest[char.len_utf8()..];
        }
    }
    plain
}
