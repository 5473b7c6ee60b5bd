//! What must hold after every command.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::job::{Accepted, Job, contact, user};
use crate::support::{Ended, Results};

/// What a command may do.
#[derive(Clone, Debug)]
pub(super) enum May {
    /// It changes nothing in the workspace, and no file but its own output, by the beginning of its name.
    Make(Vec<String>),
    /// It sends what these files say, and writes down what came of it here.
    Send { read: Vec<String>, results: String },
}

/// What was so before a command.
pub(super) struct Before {
    files: BTreeMap<String, Vec<u8>>,
    writes: usize,
    demanded: BTreeSet<(u64, u64)>,
    settled: BTreeSet<u64>,
    rows: usize,
}

const SETTLED: [&str; 4] = ["assigned", "unassigned", "unchanged", "skipped"];
/// What a row whose contact was written may not be said to be.
const NOT_SENT: [&str; 6] = [
    "not_attempted",
    "planned",
    "invalid",
    "unchanged",
    "skipped",
    "conflict",
];

impl Job {
    /// Runs a command, and holds what it did against what it may do.
    pub(super) fn run(&mut self, args: &[&str], may: &May) -> Ended {
        let mut command = self.command(args);
        self.observed(may, |_| Ended::of(&mut command))
    }

    /// Runs a command that was printed.
    pub(super) fn run_printed(&mut self, line: &str, may: &May) -> Ended {
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.dir.path(""))
            .env_remove("REASSIGN_BASE_URL")
            .env("REASSIGN_TOKEN", crate::support::TOKEN)
            .env("TZ", "UTC")
            .stdin(std::process::Stdio::null());
        self.observed(may, |_| Ended::of(&mut command))
    }

    pub(super) fn observed(&mut self, may: &May, act: impl FnOnce(&Job) -> Ended) -> Ended {
        let before = self.before(may);
        let ended = act(self);
        self.note(&ended);
        self.check(&before, may, &ended);
        ended
    }

    /// The same for a run that the disk may keep from writing its results.
    pub(super) fn observed_on_a_full_disk(
        &mut self,
        may: &May,
        act: impl FnOnce(&Job) -> Ended,
    ) -> Ended {
        let before = self.before(may);
        let ended = act(self);
        self.note(&ended);
        let (after, ours) = (self.files(), self.ours());
        let new = &ours[before.writes..];
        self.journals_only_grow(&before.files, &after);
        self.says_what_it_sent(new, &ended);
        let results = match may {
            May::Send { results, .. } => results,
            May::Make(_) => return ended,
        };
        self.only_what_is_asked_for(&before, new, &after);
        if after.contains_key(results) && matches!(ended.code(), 0 | 1) {
            self.told_in(results, &before, new);
        }
        ended
    }

    fn before(&self, may: &May) -> Before {
        let files = self.files();
        let (mut demanded, mut settled, mut rows) = (BTreeSet::new(), BTreeSet::new(), 0);
        if let May::Send { read, results } = may {
            for name in read.iter().chain([results]) {
                let path = self.dir.path(name);
                if path.exists() {
                    let (pairs, count) = pairs(&path);
                    demanded.extend(pairs);
                    if read.contains(name) {
                        rows = count;
                    }
                }
            }
            settled = self.settled(results);
        }
        Before {
            files,
            writes: self.ours().len(),
            demanded,
            settled,
            rows,
        }
    }

    /// The contacts of settled rows that nobody wants to have sent again, and that no open row names.
    fn settled(&self, results: &str) -> BTreeSet<u64> {
        let path = self.dir.path(results);
        if !path.exists() {
            return BTreeSet::new();
        }
        let results = Results::read_any(&path);
        let (mut settled, mut open) = (BTreeSet::new(), BTreeSet::new());
        for row in &results.rows {
            let Some(id) = contact(&row.0["contact"]).or_else(|| contact(row.get("contact")))
            else {
                continue;
            };
            let is_settled = SETTLED.contains(&row.get("status")) && row.get("decision").is_empty();
            match is_settled {
                true => settled.insert(id),
                false => open.insert(id),
            };
        }
        settled.retain(|id| !open.contains(id));
        settled
    }

    #[track_caller]
    fn check(&self, before: &Before, may: &May, ended: &Ended) {
        let (after, ours) = (self.files(), self.ours());
        let new = &ours[before.writes..];
        self.journals_only_grow(&before.files, &after);
        self.says_what_it_sent(new, ended);
        match may {
            May::Make(outputs) => {
                // What a killed run had sent may arrive only now.
                let under_way = sent_lines(&before.files);
                let is_late = |write: &Accepted| {
                    self.in_doubt && under_way.contains(&(write.contact, write.assignee))
                };
                self.holds(new.iter().all(is_late), || {
                    "a command that only shows or makes files has written to the workspace"
                        .to_owned()
                });
                for (name, then) in &before.files {
                    let is_its_own = outputs
                        .iter()
                        .any(|begins| name.starts_with(begins.as_str()));
                    self.holds(is_its_own || after.get(name) == Some(then), || {
                        let what = if after.contains_key(name) {
                            "changed"
                        } else {
                            "removed"
                        };
                        format!("a command that only shows or makes files has {what} `{name}`")
                    });
                }
            }
            May::Send { results, .. } => {
                self.only_what_is_asked_for(before, new, &after);
                let is_ended = matches!(ended.code(), 0 | 1 | 3 | 130 | 143);
                if !new.is_empty() && is_ended {
                    self.holds(after.contains_key(results), || {
                        format!(
                            "{} writes were made, and there is no `{results}`",
                            new.len()
                        )
                    });
                    self.told_in(results, before, new);
                }
            }
        }
    }

    #[track_caller]
    fn says_what_it_sent(&self, new: &[Accepted], ended: &Ended) {
        let said = format!("{}{}", ended.stdout(), ended.stderr());
        self.holds(!said.contains("panicked"), || "it panicked".to_owned());
        if ended.code() == 2 || said.to_lowercase().contains("nothing was sent") {
            self.holds(new.is_empty(), || {
                format!(
                    "it says that nothing was sent, and {} writes were made",
                    new.len()
                )
            });
        }
    }

    #[track_caller]
    fn only_what_is_asked_for(
        &self,
        before: &Before,
        new: &[Accepted],
        after: &BTreeMap<String, Vec<u8>>,
    ) {
        for write in new {
            self.holds(
                before.demanded.contains(&(write.contact, write.assignee)),
                || format!("no row asks for {write:?}"),
            );
            self.holds(
                !before.settled.contains(&write.contact) || self.in_doubt || self.is_faulty,
                || format!("the row was settled, and it was written again: {write:?}"),
            );
            self.holds(
                write.previous != write.assignee || self.in_doubt || self.is_faulty,
                || format!("a contact was written that was so already: {write:?}"),
            );
        }
        let sent = sent_lines(after);
        for write in new {
            self.holds(sent.contains(&(write.contact, write.assignee)), || {
                format!("no journal has an announcement of {write:?}")
            });
        }
    }

    /// Results say of every row, and of every write, what happened.
    #[track_caller]
    fn told_in(&self, results: &str, before: &Before, new: &[Accepted]) {
        let results = Results::read_any(&self.dir.path(results));
        self.holds(results.rows.len() >= before.rows, || {
            format!(
                "{} rows in the results, {} before",
                results.rows.len(),
                before.rows
            )
        });
        for write in new {
            let mut rows = results.rows.iter().filter(|row| {
                contact(row.get("contact")) == Some(write.contact)
                    || row.get("contact_id") == write.contact.to_string()
            });
            self.holds(
                rows.any(|row| !NOT_SENT.contains(&row.get("status"))),
                || format!("no row of the results says that it was sent: {write:?}"),
            );
        }
        let ours = self.ours();
        for row in &results.rows {
            let (Some(id), "assigned" | "unassigned") =
                (contact(row.get("contact")), row.get("status"))
            else {
                continue;
            };
            let given = user(row.get("assignee"));
            self.holds(
                ours.iter()
                    .any(|write| write.contact == id && Some(write.assignee) == given),
                || {
                    format!(
                        "row {} is said to be written, and no write was made",
                        row.row()
                    )
                },
            );
        }
    }

    /// No journal is removed, replaced or shortened, but for a last line that was torn.
    #[track_caller]
    fn journals_only_grow(
        &self,
        before: &BTreeMap<String, Vec<u8>>,
        after: &BTreeMap<String, Vec<u8>>,
    ) {
        for (name, then) in before.iter().filter(|(name, _)| is_journal(name)) {
            if name.contains(".trial") || name.starts_with("plan.") {
                continue; // a trial begins anew, and a plan may replace a plan
            }
            let whole = then
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            let now = after.get(name);
            self.holds(
                now.is_some_and(|now| now.starts_with(&then[..whole])),
                || format!("the journal `{name}` was removed, replaced or shortened"),
            );
        }
    }
}

