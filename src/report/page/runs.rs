//! Every run: who, when, with which command, and how it went.

use std::io::{self, Write};

use crate::outcome::Tally;
use crate::report::Report;
use crate::report::charts;
use crate::report::course::{lines, sentence, stretches};
use crate::report::escape::Text;
use crate::report::mask::Mask;
use crate::report::words::{self, counted, lasting, number};
use crate::results::journal::Run;

use super::time;

/// How many runs have their course drawn, the latest ones.
const DRAWN: usize = 6;

pub(super) fn write(report: &Report, mask: &Mask, to: &mut impl Write) -> io::Result<()> {
    if report.runs.is_empty() {
        return Ok(());
    }
    write!(
        to,
        "<section id=\"runs\" aria-labelledby=\"runs-title\"><h2 id=\"runs-title\">{}, latest first</h2>\n<ol class=\"runs\" reversed>\n",
        counted(report.runs.len(), "run", "runs")
    )?;
    let latest = report.runs.len();
    for (place, run) in (1..)
        .zip(&report.runs)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
    {
        write!(
            to,
            "<li><h3>Run {place}, {}</h3>\n<dl class=\"facts\"><div><dt>By</dt><dd><bdi>{}</bdi> on <bdi>{}</bdi></dd></div>",
            time(run.start.at),
            Text(&run.start.user),
            Text(&run.start.computer)
        )?;
        if let Some(end) = &run.end {
            let lasted = end.at.duration_since(run.start.at).as_secs_f64();
            write!(to, "<div><dt>Took</dt><dd>{}</dd></div>", lasting(lasted))?;
        }
        writeln!(
            to,
            "<div><dt>Plan</dt><dd><code>{}</code></dd></div><div><dt>Workspace</dt><dd><bdi>{}</bdi></dd></div></dl>",
            Text(&run.start.plan),
            Text(&run.start.workspace)
        )?;
        if let Some(note) = &run.start.note {
            write!(
                to,
                "<p class=\"note\"><bdi>{}</bdi></p>",
                Text(&mask.typed(note))
            )?;
        }
        if let Some(command) = &run.start.command {
            write!(
                to,
                "<p class=\"command\"><span class=\"unseen\">Command: </span><code>{}</code></p>",
                Text(&mask.typed(command))
            )?;
        }
        write!(to, "<p>{}</p>", Text(&told(run, mask)))?;
        if place + DRAWN > latest {
            drawn(place, run, to)?;
        }
        to.write_all(b"</li>\n")?;
    }
    writeln!(to, "</ol></section>")
}

/// What came of it, and why it ended.
fn told(run: &Run, mask: &Mask) -> String {
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
        Some(end) => mask.remark(&end.why),
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
        .map(|(status, count)| format!("{} {}", number(count), words::title(status).to_lowercase()))
        .collect();
    counts.join(", ")
}

/// The course of a run as a picture, with the same in figures behind it.
fn drawn(place: usize, run: &Run, to: &mut impl Write) -> io::Result<()> {
    let stretches = stretches(run);
    if stretches.is_empty() {
        return to.write_all(b"<p class=\"quiet\">Its journal does not tell its course.</p>");
    }
    let said = sentence(&stretches);
    write!(to, "<p>{}</p>", Text(&said))?;
    if stretches.len() > 1 {
        let picture = charts::course(
            &format!("course-{place}"),
            &format!("The course of run {place}: requests a second"),
            &said,
            &stretches,
        );
        write!(
            to,
            "<p class=\"legend\" aria-hidden=\"true\">Requests a second: <span class=\"key reads\"></span>reads <span class=\"key writes\"></span>writes \
             <span class=\"key held\"></span>everything waits <span class=\"key dot refused\"></span>429, too many \
             <span class=\"key dot put-off\"></span>449, put off</p>\n\
             <div class=\"wide chart\" tabindex=\"0\" role=\"region\" aria-label=\"Course of run {place}\">{picture}</div>\n"
        )?;
    }
    writeln!(
        to,
        "<details><summary>The same in figures</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Course of run {place} in figures\"><table class=\"plain\"><caption class=\"unseen\">The course of run {place}</caption><thead><tr>\
         <th scope=\"col\">Time</th><th scope=\"col\" class=\"figure\">Requests</th><th scope=\"col\" class=\"figure\">A second</th>\
         <th scope=\"col\" class=\"figure\">429</th><th scope=\"col\" class=\"figure\">449</th><th scope=\"col\">Waited</th></tr></thead><tbody>"
    )?;
    for [time, requests, rate, throttled, queued, waited] in lines(&stretches) {
        writeln!(
            to,
            "<tr><th scope=\"row\">{time}</th><td class=\"figure\">{requests}</td><td class=\"figure\">{rate}</td>\
             <td class=\"figure\">{throttled}</td><td class=\"figure\">{queued}</td><td>{waited}</td></tr>"
        )?;
    }
    to.write_all(b"</tbody></table></div></details>")
}
