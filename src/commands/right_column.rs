//! Whether the right column was taken for who gets the contacts: where the first of them already have the owner that it
//! names, it may say who has them.

use std::io::{self, BufRead as _};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::cli::ApplyArgs;
use crate::job::{RunKind, What};
use crate::mapping::{self, Offer};
use crate::outcome::{Event, Status};
use crate::refusal::{Refusal, UserAnswer};
use crate::run::Stop;
use crate::sheet::Batch;
use crate::wording::{counted, number};

use super::columns::choice;
use super::prepare::Prepared;
use super::screen::{ask, is_yes};
use super::signals::Signals;

/// So many contacts that already are where they should be speak against a column.
const FIRST: usize = 20;
/// In a sheet of fewer rows than that all of them do, but not fewer than these.
const FEW: usize = 5;

/// What the first contacts of a run show.
#[derive(Debug)]
pub(super) struct RightColumn {
    name: String,
    offers: Vec<Offer>,
    /// How many contacts are looked at.
    first: usize,
    /// How many already had their owner, while nothing speaks for the column; `None` once that is decided.
    right: Option<usize>,
    asks: bool,
}

/// What is done about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing yet, or nothing at all.
    None,
    /// It is said.
    Said(String),
    /// Whoever watches is asked.
    Asked(String),
}

impl RightColumn {
    /// What to watch in a run that makes `sending` changes; nothing where the column is not in doubt: a run before this one
    /// has sent, or we wrote the sheet.
    pub(super) fn of(prepared: &Prepared, args: &ApplyArgs, sending: usize) -> RightColumn {
        let is_first = matches!(prepared.job.run, RunKind::First | RunKind::Anew);
        let first = FIRST.min(sending);
        let is_watched =
            is_first && first >= FEW && !args.blind && !prepared.sheet.columns.are_moves();
        RightColumn {
            name: prepared.sheet.columns.name(prepared.sheet.columns.assignee),
            offers: match is_watched {
                true => offers(prepared),
                false => Vec::new(),
            },
            first,
            right: is_watched.then_some(0),
            // Who was asked before sending is there to be asked again, as long as there is something left to send.
            asks: !args.yes && !args.workspace.sandbox && sending > first,
        }
    }

    /// What the sheet's own column comes to where the workspace was looked at before: nothing is to be changed at all.
    pub(super) fn at_a_look(prepared: &Prepared) -> Option<String> {
        let changes = prepared.plan.changes().count();
        let is_doubtful = prepared.job.run == RunKind::First
            && prepared.job.what == What::Sheet
            && !prepared.sheet.columns.are_moves();
        (is_doubtful && changes >= FEW).then(|| {
            let name = prepared.sheet.columns.name(prepared.sheet.columns.assignee);
            doubt("All", changes, &name, &offers(prepared))
        })
    }

    /// Takes in what happened.
    pub(super) fn see(&mut self, events: &[Event]) -> Doubt {
        for event in events {
            let Some(right) = &mut self.right else {
                return Doubt::None;
            };
            match event {
                Event::Settled(outcome) if outcome.status == Status::Unchanged => *right += 1,
                // Somebody has it who should not: the column says where contacts go.
                Event::Sent(_) => self.right = None,
                Event::Settled(outcome) if outcome.status == Status::Drifted => self.right = None,
                _ => {}
            }
        }
        if self.right.is_none_or(|right| right < self.first) {
            return Doubt::None;
        }
        self.right = None;
        let said = doubt("The first", self.first, &self.name, &self.offers);
        match self.asks {
            true => Doubt::Asked(said),
            false => Doubt::Said(said),
        }
    }

    /// Asks, and asks the run to stop if the answer is no. Whoever stops it meanwhile has answered, too.
    pub(super) fn ask(&self, said: &str, signals: &Signals) -> io::Result<bool> {
        const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
        ask(&format!(
            "{said}\nDoes `{}` say who gets the contacts? [y/N] ",
            self.name
        ))?;
        let (typed, answer) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = io::stdin().lock().read_line(&mut line);
            let _ = typed.send(read.map(|_| line));
        });
        loop {
            if *signals.stop().borrow() != Stop::No {
                return Ok(true);
            }
            match answer.recv_timeout(BETWEEN_LOOKS) {
                Ok(line) => {
                    let is_right = is_yes(&line?);
                    if !is_right {
                        signals.stop_run();
                    }
                    return Ok(is_right);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(true),
            }
        }
    }

    /// Why nothing was sent, where the answer was no.
    pub(super) fn refusal(&self) -> Refusal {
        let why = format!(
            "`{}` does not say who gets the contacts; nothing was changed. Name the right column with `--assignee`",
            self.name
        );
        let answer = |offer: &Offer| UserAnswer {
            what: offer.to_string(),
            options: offer.options.iter().map(Into::into).collect(),
        };
        Refusal::new(why)
            .answered_by(self.offers.iter().map(answer).collect())
            .by_a_guard()
    }
}

fn offers(prepared: &Prepared) -> Vec<Offer> {
    // Cells of results were read when they were written; another column is named for the sheet itself.
    if prepared.job.what != What::Sheet {
        return Vec::new();
    }
    let Ok(head) = prepared.job.sheet.head() else {
        return Vec::new();
    };
    let rows: Vec<_> = head.into_iter().flat_map(Batch::rows).collect();
    let users = prepared.who.users.as_ref();
    mapping::columns_instead(
        &rows,
        &prepared.sheet.columns,
        &choice(&prepared.sheet.reading),
        users,
    )
}

fn doubt(which: &str, count: usize, name: &str, offers: &[Offer]) -> String {
    let contacts = match which {
        "All" => counted(count, "contact", "contacts"),
        _ => format!("{} contacts", number(count)),
    };
    let said = format!(
        "{which} {contacts} already have the owner that `{name}` names, so nothing was to be changed."
    );
    let others: Vec<String> = offers
        .iter()
        .map(|offer| {
            format!(
                "`--assignee {}`",
                crate::platform::quoted(offer.options[1].as_ref())
            )
        })
        .collect();
    match others.as_slice() {
        [] => format!("{said} If another column says who gets them, name it with `--assignee`."),
        others => format!(
            "{said} If another column says who gets them: {}.",
            others.join(" or ")
        ),
    }
}
