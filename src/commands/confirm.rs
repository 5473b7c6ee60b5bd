//! Asks before anything is sent, with what matters.

use std::io;

use anyhow::Context;

use crate::cli::ApplyArgs;
use crate::plan::Forecast;
use crate::run::OnClosed;
use crate::terminal::{ExpectedPace, LineTone, Screen};
use crate::wording::{closed_conversations, counted};

use super::prepare::Prepared;
use super::screen::{ask, is_yes};
use super::show;

/// What sending will do.
pub(super) fn outlook(
    prepared: &Prepared,
    args: &ApplyArgs,
    forecast: &Forecast,
    pace: ExpectedPace,
) -> Screen {
    let mut screen = Screen::default();
    show::outlook(
        forecast,
        prepared.who.looked.is_some(),
        prepared.workspace.is_trial(),
        pace,
        &mut screen,
    );
    let closed: Vec<u32> = prepared.plan.closed().collect();
    if !closed.is_empty() {
        let closed = closed_conversations(&closed);
        screen.toned(
            LineTone::Warning,
            match args.closed {
                OnClosed::Send => format!("{closed} Each of these is looked up afterwards."),
                OnClosed::Skip => {
                    format!("{closed} These contacts will be left as they are (`--closed skip`).")
                }
            },
        );
    }
    if args.blind {
        screen.toned(
            LineTone::Warning,
            "With `--blind` nobody records who had the contacts, so this cannot be undone.",
        );
    }
    screen
}

/// Whether the user says yes.
pub(super) fn agreed(
    prepared: &Prepared,
    forecast: &Forecast,
    mut outlook: Screen,
) -> anyhow::Result<bool> {
    outlook.say(
        "This sends no message to customers. But workflows of the workspace that begin when an owner changes may send some, \
         and messages cannot be taken back.",
    );
    let moved = forecast.loads.moved();
    let workspace = prepared.workspace.name();
    let question = match moved {
        0 => format!("Check these contacts again in the workspace {workspace}?"),
        _ => format!(
            "Change the owner of {} in the workspace {workspace}?",
            counted(moved, "contact", "contacts")
        ),
    };
    outlook.print_err();
    ask(&format!("{question} [y/N] ")).context("cannot ask")?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(is_yes(&answer))
}
