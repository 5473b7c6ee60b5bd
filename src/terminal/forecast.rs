//! What sending will do, in sentences.

use std::time::Duration;

use crate::api::Rate;
use crate::plan::Forecast;
use crate::wording::{self, about, counted, decimal, number};

/// How fast changes go, and how that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ExpectedPace {
    /// No faster than this, as `--rate` says.
    AtMost(Rate),
    /// So many a second, as the last run of the same job has shown.
    LastRun(f64),
    /// So many questions a second were answered just now.
    JustNow(f64),
    /// Nobody has measured it.
    Unknown,
}

impl ExpectedPace {
    /// About how long so many changes take, where that is known.
    pub(crate) fn lasts(self, changes: usize) -> Option<Duration> {
        let at = |pace: f64| Duration::from_secs_f64(changes as f64 / pace);
        match self {
            ExpectedPace::AtMost(rate) => Some(rate.interval() * u32::try_from(changes).ok()?),
            ExpectedPace::LastRun(pace) | ExpectedPace::JustNow(pace) => Some(at(pace)),
            ExpectedPace::Unknown => None,
        }
        .filter(|_| changes > 0)
    }

    /// The same as a sentence.
    pub(crate) fn sentence(self, changes: usize) -> Option<String> {
        let time = about(self.lasts(changes)?);
        Some(match self {
            ExpectedPace::AtMost(rate) => {
                let least = time.trim_start_matches("about ");
                format!("Time: at least {least} (`--rate {rate}`).")
            }
            ExpectedPace::LastRun(pace) => format!(
                "Time: {time}, at the speed of the last run ({} a second).",
                decimal(pace)
            ),
            ExpectedPace::JustNow(pace) => format!(
                "Time: {time}, if the workspace is as fast as just now ({} a second).",
                decimal(pace)
            ),
            ExpectedPace::Unknown => return None,
        })
    }
}

/// What sending will do, the most important first.
pub(crate) fn sentences(forecast: &Forecast, pace: ExpectedPace) -> Vec<String> {
    let mut all = vec![changes(forecast)];
    let rows = |count, one: &str, many: &str| counted(count, one, many);
    if forecast.loads.already_so > 0 {
        all.push(format!(
            "{} the right owner already.",
            counted(forecast.loads.already_so, "contact has", "contacts have")
        ));
    }
    if forecast.not_sent > 0 {
        all.push(format!(
            "{} not be processed.",
            rows(forecast.not_sent, "row will", "rows will")
        ));
    }
    if forecast.done_before > 0 {
        all.push(format!(
            "{} done earlier and will not be done again.",
            rows(forecast.done_before, "row was", "rows were")
        ));
    }
    if forecast.later > 0 {
        all.push(format!(
            "{} for later (`--limit`).",
            rows(forecast.later, "change is kept", "changes are kept")
        ));
    }
    all.extend(pace.sentence(forecast.loads.moved()));
    all
}

fn changes(forecast: &Forecast) -> String {
    let given = forecast.loads.given();
    let unassigned = forecast.loads.unassigned();
    let rows = match forecast.unassigning.as_slice() {
        [] => String::new(),
        unassigning => format!(" ({})", wording::rows(unassigning)),
    };
    let give = match given {
        1 => "give 1 contact to a new owner".to_owned(),
        given => format!("give {} contacts to new owners", number(given)),
    };
    match (given, unassigned) {
        (0, 0) => "This will change nothing.".to_owned(),
        (_, 0) => format!("This will {give}."),
        (0, _) => format!(
            "This will leave {} without an owner{rows}.",
            counted(unassigned, "contact", "contacts")
        ),
        _ => format!(
            "This will {give} and leave {} without an owner{rows}.",
            number(unassigned)
        ),
    }
}

/// Who will hear of it; in a practice workspace nobody does.
pub(crate) fn notified(forecast: &Forecast, is_trial: bool) -> Option<String> {
    let users = forecast.loads.notified().count();
    let given = forecast.loads.given();
    let times = match (given, is_trial) {
        (1, _) => "once".to_owned(),
        (_, true) => format!("{} times", number(given)),
        (_, false) => format!("{} times in total (once per contact)", number(given)),
    };
    let up_to = match forecast.loads.may_be_the_same {
        true => "Up to ",
        false => "",
    };
    let users = (users > 0).then_some(users)?;
    Some(match is_trial {
        false => format!(
            "{up_to}{} be notified, {times}.",
            counted(users, "user will", "users will")
        ),
        true => format!(
            "This is practice, so nobody is notified (in your workspace: {}{}, {times}).",
            up_to.to_lowercase(),
            counted(users, "user", "users")
        ),
    })
}

/// What cannot be known of who is who.
pub(crate) fn doubt(forecast: &Forecast, is_live: bool) -> Option<&'static str> {
    match (forecast.loads.may_be_the_same, is_live) {
        (false, _) => None,
        (true, false) => Some(
            "Some users are named by ID and others by email, so two of them may be one person. `--live` or `--users` \
             would show it.",
        ),
        (true, true) => Some(
            "Of some users the workspace shows only the ID and of others only the email, so two of them may be one person.",
        ),
    }
}
