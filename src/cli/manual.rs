//! The manual pages: one for the program and one for each command, from the same definitions as the help.

use std::io;

use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

/// A page for the program and one for each command: its file's name, and its text.
///
/// # Errors
/// If one cannot be made.
pub(super) fn manual(program: Command) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut program = with_all_help(program).disable_help_subcommand(true);
    program.build();
    let commands = program.get_subcommands().filter(|of| !of.is_hide_set());
    let commands: Vec<Command> = commands.cloned().collect();
    let (name, version) = (program.get_name(), program.get_version());
    let source = format!("{name} {}", version.unwrap_or_default());
    let above = name.to_owned();
    let mut pages = vec![page(program, &source, None)?];
    for command in commands {
        pages.push(page(command, &source, Some(&above))?);
    }
    Ok(pages)
}

/// Every option with what it does, also those that the short help leaves out.
fn with_all_help(command: Command) -> Command {
    let command = command.mut_args(|arg| arg.hide_short_help(false));
    command.mut_subcommands(with_all_help)
}

fn page(mut command: Command, source: &str, above: Option<&str>) -> io::Result<(String, Vec<u8>)> {
    let usage = command.render_usage().to_string();
    let forms: Vec<&str> = usage.trim_start_matches("Usage:").lines().collect();
    let command = command.override_usage(forms.join("\n"));
    let after = command.get_after_help().map(ToString::to_string);
    let has_commands = command.get_subcommands().any(|of| !of.is_hide_set());
    let man = Man::new(command).source(source);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    if has_commands {
        man.render_subcommands_section(&mut text)?;
    }
    man.render_options_section(&mut text)?;
    after.map_or(Ok(()), |after| remarks(&after).to_writer(&mut text))?;
    if let Some(above) = above {
        let mut roff = Roff::new();
        roff.control("SH", ["SEE ALSO"]);
        roff.text([bold(above), roman("(1)")]);
        roff.to_writer(&mut text)?;
    }
    Ok((man.get_filename(), text))
}

/// The remarks at the end of the help: examples line by line as they are, all else as paragraphs.
fn remarks(after: &str) -> Roff {
    let mut roff = Roff::new();
    let is_example = |line: &str| line.starts_with("  ");
    let mut was_example = false;
    for (number, line) in after.lines().enumerate() {
        if was_example && !is_example(line) {
            roff.control("fi", []);
            roff.control("RE", []);
        }
        match line {
            "Example:" | "Examples:" => roff.control("SH", ["EXAMPLES"]),
            "" => roff.control("PP", []),
            example if is_example(example) => {
                if !was_example {
                    roff.control("RS", ["0"]).control("nf", []);
                }
                let parted = example.trim_start().split_once("  ");
                let (typed, does) = parted.unwrap_or((example.trim_start(), ""));
                let mut words = vec![bold(typed)];
                if !does.is_empty() {
                    words.extend([
                        Inline::LineBreak,
                        roman(format!("    {}", does.trim_start())),
                    ]);
                }
                roff.text(words)
            }
            text => {
                if number == 0 {
                    roff.control("SH", ["NOTES"]);
                }
                roff.text([roman(text)])
            }
        };
        was_example = is_example(line);
    }
    if was_example {
        roff.control("fi", []).control("RE", []);
    }
    roff
}
