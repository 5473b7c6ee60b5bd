//! What a plan does to everybody's load, as text of at most 100 columns.

use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::api::Rate;
use crate::contact::Assignee;
use crate::plan::{Balance, Counts, Share};

use super::screen::{counted, number};

/// How many users are listed one by one.
const USERS: usize = 30;
/// The widest name, in columns.
const NAME: usize = 36;
/// The longest bar, in columns.
const BAR: usize = 16;
/// The widest line, in columns.
const WIDTH: usize = 100;
/// How many users a sentence names.
const NAMED: usize = 8;

/// About how long the changes take at this pace; where none is kept, at the one that stands as an example.
pub(super) fn lasts(balance: &Balance, rate: Option<Rate>) -> Duration {
    let kept = rate.unwrap_or(Rate::EXAMPLE);
    kept.interval() * u32::try_from(balance.moved()).unwrap_or(u32::MAX)
}

/// A table of the users whose load changes, and what else is to be known before saying yes. Blank where it is not known
/// who has the contacts.
pub(super) fn lines(balance: &Balance, time: &str) -> Vec<String> {
    let what = match balance.counts {
        Counts::Nothing => return Vec::new(),
        Counts::Sheet => "Load, of the contacts in the sheet",
        Counts::Workspace => "Load, of all contacts in the workspace",
    };
    let changed = |share: &&Share| share.gives + share.receives > 0;
    let nobody = Some(&balance.nobody).filter(changed);
    let shares: Vec<&Share> = balance.users.iter().filter(changed).chain(nobody).collect();
    if shares.is_empty() {
        return Vec::new();
    }
    let wide = |share: &&Share| share.before.max(share.after).unwrap_or_default();
    let most = shares.iter().map(wide).max().unwrap_or_default();
    let mut lines = vec![format!(
        "{}{:>9}   {:>9}  {:>8} {:>8}",
        padded(what, NAME + 2),
        "before",
        "after",
        "gives",
        "gets"
    )];
    let shown = shares.iter().filter(|share| !share.is_nobody()).take(USERS);
    lines.extend(shown.map(|share| line(share, most)));
    if let Some(more) = shares.len().checked_sub(USERS + 1).filter(|more| *more > 0) {
        lines.push(format!("  and {more} more"));
    }
    lines.extend(nobody.map(|share| line(share, most)));
    let emptied: Vec<String> = balance.emptied().map(name).collect();
    if !emptied.is_empty() {
        let of = match balance.counts {
            Counts::Workspace => "any",
            Counts::Sheet | Counts::Nothing => "any of the sheet's contacts",
        };
        lines.extend(wrapped(&format!("Left without {of}: {}", listed(&emptied))));
    }
    let notified = balance.notified().count();
    if notified > 0 {
        let notifications: usize = balance.notified().map(|share| share.receives).sum();
        lines.push(format!(
            "{} to {}, over {time}: to each as many as it gets",
            counted(notifications, "notification", "notifications"),
            counted(notified, "user", "users"),
        ));
    }
    lines
}

impl Share {
    fn is_nobody(&self) -> bool {
        self.who == Assignee::Nobody
    }
}

fn line(share: &Share, most: usize) -> String {
    let count = |count: Option<usize>| count.map(number).unwrap_or_default();
    let signed = |sign: char, count: usize| match count {
        0 => String::new(),
        count => format!("{sign}{}", number(count)),
    };
    let full = name(share);
    let line = format!(
        "  {}{:>9} → {:>9}  {:>8} {:>8}  {}",
        padded(&full, NAME),
        count(share.before),
        count(share.after),
        signed('-', share.gives),
        signed('+', share.receives),
        bar(share.after.unwrap_or_default(), most)
    );
    line.trim_end().to_owned()
}

fn name(share: &Share) -> String {
    if share.is_nobody() {
        return "nobody (unassigned)".to_owned();
    }
    share.name.clone().unwrap_or_else(|| match &share.who {
        Assignee::User(id) => format!("user {id}, who is not listed"),
        who => who.to_string(),
    })
}

