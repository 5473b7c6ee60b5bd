//! Pictures as SVG. Colours come from the page's style, so that they follow light, dark and print.

use std::fmt::Write;

use super::escape::Text;

/// A part of a bar.
pub(super) struct BarPart {
    pub(super) tone: &'static str,
    pub(super) name: String,
    pub(super) count: usize,
}

/// One bar that is parted by counts, as wide as there is room.
pub(super) fn parted_bar(id: &str, title: &str, parts: &[BarPart]) -> String {
    let total: usize = parts.iter().map(|part| part.count).sum();
    let mut svg = open(id, title, &described(parts), "0 0 1000 28", "parted");
    let mut at = 0.0;
    for part in parts {
        let width = 1000.0 * share(part.count, total);
        // A gap between parts keeps neighbours apart where their colours do not.
        let drawn = (width - 3.0).max(1.5);
        let _ = write!(
            svg,
            r#"<rect class="{}" x="{at:.1}" y="0" width="{drawn:.1}" height="28"/>"#,
            part.tone
        );
        at += width;
    }
    svg.push_str("</svg>");
    svg
}

fn described(parts: &[BarPart]) -> String {
    let named: Vec<String> = parts
        .iter()
        .map(|part| format!("{}: {}", part.name, part.count))
        .collect();
    named.join(", ")
}

/// What a user has before and after, as two bars; the table beside them says the same in figures.
pub(super) fn before_and_after(before: Option<usize>, after: usize, most: usize) -> String {
    let mut svg = String::from(
        r#"<svg class="pair" viewBox="0 0 1000 22" preserveAspectRatio="none" aria-hidden="true" focusable="false">"#,
    );
    let mut bar = |class, y, height, count: usize| {
        if count > 0 {
            let width = (1000.0 * share(count, most)).max(4.0);
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="0" y="{y}" width="{width:.1}" height="{height}"/>"#
            );
        }
    };
    match before {
        Some(before) => {
            bar("before", 1, 8, before);
            bar("after", 12, 9, after);
        }
        None => bar("after", 5, 12, after),
    }
    svg.push_str("</svg>");
    svg
}

/// A load before and after as two bars, and a line where it would be fair; the table beside them says the same.
pub(super) fn load(before: f64, after: f64, fair: f64, most: f64) -> String {
    let mut svg = String::from(
        r#"<svg class="pair" viewBox="0 0 1000 22" preserveAspectRatio="none" aria-hidden="true" focusable="false">"#,
    );
    // The line of the largest stays inside.
    let at = |load: f64| {
        if most > 0.0 { 994.0 * load / most } else { 0.0 }
    };
    for (class, y, height, load) in [("before", 1, 8, before), ("after", 12, 9, after)] {
        if load > 0.0 {
            let width = at(load).max(4.0);
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="0" y="{y}" width="{width:.1}" height="{height}"/>"#
            );
        }
    }
    let _ = write!(
        svg,
        r#"<rect class="fair" x="{:.1}" y="0" width="4" height="22"/></svg>"#,
        at(fair)
    );
    svg
}

/// A stretch of a run's course, in seconds since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct CourseStretch {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) reads: u32,
    pub(super) writes: u32,
    pub(super) throttled: u32,
    pub(super) queued: u32,
    pub(super) waiting: u32,
    /// Seconds during which everything was held.
    pub(super) held: f64,
}

impl CourseStretch {
    pub(super) fn per_second(&self, count: u32) -> f64 {
        let seconds = self.to - self.from;
        if seconds > 0.0 {
            f64::from(count) / seconds
        } else {
            0.0
        }
    }
}

const LEFT: f64 = 44.0;
const RIGHT: f64 = 790.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 170.0;
/// The row of marks below the time.
const MARKS: f64 = 206.0;

/// The bars of a stretch, and the marks of what was refused in it.
fn draw(stretch: &CourseStretch, svg: &mut String, x: impl Fn(f64) -> f64, y: impl Fn(f64) -> f64) {
    let (left, width) = (x(stretch.from), x(stretch.to) - x(stretch.from));
    if stretch.held > 0.0 {
        let share = (stretch.held / (stretch.to - stretch.from)).min(1.0);
        let _ = write!(
            svg,
            r#"<rect class="held" x="{left:.1}" y="{TOP}" width="{:.1}" height="{:.1}"/>"#,
            (width * share).max(1.0),
            BOTTOM - TOP
        );
    }
    let gap = if width > 5.0 { 1.5 } else { 0.0 };
    let (reads, writes) = (
        stretch.per_second(stretch.reads),
        stretch.per_second(stretch.writes),
    );
    for (class, from, to) in [("writes", 0.0, writes), ("reads", writes, writes + reads)] {
        if to > from {
            let _ = write!(
                svg,
                r#"<rect class="{class}" x="{left:.1}" y="{:.1}" width="{:.1}" height="{:.1}"/>"#,
                y(to),
                (width - gap).max(0.5),
                y(from) - y(to)
            );
        }
    }
    let middle = left + width / 2.0;
    for (class, count) in [("refused", stretch.throttled), ("put-off", stretch.queued)] {
        if count > 0 {
            let at = if class == "refused" {
                MARKS
            } else {
                MARKS + 18.0
            };
            let radius = (2.5 + f64::from(count).sqrt()).min(8.0);
            let _ = write!(
                svg,
                r#"<circle class="{class}" cx="{middle:.1}" cy="{at}" r="{radius:.1}"/>"#
            );
        }
    }
}

