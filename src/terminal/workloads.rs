//! Who gives and who receives, as a table.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::contact::Assignee;
use crate::wording::{listed, number};
use crate::workspace::{CountedContacts, Workload, Workloads};

/// How many users are listed one by one.
const USERS: usize = 6;
/// The longest bar, in columns.
const BAR: usize = 16;
/// The shortest bar that says anything.
const SHORTEST: usize = 6;
/// The narrowest name.
const NARROWEST: usize = 10;

/// A table of the users whose contacts change, at this width; nothing if none do.
pub(crate) fn table(loads: &Workloads, width: usize) -> Vec<String> {
    let nobody = Some(&loads.nobody).filter(|load| load.changes());
    let users: Vec<&Workload> = loads.users.iter().filter(|load| load.changes()).collect();
    if users.is_empty() && nobody.is_none() {
        return Vec::new();
    }
    let shown: Vec<&Workload> = users.iter().copied().take(USERS).chain(nobody).collect();
    let columns = Columns::of(&shown, loads.counted, width);
    let mut lines = vec![columns.header(loads.counted)];
    let of_users = shown.iter().filter(|load| load.who != Assignee::Nobody);
    lines.extend(of_users.map(|load| columns.line(load)));
    if let Some(more) = users.len().checked_sub(USERS + 1) {
        lines.push(format!("  and {} more", number(more + 1)));
    }
    lines.extend(nobody.map(|load| columns.line(load)));
    lines
}

/// Who has contacts now and none afterwards.
pub(crate) fn emptied(loads: &Workloads) -> Option<String> {
    let names: Vec<String> = loads.emptied().map(short).collect();
    let left = match loads.counted {
        CountedContacts::Workspace => "Left without contacts",
        CountedContacts::Sheet | CountedContacts::Nothing => {
            "Left with none of the sheet's contacts"
        }
    };
    (!names.is_empty()).then(|| format!("{left}: {}.", listed(&names)))
}

/// What a user is called.
fn name(load: &Workload) -> String {
    match (&load.name, &load.who) {
        (_, Assignee::Nobody) => "(no owner)".to_owned(),
        (Some(name), _) => name.clone(),
        (None, Assignee::User(id)) => format!("user {id}"),
        (None, who) => who.to_string(),
    }
}

/// The name alone, where there is little space.
fn short(load: &Workload) -> String {
    load.label.clone().unwrap_or_else(|| name(load))
}

/// How wide each column is.
struct Columns {
    name: usize,
    is_short: bool,
    /// Before, after, gives, gets; 0 for what is not known of anybody.
    figures: [usize; 4],
    bar: usize,
    most: usize,
}

impl Columns {
    fn of(shown: &[&Workload], counted: CountedContacts, width: usize) -> Columns {
        let widest = |cell: &dyn Fn(&Workload) -> String, title: &str| {
            let cells = shown.iter().map(|load| cell(load).width());
            cells.max().unwrap_or_default().max(title.width())
        };
        let knows = counted != CountedContacts::Nothing;
        let figures = [
            if knows {
                widest(&|load| count(load.before), "before")
            } else {
                0
            },
            if knows {
                widest(&|load| count(load.after), "after")
            } else {
                0
            },
            if knows || shown.iter().any(|load| load.gives > 0) {
                widest(&|load| signed('-', load.gives), "gives")
            } else {
                0
            },
            widest(&|load| signed('+', load.receives), "gets"),
        ];
        let fixed = 2 + figures.iter().sum::<usize>() + if knows { 9 } else { 4 };
        let room = width.saturating_sub(fixed + 1).max(NARROWEST);
        let (long, brief) = (widest(&name, ""), widest(&short, ""));
        let is_short = long > room;
        // The title over them begins two places further left.
        let title = title(counted).width().saturating_sub(2);
        let name = if is_short { brief } else { long }.max(title).min(room);
        let bar = match room - name {
            left if knows && left > SHORTEST => (left - 2).min(BAR),
            _ => 0,
        };
        let after = |load: &&Workload| load.before.max(load.after).unwrap_or_default();
        Columns {
            name,
            is_short,
            figures,
            bar,
            most: shown.iter().map(after).max().unwrap_or_default(),
        }
    }

    fn header(&self, counted: CountedContacts) -> String {
        let [before, after, ..] = self.figures;
        let what = padded(title(counted), self.name + 2);
        if counted == CountedContacts::Nothing {
            return format!("{what}  {}", self.moves("gives", "gets"));
        }
        format!(
            "{what}  {:>before$}   {:>after$}  {}",
            "before",
            "after",
            self.moves("gives", "gets")
        )
    }

