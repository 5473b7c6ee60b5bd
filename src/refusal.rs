//! Why a command does not start: all reasons together, and the commands that would work; and how the program ends.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::file_clashes::OutputFault;

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
        err.downcast_ref::<Refusals>()
            .map_or(ExitStatus::CouldNotStart, Refusals::status)
    }
}

impl ExitStatus {
    /// The number that goes with it.
    pub fn code(self) -> u8 {
        match self {
            ExitStatus::Done => 0,
            ExitStatus::RowsOpen => 1,
            ExitStatus::CouldNotStart => 2,
            ExitStatus::StoppedEarly => 3,
            ExitStatus::Interrupted => 130,
            ExitStatus::Terminated => 143,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> ExitCode {
        ExitCode::from(status.code())
    }
}

/// One reason.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) why: String,
    /// The options that would settle it, as they are typed.
    pub(crate) fix: Vec<OsString>,
    /// What there is to choose from, where only the user can tell.
    pub(crate) answers: Vec<UserAnswer>,
    /// The same where nothing speaks for any of it: asked on a terminal, and never printed as commands.
    pub(crate) unlikely: Vec<UserAnswer>,
    /// What must have been answered before for this to be asked: one of these lists of options; empty if it always is.
    pub(crate) only_after: Box<[Vec<OsString>]>,
    pub(crate) kind: RefusalKind,
}

/// One of the answers to what only the user can tell.
#[derive(Clone, Debug)]
pub(crate) struct UserAnswer {
    /// What it is and what it would do, as a phrase.
    pub(crate) what: String,
    /// The options that give it, as they are typed.
    pub(crate) options: Vec<OsString>,
}

impl UserAnswer {
    /// Whether these options already use a column that this answer would use for something else.
    pub(crate) fn takes_again(&self, chosen: &[OsString]) -> bool {
        const OF_COLUMNS: [&str; 4] =
            ["--identifier", "--assignee", "--current", "--region-column"];
        let columns = |options: &[OsString]| -> Vec<String> {
            let pairs = options.chunks_exact(2);
            let pairs = pairs.filter(|pair| OF_COLUMNS.iter().any(|option| pair[0] == *option));
            let named = pairs.flat_map(|pair| {
                let named = pair[1].to_string_lossy();
                named.split(',').map(str::to_owned).collect::<Vec<_>>()
            });
            named.collect()
        };
        let taken = columns(chosen);
        columns(&self.options)
            .iter()
            .any(|column| taken.contains(column))
    }
}

/// What kind of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefusalKind {
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
            answers: Vec::new(),
            unlikely: Vec::new(),
            only_after: Box::default(),
            kind: RefusalKind::Start,
        }
    }

    pub(crate) fn fixed_by<S: Into<OsString>>(
        mut self,
        fix: impl IntoIterator<Item = S>,
    ) -> Refusal {
        self.fix = fix.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn answered_by(mut self, answers: Vec<UserAnswer>) -> Refusal {
        self.answers = answers;
        self
    }

    pub(crate) fn perhaps_answered_by(mut self, answers: Vec<UserAnswer>) -> Refusal {
        self.unlikely = answers;
        self
    }

    pub(crate) fn asked_only_after(mut self, answers: Vec<Vec<OsString>>) -> Refusal {
        self.only_after = answers.into();
        self
    }

    /// Whether it has to be settled once these options were chosen.
    pub(crate) fn is_asked_after(&self, chosen: &[OsString]) -> bool {
        let is_in = |options: &Vec<OsString>| {
            options.is_empty() || chosen.windows(options.len()).any(|some| some == options)
        };
        self.only_after.is_empty() || self.only_after.iter().any(is_in)
    }

    pub(crate) fn by_a_guard(mut self) -> Refusal {
        self.kind = RefusalKind::Guard;
        self
    }
}

impl From<OutputFault> for Refusal {
    fn from(fault: OutputFault) -> Refusal {
        Refusal::new(fault.to_string())
    }
}

/// More commands than these are no help.
const MOST_COMMANDS: usize = 6;

/// The options of each answer to each question by itself, where there are too many combinations of them.
fn each_settled(refusals: &[Refusal]) -> Vec<(String, Vec<OsString>)> {
    let answers = refusals.iter().flat_map(|refusal| &refusal.answers);
    let each = answers.map(|answer| (answer.what.clone(), answer.options.clone()));
    let each: Vec<_> = each.collect();
    match each.len() > 2 * MOST_COMMANDS {
        true => Vec::new(),
        false => each,
    }
}

/// What is said and done already, once for each answer to this as well.
fn settled_by<'a>(
    refusal: &'a Refusal,
    said: &[&'a str],
    options: &[OsString],
) -> Vec<(Vec<&'a str>, Vec<OsString>)> {
    if !refusal.is_asked_after(options) {
        return vec![(said.to_vec(), options.to_vec())];
    }
    if refusal.answers.is_empty() {
        return vec![(said.to_vec(), [options, &refusal.fix].concat())];
    }
    let answers = refusal.answers.iter();
    let answers = answers.filter(|answer| !answer.takes_again(options));
    let with = |answer: &'a UserAnswer| {
        let said = [said, &[answer.what.as_str()]].concat();
        (said, [options, &answer.options].concat())
    };
    answers.map(with).collect()
}

