//! Asks before anything is sent, with what matters.

use std::io::{self, Write};

use anyhow::Context;

use crate::cli::{ApplyArgs, ClosedArg};
use crate::format::{counted, rows};
use crate::plan::Forecast;
use crate::terminal::{Pace, Screen, Tone};

use super::prepare::Prepared;
use super::show;

/// What sending will do.
pub(super) fn outlook(
    prepared: &Prepared,
    args: &ApplyArgs,
    forecast: &Forecast,
    pace: Pace,
) -> Screen {
    let mut screen = Screen::default();
    show::outlook(
        forecast,
        prepared.who.looked.is_some(),
        prepared.workspace.is_practice(),
        pace,
        &mut screen,
    );
    let closed: Vec<u32> = prepared.plan.closed().collect();
    if !closed.is_empty() {
        let closed = format!(
            "{} ({})",
            counted(
                closed.len(),
                "contact has a closed conversation",
                "contacts have closed conversations",
            ),
            rows(&closed)
        );
        screen.toned(
            Tone::Warning,
            match args.closed {
                ClosedArg::Send => format!(
                    "{closed}. The workspace might not change them; each is checked afterwards."
                ),
                ClosedArg::Skip => format!("{closed}. They will not be changed (`--closed skip`)."),
            },
        );
    }
    if args.blind {
        screen.toned(
            Tone::Warning,
            "With `--blind` nobody records who had the contacts, so this cannot be undone.",
        );
    }
    screen
}

/// Whether the user says yes.
pub(super) fn agreed(prepared: &Prepared, mut outlook: Screen) -> anyhow::Result<bool> {
    outlook
        .say("Workflows of the workspace may write to customers. Messages cannot be taken back.");
    outlook.print_err();
    let mut err = io::stderr();
    write!(err, "Workspace {}. Send? [y/N] ", prepared.workspace.name())
        .and_then(|()| err.flush())
        .context("cannot ask")?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
