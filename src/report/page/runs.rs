//! Every run: who, when, with which command, and how it went.

use maud::{Markup, PreEscaped, html};

use crate::outcome::Tally;
use crate::report::charts;
use crate::report::course::{lines, sentence, stretches};
use crate::report::escape::visible;
use crate::report::{Detail, Report};
use crate::results::journal::Run;
use crate::wording::{counted, lasting, number};

use super::{shown, time};

/// How many runs have their course drawn, the latest ones.
const DRAWN: usize = 6;

pub(super) fn details(report: &Report) -> Markup {
    if report.runs.is_empty() {
        return html! {};
    }
    let all: Vec<(usize, &Run)> = (1..).zip(&report.runs).collect();
    html! {
        details #runs {
            summary { (counted(report.runs.len(), "run", "runs")) ": who, when, and how fast" }
            ol .runs reversed {
                @for (place, run) in all.into_iter().rev() { (one(report, place, run)) }
            }
        }
    }
}

fn one(report: &Report, place: usize, run: &Run) -> Markup {
    let is_full = report.detail == Detail::Full;
    let latest = report.runs.len();
    html! {
        li {
            h3 { "Run " (place) ", " (time(run.start.at)) }
            dl .facts {
                div { dt { "By" } dd { (shown(&run.start.user)) " on " (shown(&run.start.computer)) } }
                @if let Some(end) = &run.end {
                    div { dt { "Took" } dd { (lasting(end.at.duration_since(run.start.at).as_secs_f64())) } }
                }
                div { dt { "Plan" } dd { code { (visible(&run.start.plan)) } } }
                div { dt { "Workspace" } dd { (shown(&run.start.workspace)) } }
            }
            @if is_full {
                @if let Some(note) = &run.start.note { p .note { (shown(note)) } }
                @if let Some(command) = &run.start.command {
                    p .command { span .unseen { "Command: " } code { (visible(command)) } }
                }
            }
            p { (visible(&told(run, report.detail))) }
            @if place + DRAWN > latest { (drawn(place, run)) }
        }
    }
}

/// What came of it, and why it ended.
fn told(run: &Run, detail: Detail) -> String {
    let what = match run.tally.total() {
        0 => "It took up no row.".to_owned(),
        total => format!(
            "{} taken up: {}.",
            counted(total, "row was", "rows were"),
            counts(&run.tally)
        ),
    };
    let end = match &run.end {
        None => "It has not ended: it is still at work, or was cut short.".to_owned(),
        Some(end) if end.why == "done" => String::new(),
        Some(end) if end.why == "limit reached" => {
            "It ended when as many changes were made as --limit allows.".to_owned()
        }
        Some(end) if detail == Detail::Full => end.why.clone(),
        Some(_) => "It stopped early.".to_owned(),
    };
    let slept = match run.slept {
        0 => String::new(),
        seconds => format!(
            " The computer slept for {} meanwhile.",
            lasting(seconds as f64)
        ),
    };
    format!("{what}{slept} {end}").trim_end().to_owned()
}

fn counts(tally: &Tally) -> String {
    let counts: Vec<String> = tally
        .iter()
        .map(|(status, count)| format!("{} {}", number(count), status.title()))
        .collect();
    counts.join(", ")
}

/// The course of a run as a picture, with the same in figures behind it.
fn drawn(place: usize, run: &Run) -> Markup {
    let stretches = stretches(run);
    if stretches.is_empty() {
        return html! { p .quiet { "Its journal does not say how it went." } };
    }
    let said = sentence(&stretches);
    html! {
        p { (said) }
        @if stretches.len() > 1 {
            p .legend aria-hidden="true" {
                "Requests a second: " span .key .reads {} "reads " span .key .writes {} "writes "
                span .key .held {} "everything waits " span .key .dot .refused {} "429, too many "
                span .key .dot .put-off {} "449, put off"
            }
            div .wide .chart tabindex="0" role="region" aria-label={ "Course of run " (place) } {
                (PreEscaped(charts::course(
                    &format!("course-{place}"),
                    &format!("The course of run {place}: requests a second"),
                    &said,
                    &stretches,
                )))
            }
        }
        details {
            summary { "The same in figures" }
            div .wide tabindex="0" role="region" aria-label={ "Course of run " (place) " in figures" } {
                table .plain {
                    caption .unseen { "The course of run " (place) }
                    thead { tr {
                        th scope="col" { "Time" }
                        @for name in ["Requests", "A second", "429", "449"] {
                            th scope="col" .figure { (name) }
                        }
                        th scope="col" { "Waited" }
                    } }
                    tbody {
                        @for [time, requests, rate, throttled, queued, waited] in lines(&stretches) {
                            tr {
                                th scope="row" { (time) }
                                @for cell in [requests, rate, throttled, queued] { td .figure { (cell) } }
                                td { (waited) }
                            }
                        }
                    }
                }
            }
        }
    }
}
