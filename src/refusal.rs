//! Why a command does not start: all reasons together, and the commands that would work; and how the program ends.

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// No row is open.
    Done,
    /// It finished, and rows are open.
    RowsOpen,
    /// Nothing was sent, and it could not start.
    CouldNotStart,
    /// It stopped early.
    StoppedEarly,
    /// SIGINT.
    Interrupted,
    /// SIGTERM or SIGHUP.
    Terminated,
}

impl ExitStatus {
    /// The exit status that goes with an error.
    pub fn of(err: &anyhow::Error) -> ExitStatus {
        err.downcast_ref::<Refused>()
            .map_or(ExitStatus::CouldNotStart, Refused::status)
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        ExitCode::from(match status {
            ExitStatus::Done => 0,
            ExitStatus::RowsOpen => 1,
            ExitStatus::CouldNotStart => 2,
            ExitStatus::StoppedEarly => 3,
            ExitStatus::Interrupted => 130,
            ExitStatus::Terminated => 143,
        })
    }
}

/// One reason.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) why: String,
    /// The options that would settle it, as they are typed.
    pub(crate) fix: Vec<OsString>,
    pub(crate) kind: Kind,
}

/// What kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It could not start.
    Start,
    /// A limit that the user set, or that stands by itself.
    Guard,
}

impl Refusal {
    pub(crate) fn new(why: impl Into<String>) -> Refusal {
        Refusal {
            why: why.into(),
            fix: Vec::new(),
            kind: Kind::Start,
        }
    }

    pub(crate) fn fixed_by<S: Into<OsString>>(
        mut self,
        fix: impl IntoIterator<Item = S>,
    ) -> Refusal {
        self.fix = fix.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn by_a_guard(mut self) -> Refusal {
        self.kind = Kind::Guard;
        self
    }
}

/// A way out: what it does, and the command for it.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) what: &'static str,
    pub(crate) command: String,
}

/// All reasons, and the ways out.
#[derive(Debug)]
pub(crate) struct Refused {
    refusals: Vec<Refusal>,
    ways: Vec<Way>,
}

impl Refused {
    pub(crate) fn new(refusals: Vec<Refusal>, ways: Vec<Way>) -> Refused {
        Refused { refusals, ways }
    }

    pub(crate) fn of(why: String, ways: Vec<Way>) -> Refused {
        Refused::new(vec![Refusal::new(why)], ways)
    }

    pub(crate) fn status(&self) -> ExitStatus {
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
