//! Why a command does not start: all reasons together, and one command that would work.

use std::ffi::OsString;
use std::fmt;

use super::ExitStatus;

/// One reason.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) why: String,
    /// The options that would settle it, as they are typed.
    pub(super) fix: Vec<OsString>,
    /// What there is to choose from, where only the user can tell.
    pub(super) answers: Vec<Answer>,
    pub(super) kind: Kind,
}

/// One of the answers to what only the user can tell.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// What it is and what it would do, as a phrase.
    pub(super) what: String,
    /// The options that give it, as they are typed.
    pub(super) options: Vec<OsString>,
}

/// What kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It could not start.
    Start,
    /// A limit that the user set, or that stands by itself.
    Guard,
}

impl Refusal {
    pub(super) fn new(why: impl Into<String>) -> Refusal {
        Refusal {
            why: why.into(),
            fix: Vec::new(),
            answers: Vec::new(),
            kind: Kind::Start,
        }
    }

    pub(super) fn fixed_by<S: Into<OsString>>(
        mut self,
        fix: impl IntoIterator<Item = S>,
    ) -> Refusal {
        self.fix = fix.into_iter().map(Into::into).collect();
        self
    }

    pub(super) fn answered_by(mut self, answers: Vec<Answer>) -> Refusal {
        self.answers = answers;
        self
    }

    pub(super) fn by_a_guard(mut self) -> Refusal {
        self.kind = Kind::Guard;
        self
    }
}

/// More commands than these are no help.
const MOST_COMMANDS: usize = 6;

/// The options that settle everything at once, one list for each combination of answers; none if something cannot be
/// settled by options.
pub(super) fn all_settled(refusals: &[Refusal]) -> Vec<(String, Vec<OsString>)> {
    let mut all = vec![(Vec::<&str>::new(), Vec::new())];
    for refusal in refusals {
        let answers: Vec<(Option<&str>, &[OsString])> = match refusal.answers.as_slice() {
            [] if refusal.fix.is_empty() => return Vec::new(),
            [] => vec![(None, &refusal.fix)],
            answers => answers
                .iter()
                .map(|answer| (Some(answer.what.as_str()), answer.options.as_slice()))
                .collect(),
        };
        all = all
            .iter()
            .flat_map(|(what, options)| {
                answers.iter().map(move |(said, more)| {
                    let what = what.iter().copied().chain(*said).collect();
                    (what, [options.as_slice(), more].concat())
                })
            })
            .collect();
        if all.len() > MOST_COMMANDS {
            return Vec::new();
        }
    }
    all.retain(|(_, options): &(Vec<&str>, Vec<OsString>)| !options.is_empty());
    all.into_iter()
        .map(|(what, options)| match what.is_empty() {
            true => ("this would work".to_owned(), options),
            false => (what.join("; "), options),
        })
        .collect()
}

/// A way out: what it does, and the command for it.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub(super) what: String,
    pub(super) command: String,
}

/// All reasons, and the ways out.
#[derive(Debug)]
pub(super) struct Refused {
    refusals: Vec<Refusal>,
    ways: Vec<Way>,
}

impl Refused {
    pub(super) fn new(refusals: Vec<Refusal>, ways: Vec<Way>) -> Refused {
        Refused { refusals, ways }
    }

    pub(super) fn of(why: String, ways: Vec<Way>) -> Refused {
        Refused::new(vec![Refusal::new(why)], ways)
    }

    pub(super) fn status(&self) -> ExitStatus {
        if self
            .refusals
            .iter()
            .all(|refusal| refusal.kind == Kind::Guard)
        {
            ExitStatus::StoppedEarly
        } else {
            ExitStatus::CouldNotStart
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        Refused::new(vec![refusal], Vec::new())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusals.as_slice() {
            [one] => f.write_str(&one.why)?,
            several => {
                write!(f, "{} things stand in the way", several.len())?;
                for refusal in several {
                    write!(f, "\n  - {}", refusal.why)?;
                }
            }
        }
        self.ways
            .iter()
            .try_for_each(|way| write!(f, "\n{}:\n  {}", way.what, way.command))
    }
}

impl std::error::Error for Refused {}
