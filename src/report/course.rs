//! How a run went, as a picture, a sentence and a table.

use crate::results::journal::Run;

use super::charts::CourseStretch;
use crate::wording::{counted, lasting, number};

/// As many stretches as can be told apart.
const STRETCHES: usize = 120;

/// The stretches of a run in seconds since it began, joined where there are more than can be seen.
pub(super) fn stretches(run: &Run) -> Vec<CourseStretch> {
    let began = run.start.at;
    let joined = run.course.len().div_ceil(STRETCHES).max(1);
    let mut from = 0.0;
    run.course
        .chunks(joined)
        .filter_map(|paces| {
            let last = paces.last()?;
            let to = last.at.duration_since(began).as_secs_f64().max(from);
            let sum = |count: fn(&crate::outcome::Pace) -> u32| paces.iter().map(count).sum();
            let stretch = CourseStretch {
                from,
                to,
                reads: sum(|pace| pace.reads),
                writes: sum(|pace| pace.writes),
                throttled: sum(|pace| pace.throttled),
                queued: sum(|pace| pace.queued),
                waiting: paces.iter().map(|pace| pace.waiting).max().unwrap_or(0),
                held: f64::from(sum(|pace| pace.held_ms)) / 1000.0,
            };
            from = to;
            Some(stretch)
        })
        .collect()
}

/// The course in words.
pub(super) fn sentence(stretches: &[CourseStretch]) -> String {
    let sum =
        |count: fn(&CourseStretch) -> u32| stretches.iter().map(|one| count(one) as usize).sum();
    let (reads, writes): (usize, usize) = (sum(|one| one.reads), sum(|one| one.writes));
    let (throttled, queued): (usize, usize) = (sum(|one| one.throttled), sum(|one| one.queued));
    let held: f64 = stretches.iter().map(|one| one.held).sum();
    let lasted = stretches.last().map_or(0.0, |last| last.to);
    let mut parts = vec![format!(
        "{} in {}: {} and {}",
        counted(reads + writes, "request", "requests"),
        lasting(lasted),
        counted(reads, "contact read", "contacts read"),
        counted(
            writes,
            "change sent to the workspace",
            "changes sent to the workspace"
        ),
    )];
    if throttled > 0 {
        parts.push(format!(
            "the workspace asked {} to slow down (429)",
            counted(throttled, "time", "times")
        ));
    }
    if held >= 0.5 {
        parts.push(format!("everything waited for {} in all", lasting(held)));
    }
    if queued > 0 {
        parts.push(format!(
            "{} put off because the workspace was still preparing the contact (449)",
            counted(queued, "request was", "requests were")
        ));
    }
    format!("{}.", parts.join("; "))
}

/// The lines of the table that says what the picture shows: time, requests, refusals, waiting.
pub(super) fn lines(stretches: &[CourseStretch]) -> Vec<[String; 6]> {
    const LINES: usize = 24;
    let joined = stretches.len().div_ceil(LINES).max(1);
    stretches
        .chunks(joined)
        .filter_map(|some| {
            let sum = |count: fn(&CourseStretch) -> u32| -> usize {
                some.iter().map(|one| count(one) as usize).sum()
            };
            let (first, last) = (some.first()?, some.last()?);
            let requests = sum(|one| one.reads) + sum(|one| one.writes);
            let waiting = some.iter().map(|one| one.waiting).max().unwrap_or(0);
            let held: f64 = some.iter().map(|one| one.held).sum();
            Some([
                format!("{:.0}–{:.0} s", first.from, last.to),
                number(requests),
                format!("{:.1}", requests as f64 / (last.to - first.from).max(0.1)),
                number(sum(|one| one.throttled)),
                number(sum(|one| one.queued)),
                if held > 0.0 {
                    format!("{held:.1} s, {waiting} set aside")
                } else {
                    format!("{waiting} set aside")
                },
            ])
        })
        .collect()
}
