//! What a look at the workspace showed before anything was sent.

use std::io::{self, Write};

use crate::report::escape::{Quoting, Text};
use crate::report::mask::Mask;
use crate::report::words::{about, counted, number};
use crate::report::{Detail, Looked, Report};

use super::time;

/// How many rows are named before the others are only counted.
const NAMED: usize = 20;

pub(super) fn write(
    report: &Report,
    looked: &Looked,
    mask: &Mask,
    to: &mut impl Write,
) -> io::Result<()> {
    let owners = match looked.owners.as_slice() {
        [] => "none among them".to_owned(),
        owners => owners.join(", "),
    };
    write!(
        to,
        "<section id=\"workspace\" aria-labelledby=\"workspace-title\"><h2 id=\"workspace-title\">The workspace before anything was sent</h2>\n\
         <dl class=\"facts\"><div><dt>Workspace</dt><dd><bdi>{}</bdi></dd></div><div><dt>Users</dt><dd>{}</dd></div>\
         <div><dt>Owner</dt><dd><bdi>{}</bdi></dd></div>",
        Text(&looked.host),
        number(looked.users),
        Text(&owners)
    )?;
    if let Some(at) = looked.as_of {
        write!(to, "<div><dt>As of</dt><dd>{}</dd></div>", time(at))?;
    }
    to.write_all(b"</dl>\n")?;
    let told = [
        source(looked),
        closed(report.detail, looked),
        notified(looked),
    ];
    for sentence in told.into_iter().flatten() {
        writeln!(to, "<p>{}</p>", Text(&sentence))?;
    }
    for gap in &looked.gaps {
        writeln!(to, "<p>{}</p>", Quoting(&mask.remark(gap)))?;
    }
    writeln!(
        to,
        "<p class=\"quiet\">Pending invitations are not among the users.</p></section>"
    )
}

/// Where it is known from who has the contacts, and how far that is to be believed.
fn source(looked: &Looked) -> Option<String> {
    let contacts = |count| counted(count, "contact", "contacts");
    let how = match (looked.listed, looked.read) {
        (0, 0) => return None,
        (0, read) => format!("{} read one by one", contacts(read)),
        (listed, 0) => format!("{} from the list, which lags behind", contacts(listed)),
        (listed, read) => format!(
            "{} from the list, which lags behind, {} read one by one",
            contacts(listed),
            number(read)
        ),
    };
    Some(format!(
        "Who has what is known of {how}. The read before each write decides."
    ))
}

fn closed(detail: Detail, looked: &Looked) -> Option<String> {
    if looked.closed.is_empty() {
        return looked
            .as_of
            .map(|_| "No conversation among the rows to be sent is closed.".to_owned());
    }
    let count = counted(
        looked.closed.len(),
        "conversation among the rows to be sent is closed",
        "conversations among the rows to be sent are closed",
    );
    let warning = "the workspace may answer that it is done and change nothing";
    if detail == Detail::None {
        return Some(format!("{count}: {warning}."));
    }
    let rows = looked.closed.iter().take(NAMED).map(u32::to_string);
    let rows = rows.collect::<Vec<_>>().join(", ");
    let more = match looked.closed.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {} more", number(more)),
    };
    let word = if looked.closed.len() == 1 {
        "row"
    } else {
        "rows"
    };
    Some(format!("{count} ({word} {rows}{more}): {warning}."))
}

fn notified(looked: &Looked) -> Option<String> {
    (looked.notified > 0).then(|| {
        format!(
            "{} to {}, over {}: to each as many as it gets.",
            counted(looked.notifications, "notification", "notifications"),
            counted(looked.notified, "user", "users"),
            about(looked.lasts)
        )
    })
}
