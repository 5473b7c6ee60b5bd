//! Everybody's load before and after a rebalancing, as a table.

use unicode_width::UnicodeWidthStr;

use super::workloads::padded;

/// The narrowest name.
const NARROWEST: usize = 10;
/// What stands over the figures.
const TITLES: [&str; 5] = ["before", "after", "fair", "gives", "gets"];

/// A line of the table.
#[derive(Clone, Debug)]
pub(crate) struct BalanceLine {
    /// Name and email.
    pub(crate) name: String,
    /// The name alone, where there is little space.
    pub(crate) short: String,
    /// What stands below each title.
    pub(crate) figures: [String; 5],
}

/// The table at this width, and how many more users there are.
pub(crate) fn table(lines: &[BalanceLine], more: usize, width: usize) -> Vec<String> {
    const TITLE: &str = "User";
    let widest = |column: usize| {
        let cells = lines.iter().map(|line| line.figures[column].width());
        cells.max().unwrap_or_default().max(TITLES[column].width())
    };
    let widths: [usize; 5] = std::array::from_fn(widest);
    let taken: usize = widths.iter().map(|width| width + 2).sum();
    let room = width.saturating_sub(taken + 3).max(NARROWEST);
    let is_short = lines.iter().any(|line| line.name.width() > room);
    let name = |line: &BalanceLine| match is_short {
        true => line.short.clone(),
        false => line.name.clone(),
    };
    let names = lines.iter().map(|line| name(line).width()).max();
    let names = names.unwrap_or_default().max(TITLE.width()).min(room);
    let laid_out = |name: &str, figures: [&str; 5]| {
        let mut text = format!("  {}", padded(name, names));
        for (figure, width) in figures.iter().zip(widths) {
            text.push_str(&format!("  {figure:>width$}"));
        }
        text.trim_end().to_owned()
    };
    let mut all = vec![laid_out(TITLE, TITLES)];
    for line in lines {
        let figures = line.figures.each_ref().map(String::as_str);
        all.push(laid_out(&name(line), figures));
    }
    if more > 0 {
        all.push(format!("  and {more} more"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, figures: [&str; 5]) -> BalanceLine {
        BalanceLine {
            name: format!("{name} <{name}@example.com>"),
            short: name.to_owned(),
            figures: figures.map(str::to_owned),
        }
    }

    #[test]
    fn the_table_fits_its_width_and_gives_names_alone_where_there_is_no_room() {
        let lines = [
            line("ann", ["1,200", "29", "28.7", "-1,171", ""]),
            line("ben", ["2", "29", "28.7", "", "+27"]),
        ];
        for width in [50, 80, 120] {
            let shown = table(&lines, 3, width);
            assert!(shown.iter().all(|line| line.width() <= width), "{shown:#?}");
        }
        assert_eq!(
            table(&lines, 3, 50),
            [
                "  User  before  after  fair   gives  gets",
                "  ann    1,200     29  28.7  -1,171",
                "  ben        2     29  28.7           +27",
                "  and 3 more",
            ]
        );
        assert!(table(&lines, 0, 80)[1].starts_with("  ann <ann@example.com>   1,200"));
    }
}