/// As many as a sentence can hold.
fn listed(all: &[String]) -> String {
    let text = all
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// A sentence on lines of at most 100 columns, the further ones indented.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let indent = text.len() - text.trim_start().len();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!("{}{word}", " ".repeat(indent + 2))),
            None => lines.push(format!("{}{word}", " ".repeat(indent))),
        }
    }
    lines
}

/// A bar in eighths of a column.
fn bar(count: usize, most: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if most == 0 {
        return String::new();
    }
    let eighths = (count * BAR * 8).div_ceil(most);
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

/// Text cut or filled up to so many columns.
fn padded(text: &str, width: usize) -> String {
    let mut short = String::new();
    let mut columns = 0;
    let fits = text.width() <= width;
    for char in text.chars() {
        let wide = char.width().unwrap_or_default();
        if !fits && columns + wide > width - 1 {
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
    use crate::plan::{Held, Move};

    fn balance(moves: &[(u64, u64)], held: &[(u64, usize)]) -> Balance {
        let who = |id: u64| match id {
            0 => Assignee::Nobody,
            id => Assignee::User(id),
        };
        let moves: Vec<_> = moves
            .iter()
            .map(|(from, to)| (who(*from), who(*to)))
            .collect();
        let held = Held {
            counts: Counts::Workspace,
            by: held.iter().map(|(id, count)| (who(*id), *count)).collect(),
        };
        let moves = moves.iter().map(|(from, to)| Move {
            from: Some(from),
            to,
        });
        Balance::new(moves, &held, None)
    }

    #[test]
    fn the_table_shows_before_and_after_and_who_ends_with_none() {
        let balance = balance(&[(1, 2), (1, 2), (2, 0)], &[(1, 2), (2, 14), (0, 1)]);
        let text = lines(&balance, "about 1 s").join("\n");
        assert!(text.contains("user 2, who is not listed"), "{text}");
        assert!(
            text.contains("14 →        15        -1       +2  ████████████████"),
            "{text}"
        );
        assert!(
            text.contains(
                "nobody (unassigned)                         1 →         2                 +1"
            ),
            "{text}"
        );
        assert!(
            text.contains("Left without any: user 1, who is not listed"),
            "{text}"
        );
        assert!(
            text.ends_with("2 notifications to 1 user, over about 1 s: to each as many as it gets"),
            "{text}"
        );
    }

    #[test]
    fn a_table_line_fits_100_columns_whatever_the_name() {
        for name in [
            "阿".repeat(80),
            "x".repeat(300),
            "é".repeat(41),
            String::new(),
        ] {
            let share = Share {
                name: Some(name),
                before: Some(1_234_567),
                after: Some(1_234_567),
                gives: 999_999,
                receives: 999_999,
                ..Share::default()
            };
            let share = Share {
                who: Assignee::User(1),
                ..share
            };
            let line = line(&share, 1_234_567);
            assert!(line.width() <= 100, "{} columns: {line}", line.width());
            assert!(line.contains("1,234,567 →"), "{line}");
        }
    }

    #[test]
    fn a_sentence_is_wrapped_and_keeps_its_indent() {
        let text = format!("  {}", "word ".repeat(40));
        let lines = wrapped(&text);
        assert!(lines.iter().all(|line| line.width() <= WIDTH), "{lines:?}");
        assert!(
            lines[0].starts_with("  word") && lines[1].starts_with("    word"),
            "{lines:?}"
        );
        assert_eq!(lines.join(" ").split_whitespace().count(), 40);
    }

    #[test]
    fn nothing_is_shown_where_nothing_is_known_or_changes() {
        assert!(lines(&balance(&[], &[(1, 5)]), "").is_empty());
        assert!(lines(&balance(&[(1, 1)], &[(1, 5)]), "").is_empty());
        assert!(lines(&Balance::default(), "").is_empty());
    }
}
