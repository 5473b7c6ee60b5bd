//! Asks before anything is sent, with what matters.

use std::io::{self, Write};

use anyhow::Context;

use crate::cli::{ApplyArgs, ClosedArg};
use crate::contact::Assignee;

use crate::visible::visible;

use super::prepare::Prepared;
use super::screen::{counted, tell};

/// How many assignees are told by name.
const ASSIGNEES: usize = 5;

/// Whether the user says yes.
pub(super) fn agreed(
    prepared: &Prepared,
    args: &ApplyArgs,
    headline: &str,
    sending: usize,
) -> anyhow::Result<bool> {
    let mut receives: Vec<_> = prepared.plan.receives();
    receives.retain(|(assignee, _)| **assignee != Assignee::Nobody);
    if sending == prepared.plan.len() && !receives.is_empty() {
        let most: Vec<_> = receives
            .iter()
            .take(ASSIGNEES)
            .map(|(assignee, count)| format!("{assignee}: {count}"))
            .collect();
        let more = receives.len().saturating_sub(ASSIGNEES);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        tell(format!(
            "Assignees are notified ({}{more}).",
            most.join(", ")
        ));
    } else {
        tell("Assignees are notified.");
    }
    tell("Workflows of the workspace may write to customers. Neither can be recalled.");
    let closed = prepared.plan.closed().count();
    if closed > 0 {
        let closed = counted(
            closed,
            "contact has a closed conversation",
            "contacts have closed conversations",
        );
        tell(match args.closed {
            ClosedArg::Send => format!(
                "{closed}, where the workspace may accept a change and not make it; each is checked afterwards."
            ),
            ClosedArg::Skip => format!("{closed} and will not be changed (`--closed skip`)."),
        });
    }
    if args.blind {
        tell("With `--blind` nobody records who had the contacts: there is no way back.");
    }
    let mut err = io::stderr();
    write!(err, "{}. Apply? [y/N] ", visible(headline))
        .and_then(|()| err.flush())
        .context("cannot ask")?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