fn is_journal(name: &str) -> bool {
    name.ends_with("/journal") || name.ends_with(".journal")
}

/// What all journals announce: contact and assignee.
pub(super) fn sent_lines(files: &BTreeMap<String, Vec<u8>>) -> BTreeSet<(u64, u64)> {
    let journals = files.iter().filter(|(name, _)| is_journal(name));
    let mut sent = BTreeSet::new();
    for (_, bytes) in journals {
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(line) = serde_json::from_slice::<Value>(line) else {
                continue;
            };
            let about = &line["sent"];
            let id = about["contact_id"]
                .as_u64()
                .or_else(|| contact(about["contact"].as_str()?));
            if let (Some(id), Some(user)) = (id, about["assignee"].as_str().and_then(user)) {
                sent.insert((id, user));
            }
        }
    }
    sent
}

/// Who is to get which contact by the cells of a sheet or of results, and how many rows it has.
fn pairs(path: &Path) -> (BTreeSet<(u64, u64)>, usize) {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_path(path)
        .unwrap_or_else(|err| panic!("{}: {err}", path.display()));
    let header = reader.headers().expect("a header").clone();
    let at = |names: &[&str]| {
        header
            .iter()
            .position(|name| names.contains(&name.trim_start_matches('\u{feff}')))
    };
    let (Some(from), Some(to)) = (at(&["contact"]), at(&["assignee", "to"])) else {
        return (BTreeSet::new(), 0);
    };
    let (mut pairs, mut rows) = (BTreeSet::new(), 0);
    for row in reader.records() {
        let row = row.expect("a row");
        rows += 1;
        let cell = |place: usize| {
            row.get(place)
                .unwrap_or_default()
                .trim_start_matches('\'')
                .to_owned()
        };
        if let (Some(id), Some(user)) = (contact(&cell(from)), user(&cell(to))) {
            pairs.insert((id, user));
        }
    }
    (pairs, rows)
}