    fn moves(&self, given: &str, received: &str) -> String {
        let [.., gives, gets] = self.figures;
        match gives {
            0 => format!("{received:>gets$}"),
            _ => format!("{given:>gives$}  {received:>gets$}"),
        }
    }

    fn line(&self, load: &Workload) -> String {
        let [before, after, ..] = self.figures;
        let name = if self.is_short {
            short(load)
        } else {
            name(load)
        };
        let name = padded(&name, self.name);
        let moves = self.moves(&signed('-', load.gives), &signed('+', load.receives));
        let line = match before {
            0 => format!("  {name}  {moves}"),
            before => format!(
                "  {name}  {:>before$} → {:>after$}  {moves}  {}",
                count(load.before),
                count(load.after),
                bar(load.after.unwrap_or_default(), self.most, self.bar)
            ),
        };
        line.trim_end().to_owned()
    }
}

/// What stands over the names.
fn title(counted: CountedContacts) -> &'static str {
    match counted {
        CountedContacts::Nothing => "Who receives",
        CountedContacts::Sheet => "Contacts of the sheet",
        CountedContacts::Workspace => "All contacts",
    }
}

fn count(count: Option<usize>) -> String {
    count.map(number).unwrap_or_default()
}

fn signed(sign: char, count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("{sign}{}", number(count)),
    }
}

/// A bar in eighths of a column.
fn bar(count: usize, most: usize, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if most == 0 || width == 0 {
        return String::new();
    }
    let eighths = (count * width * 8).div_ceil(most);
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// Text cut or filled up to so many columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    let mut short = String::new();
    let mut columns = 0;
    let fits = text.width() <= width;
    for char in text.chars() {
        let wide = char.width().unwrap_or_default();
        if !fits && columns + wide > width.saturating_sub(1) {
            short.push('…');
            columns += 1;
            break;
        }
        columns += wide;
        short.push(char);
    }
    short.push_str(&" ".repeat(width.saturating_sub(columns)));
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::{Handover, Held, People};

    fn loads(moves: &[(u64, u64)], held: &[(u64, usize)]) -> Workloads {
        let who = |id: u64| match id {
            0 => Assignee::Nobody,
            id => Assignee::User(id),
        };
        let moves: Vec<_> = moves
            .iter()
            .map(|(from, to)| (who(*from), who(*to)))
            .collect();
        let held = Held {
            counted: CountedContacts::Workspace,
            by: held.iter().map(|(id, count)| (who(*id), *count)).collect(),
            users: Vec::new(),
        };
        let moves = moves.iter().map(|(from, to)| Handover {
            from: Some(from),
            to,
        });
        Workloads::new(moves, &held, &People::default())
    }

    #[test]
    fn the_table_shows_before_and_after_and_who_ends_with_none() {
        let loads = loads(&[(1, 2), (1, 2), (2, 0)], &[(1, 2), (2, 14), (0, 1)]);
        let text = table(&loads, 100).join("\n");
        assert_eq!(
            text,
            "All contacts  before   after  gives  gets\n  \
               user 2          14 →    15     -1    +2  ████████████████\n  \
               user 1           2 →     0     -2\n  \
               (no owner)       1 →     2           +1  ██▎"
        );
        assert_eq!(
            emptied(&loads).as_deref(),
            Some("Left without contacts: user 1.")
        );
    }

    #[test]
    fn a_table_fits_its_width_whatever_the_names() {
        for name in [
            "阿".repeat(80),
            "x".repeat(300),
            "é".repeat(41),
            String::new(),
        ] {
            let load = Workload {
                who: Assignee::User(1),
                name: Some(format!("{name} <ann@example.com>")),
                label: Some(name.clone()),
                before: Some(1_234_567),
                after: Some(1_234_567),
                gives: 999_999,
                receives: 999_999,
            };
            let loads = Workloads {
                counted: CountedContacts::Workspace,
                users: vec![load],
                ..Workloads::default()
            };
            for width in [56, 80, 120] {
                for line in table(&loads, width) {
                    assert!(line.width() <= width, "{} columns: {line}", line.width());
                }
                assert!(
                    table(&loads, width)[1].contains("1,234,567 → 1,234,567"),
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_shown_where_nothing_changes() {
        assert!(table(&loads(&[], &[(1, 5)]), 80).is_empty());
        assert!(table(&loads(&[(1, 1)], &[(1, 5)]), 80).is_empty());
        assert!(table(&Workloads::default(), 80).is_empty());
    }
}