/// Requests a second over time, with what the API refused and how long everything waited.
pub(super) fn course(id: &str, title: &str, said: &str, stretches: &[CourseStretch]) -> String {
    let mut svg = open(id, title, said, "0 0 800 236", "course");
    let end = stretches.last().map_or(1.0, |last| last.to).max(0.1);
    let highest = stretches
        .iter()
        .map(|stretch| stretch.per_second(stretch.reads + stretch.writes))
        .fold(0.0, f64::max);
    let step = step(highest.max(1.0), 4);
    let top = (highest / step).ceil().max(1.0) * step;
    let x = |time: f64| LEFT + (RIGHT - LEFT) * time / end;
    let y = |rate: f64| BOTTOM - (BOTTOM - TOP) * rate / top;
    let mut rate = 0.0;
    while rate <= top + step / 2.0 {
        let at = y(rate);
        let _ = write!(
            svg,
            r#"<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{at:.1}" y2="{at:.1}"/><text class="tick end" x="{:.1}" y="{:.1}">{rate:.*}</text>"#,
            LEFT - 8.0,
            at + 4.0,
            usize::from(step < 1.0),
        );
        rate += step;
    }
    for stretch in stretches {
        draw(stretch, &mut svg, x, y);
    }
    let every = time_step(end);
    let mut time = 0.0;
    while time <= end + every * 0.01 {
        let at = x(time);
        let anchor = if at > RIGHT - 20.0 { "end" } else { "middle" };
        let _ = write!(
            svg,
            r#"<text class="tick {anchor}" x="{at:.1}" y="{:.1}">{}</text>"#,
            BOTTOM + 17.0,
            Text(&clock(time, every))
        );
        time += every;
    }
    for (name, at) in [("429", MARKS), ("449", MARKS + 18.0)] {
        let _ = write!(
            svg,
            r#"<text class="tick end" x="{:.1}" y="{:.1}">{name}</text>"#,
            LEFT - 8.0,
            at + 4.0
        );
    }
    svg.push_str("</svg>");
    svg
}

fn open(id: &str, title: &str, said: &str, view: &str, class: &str) -> String {
    let stretched = if class == "parted" {
        r#" preserveAspectRatio="none""#
    } else {
        ""
    };
    format!(
        r#"<svg class="{class}" viewBox="{view}"{stretched} role="img" aria-labelledby="{id}-title {id}-desc"><title id="{id}-title">{}</title><desc id="{id}-desc">{}</desc>"#,
        Text(title),
        Text(said)
    )
}

fn share(count: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        count as f64 / of as f64
    }
}

/// A round step that parts a span into about so many.
fn step(span: f64, parts: u32) -> f64 {
    let rough = span / f64::from(parts);
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(10.0 * power)
}

fn time_step(seconds: f64) -> f64 {
    const STEPS: [f64; 17] = [
        1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1200.0, 1800.0, 3600.0, 7200.0,
        14400.0, 28800.0, 86400.0,
    ];
    STEPS
        .into_iter()
        .find(|step| seconds / step <= 8.0)
        .unwrap_or_else(|| step(seconds, 8))
}

fn clock(seconds: f64, every: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0 => "0".to_owned(),
        _ if every < 60.0 && whole < 60 => format!("{whole} s"),
        _ if every < 60.0 => format!("{}:{:02}", whole / 60, whole % 60),
        _ if every < 3600.0 && whole < 3600 => format!("{} min", whole / 60),
        _ => format!("{}:{:02} h", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_numbers() {
        assert_eq!(
            [1.0, 7.0, 30.0, 412.0].map(|span| step(span, 4)),
            [0.5, 2.0, 10.0, 200.0]
        );
        assert_eq!([3.0, 61.0, 3000.0].map(time_step), [1.0, 10.0, 600.0]);
        assert_eq!(
            [
                (0.0, 1.0),
                (20.0, 10.0),
                (70.0, 10.0),
                (600.0, 300.0),
                (5400.0, 1800.0)
            ]
            .map(|(time, every)| clock(time, every)),
            ["0", "20 s", "1:10", "10 min", "1:30 h"]
        );
    }

    #[test]
    fn a_part_that_is_not_there_takes_no_room_and_nothing_is_divided_by_zero() {
        let none = parted_bar("a", "t", &[]);
        assert!(!none.contains("NaN") && !none.contains("<rect"), "{none}");
        let still = course("a", "t", "d", &[CourseStretch::default()]);
        assert!(!still.contains("NaN") && !still.contains("inf"), "{still}");
        assert!(!before_and_after(Some(0), 0, 0).contains("NaN"));
        assert!(!load(0.0, 0.0, 0.0, 0.0).contains("NaN"));
    }

    #[test]
    fn the_words_of_a_picture_are_escaped() {
        let parts = [BarPart {
            tone: "good",
            name: "a<b".to_owned(),
            count: 1,
        }];
        assert!(parted_bar("a", "\"t\"", &parts).contains("<desc id=\"a-desc\">a&lt;b: 1</desc>"));
    }
}
