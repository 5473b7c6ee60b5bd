//! Who gains and who loses.

use std::io::{self, Write};

use crate::report::balance::{Balance, Share};
use crate::report::charts::before_and_after;
use crate::report::escape::Text;
use crate::report::people::Key;
use crate::report::words::{counted, number};
use crate::report::{Kind, Report};

/// How many users are shown before the others are folded away.
const SHOWN: usize = 25;

pub(super) fn write(report: &Report, balance: &Balance<'_>, to: &mut impl Write) -> io::Result<()> {
    if balance.contacts == 0 {
        return Ok(());
    }
    let after = match report.kind {
        Kind::Plan => "would have",
        Kind::Results => "has after",
    };
    write!(
        to,
        "<section id=\"users\" aria-labelledby=\"users-title\"><h2 id=\"users-title\">Who has how many of these contacts</h2>\n<p>{}</p>\n",
        about(report, balance)
    )?;
    if balance.compares() {
        writeln!(
            to,
            "<p class=\"legend\" aria-hidden=\"true\"><span class=\"key before\"></span>before <span class=\"key after\"></span>{}</p>",
            if report.kind == Kind::Plan {
                "as planned"
            } else {
                "after"
            }
        )?;
    }
    let (first, rest) = balance.shares.split_at(balance.shares.len().min(SHOWN));
    let most = balance
        .shares
        .iter()
        .map(|share| share.before.max(share.after))
        .max()
        .unwrap_or(0);
    let all = Shares {
        report,
        balance,
        after,
        most,
    };
    all.table(first, to)?;
    if !rest.is_empty() {
        write!(
            to,
            "<details><summary>{} more</summary>",
            counted(rest.len(), "user", "users")
        )?;
        all.table(rest, to)?;
        to.write_all(b"</details>")?;
    }
    writeln!(to, "</section>")
}

struct Shares<'a> {
    report: &'a Report,
    balance: &'a Balance<'a>,
    after: &'static str,
    most: usize,
}

impl Shares<'_> {
    fn table(&self, shares: &[Share<'_>], to: &mut impl Write) -> io::Result<()> {
        let compares = self.balance.compares();
        to.write_all(b"<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Contacts by user\"><table class=\"plain users\"><caption class=\"unseen\">Contacts by user, before and after</caption><thead><tr><th scope=\"col\">User</th>")?;
        if compares {
            to.write_all(b"<th scope=\"col\" class=\"figure\">Had before</th>")?;
        }
        write!(
            to,
            "<th scope=\"col\" class=\"figure\">{}</th>",
            capital(self.after)
        )?;
        to.write_all(b"<th scope=\"col\" class=\"figure\">Receives</th>")?;
        if compares {
            to.write_all(b"<th scope=\"col\" class=\"figure\">Gives</th>")?;
        }
        to.write_all(b"<th class=\"bars\" aria-hidden=\"true\"></th></tr></thead><tbody>\n")?;
        for share in shares {
            let (name, more) = self.report.people.names(share.who);
            write!(
                to,
                "<tr><th scope=\"row\"><bdi class=\"name\">{}</bdi>",
                Text(&name)
            )?;
            if let Some(more) = more {
                write!(to, "<bdi class=\"more\">{}</bdi>", Text(&more))?;
            }
            if compares && share.after == 0 && share.who != Key::Nobody {
                to.write_all(b"<span class=\"more warning\">none left</span>")?;
            }
            to.write_all(b"</th>")?;
            if compares {
                write!(to, "<td class=\"figure\">{}</td>", number(share.before))?;
            }
            write!(
                to,
                "<td class=\"figure strong\">{}</td><td class=\"figure\">{}</td>",
                number(share.after),
                signed('+', share.receives)
            )?;
            if compares {
                write!(to, "<td class=\"figure\">{}</td>", signed('−', share.gives))?;
            }
            let before = compares.then_some(share.before);
            writeln!(
                to,
                "<td class=\"bars\" aria-hidden=\"true\">{}</td></tr>",
                before_and_after(before, share.after, self.most)
            )?;
        }
        to.write_all(b"</tbody></table></div>\n")
    }
}

pub(super) fn signed(sign: char, count: usize) -> String {
    if count == 0 {
        "0".to_owned()
    } else {
        format!("{sign}{}", number(count))
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_uppercase().chain(chars).collect())
        .unwrap_or_default()
}

/// What is counted, and who is told.
fn about(report: &Report, balance: &Balance<'_>) -> String {
    let contacts = counted(balance.contacts, "contact", "contacts");
    let mut text = match report.kind {
        Kind::Plan => format!("Counted are the {contacts} that the plan is about."),
        Kind::Results => format!("Counted are the {contacts} that are settled."),
    };
    text.push_str(" What users have besides these is not known here.");
    match balance.unknown {
        0 => {}
        all if all == balance.contacts => {
            text.push_str(
                " Nobody knows yet who has them now: each is read right before it is written.",
            );
        }
        some => text.push_str(&format!(
            " Who had {} of them before is not known.",
            number(some)
        )),
    }
    let receivers = balance
        .shares
        .iter()
        .filter(|share| share.receives > 0 && share.who != Key::Nobody);
    let receivers = receivers.count();
    if receivers > 0 {
        text.push_str(&format!(
            " {} notified of every contact that they receive.",
            counted(receivers, "user is", "users are")
        ));
    }
    let none = balance
        .shares
        .iter()
        .filter(|share| share.after == 0 && share.who != Key::Nobody);
    let none = none.count();
    if balance.compares() && none > 0 {
        text.push_str(&format!(
            " {} with none of them.",
            counted(none, "user ends", "users end")
        ));
    }
    text
}