/// The options that settle everything at once, one list for each combination of answers; none if something cannot be
/// settled by options.
fn all_settled(refusals: &[Refusal]) -> Vec<(String, Vec<OsString>)> {
    let mut all = vec![(Vec::<&str>::new(), Vec::new())];
    for refusal in refusals {
        if refusal.answers.is_empty() && refusal.fix.is_empty() {
            return Vec::new();
        }
        let each = all.iter();
        all = each
            .flat_map(|(said, options)| settled_by(refusal, said, options))
            .collect();
        if all.len() > MOST_COMMANDS {
            return each_settled(refusals);
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

/// A command that a refusal offers, before it is known how the program was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OfferedCommand {
    /// The command that was refused, with these options in the place of those of the same name.
    Again(Vec<OsString>),
    /// The command that was refused, on another file, with these options in the place of those of the same name.
    On {
        /// The file that it was on.
        instead_of: PathBuf,
        /// The file that it is on now.
        file: PathBuf,
        /// More options.
        options: Vec<OsString>,
    },
    /// Another command.
    Command(Vec<OsString>),
}

/// A way out: what it does, and the command for it.
#[derive(Clone, Debug)]
pub(crate) struct WayOut {
    pub(crate) what: String,
    pub(crate) offer: OfferedCommand,
}

impl WayOut {
    /// The refused command again, with these options.
    pub(crate) fn again<S: AsRef<OsStr>>(
        what: impl Into<String>,
        options: impl IntoIterator<Item = S>,
    ) -> WayOut {
        let options = options.into_iter().map(|arg| arg.as_ref().to_owned());
        WayOut {
            what: what.into(),
            offer: OfferedCommand::Again(options.collect()),
        }
    }

    /// The refused command on another file.
    pub(crate) fn on(
        what: impl Into<String>,
        instead_of: &Path,
        file: &Path,
        options: &[&OsStr],
    ) -> WayOut {
        WayOut {
            what: what.into(),
            offer: OfferedCommand::On {
                instead_of: instead_of.to_owned(),
                file: file.to_owned(),
                options: options.iter().map(|arg| (*arg).to_owned()).collect(),
            },
        }
    }

    /// Another command.
    pub(crate) fn command<S: AsRef<OsStr>>(
        what: impl Into<String>,
        args: impl IntoIterator<Item = S>,
    ) -> WayOut {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        WayOut {
            what: what.into(),
            offer: OfferedCommand::Command(args.collect()),
        }
    }
}

/// All reasons, and the ways out.
#[derive(Debug)]
pub(crate) struct Refusals {
    refusals: Vec<Refusal>,
    ways: Vec<WayOut>,
    /// The ways out as lines that can be pasted into a shell, once that is known.
    lines: Vec<String>,
}

impl Refusals {
    pub(crate) fn new(refusals: Vec<Refusal>, ways: Vec<WayOut>) -> Refusals {
        Refusals {
            refusals,
            ways,
            lines: Vec::new(),
        }
    }

    pub(crate) fn of(why: String, ways: Vec<WayOut>) -> Refusals {
        Refusals::new(vec![Refusal::new(why)], ways)
    }

    /// The reasons.
    pub(crate) fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// The reasons, and the ways out.
    pub(crate) fn into_parts(self) -> (Vec<Refusal>, Vec<WayOut>) {
        (self.refusals, self.ways)
    }

    /// Why, one sentence for each reason.
    pub(crate) fn reasons(&self) -> impl Iterator<Item = &str> {
        self.refusals.iter().map(|refusal| refusal.why.as_str())
    }

    /// What would work instead, and the command for it, once that is known.
    pub(crate) fn ways_out(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.ways.iter().zip(&self.lines);
        lines.map(|(way, line)| (way.what.as_str(), line.as_str()))
    }

    pub(crate) fn status(&self) -> ExitStatus {
        if self
            .refusals
            .iter()
            .all(|refusal| refusal.kind == RefusalKind::Guard)
        {
            ExitStatus::StoppedEarly
        } else {
            ExitStatus::CouldNotStart
        }
    }

    /// Turns the ways out into lines. Where options settle every reason, all of them together are one more way, or one
    /// for each combination of answers.
    pub(crate) fn type_out(&mut self, typed: impl Fn(&OfferedCommand) -> String) {
        let all = all_settled(&self.refusals);
        let all = all
            .into_iter()
            .map(|(what, options)| WayOut::again(what, options));
        self.ways.extend(all);
        let line = |way: &WayOut| typed(&way.offer);
        self.lines = self.ways.iter().map(line).collect();
    }
}

impl From<Refusal> for Refusals {
    fn from(refusal: Refusal) -> Refusals {
        Refusals::new(vec![refusal], Vec::new())
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusals.as_slice() {
            [one] => f.write_str(&one.why)?,
            several => {
                write!(f, "{} problems have to be solved first", several.len())?;
                for refusal in several {
                    write!(f, "\n  - {}", refusal.why)?;
                }
            }
        }
        self.ways_out()
            .try_for_each(|(what, command)| write!(f, "\n{what}:\n  {command}"))
    }
}

impl std::error::Error for Refusals {}
