//! What a plan says is what happens, and what a run tells is what it has done: random sheets that name contacts in
//! several ways and disagree, with repairs between rounds and the way back at the end.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::Value;

use super::sandbox;
use crate::support::{Ended, Held, ResultRow, Results, Sandbox, TOKEN, Workdir};

/// The users by their IDs, from 1 on; 0 is nobody.
const EMAILS: [&str; 7] = [
    "",
    "ann@example.com",
    "bob@example.com",
    "cyd@example.com",
    "dan@example.com",
    "eve.one@example.com",
    "eve.two@example.com",
];

const USERS: &str = "id,first_name,last_name,email,role,pending\n\
    1,Ann,Lee,ann@example.com,owner,\n\
    2,Bob,Ray,bob@example.com,agent,\n\
    3,Cyd,Poe,cyd@example.com,agent,\n\
    4,Dan,Fox,dan@example.com,agent,yes\n\
    5,Eve,Kay,eve.one@example.com,agent,\n\
    6,Eve,Kay,eve.two@example.com,agent,\n";

/// Who gets a contact, as a cell, and which user that means; `None` if it means nobody who can get it.
const ASSIGNEES: [(&str, Option<usize>); 11] = [
    ("1", Some(1)),
    ("2", Some(2)),
    ("Bob Ray", Some(2)),
    ("cyd@example.com", Some(3)),
    ("3", Some(3)),
    ("eve.one@example.com", Some(5)),
    ("unassign", Some(0)),
    ("dan@example.com", None), // pending
    ("Eve Kay", None),         // two of one name
    ("99", None),
    ("", None),
];

/// Rows of contacts that nothing else is about, for rows that stand far apart.
const FILLING: usize = 30;

#[derive(Clone, Debug)]
struct Case {
    /// Whether each contact shares its phone number, and who has it.
    contacts: Vec<(bool, usize)>,
    /// Which contact each row is about, how it is called, and an entry of [`ASSIGNEES`].
    rows: Vec<(usize, u8, usize)>,
    /// Whether rows of other contacts stand in the middle.
    is_long: bool,
    policy: Policy,
    way: Way,
    /// What is done to open rows after the first round.
    repairs: Vec<Repair>,
    /// Whether the second round looks at the workspace first.
    looks_again: bool,
    prints_json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Policy {
    Error,
    First,
    Last,
}

/// How the sheet is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Straight,
    OneAtATime,
    Live,
    SavedPlan,
    SavedLivePlan,
}

#[derive(Clone, Copy, Debug)]
enum Repair {
    Nothing,
    /// Another entry of [`ASSIGNEES`].
    Owner(usize),
    /// Another contact.
    Contact(usize, u8),
    Skip,
}

type Record = BTreeMap<u64, Held>;

impl Case {
    fn number(&self, contact: usize) -> String {
        let last = match self.contacts.get(contact) {
            Some((true, _)) => 0,
            _ => contact + 1,
        };
        format!("+60121233{last:03}")
    }

    fn name(&self, contact: usize, how: u8) -> String {
        match how {
            0 => format!("id:{}", contact + 1),
            1 => format!("C{contact}@Example.org"),
            _ => self.number(contact),
        }
    }

    /// The contacts that a cell may mean.
    fn meant(&self, cell: &str) -> BTreeSet<u64> {
        let all = 0..self.contacts.len() + FILLING;
        let names = |contact| (0..3).map(move |how| self.name(contact, how));
        all.filter(|contact| names(*contact).any(|name| name == cell))
            .map(|contact| contact as u64 + 1)
            .collect()
    }

    fn sheet(&self) -> String {
        let count = self.contacts.len();
        let row = |(contact, how, assignee): &(usize, u8, usize)| {
            let contact = contact % count;
            format!("{},{}\n", self.name(contact, *how), ASSIGNEES[*assignee].0)
        };
        let (above, below) = self.rows.split_at(self.rows.len() / 2);
        let filling = match self.is_long {
            true => count..count + FILLING,
            false => 0..0,
        };
        let mut text = String::from("Contact,Owner\n");
        text.extend(above.iter().map(row));
        text.extend(filling.map(|contact| row_of(&self.name(contact, 1), "1")));
        text.extend(below.iter().map(row));
        text
    }

    fn workspace(&self) -> String {
        let mut text = String::from("id,phone,email,assignee\n");
        for contact in 0..self.contacts.len() + FILLING {
            let owner = self.contacts.get(contact).map_or(0, |(_, owner)| *owner);
            let (phone, owner) = (self.number(contact), EMAILS[owner]);
            text += &format!("{},{phone},c{contact}@example.org,{owner}\n", contact + 1);
        }
        text
    }
}

fn row_of(contact: &str, owner: &str) -> String {
    format!("{contact},{owner}\n")
}

fn owners(record: &Record) -> BTreeMap<u64, &str> {
    let owners = record.iter();
    owners
        .map(|(id, held)| (*id, held.assignee.as_str()))
        .collect()
}

/// The email of the user that a cell of results means.
fn user(cell: &str) -> &str {
    match cell.parse::<usize>() {
        Ok(id) => EMAILS[id],
        Err(_) if cell == "unassign" => "",
        Err(_) => cell,
    }
}

fn is_written(row: &ResultRow) -> bool {
    ["assigned", "unassigned"].contains(&row.get("status"))
}

fn is_open(row: &ResultRow) -> bool {
    let settled = ["unchanged", "duplicate", "skipped"];
    !is_written(row) && !settled.contains(&row.get("status"))
}

fn id_of(row: &ResultRow) -> Option<u64> {
    let id = row.get("contact_id");
    (!id.is_empty()).then(|| id.parse().expect("an ID"))
}

/// A folder, a sandbox, and what is asked of them.
struct Trial<'a> {
    case: &'a Case,
    dir: Workdir,
    sandbox: Sandbox,
    /// Who had each contact at the start.
    before: Record,
}

impl<'a> Trial<'a> {
    fn new(case: &'a Case) -> Trial<'a> {
        let dir = Workdir::with("team.csv", case.sheet());
        dir.write("users.csv", USERS);
        dir.write("contacts.csv", case.workspace());
        let sandbox = sandbox(&dir, &[]);
        let before = sandbox.record();
        Trial {
            case,
            dir,
            sandbox,
            before,
        }
    }

    fn run(&self, args: &[&str], more: &[&str]) -> Ended {
        let mut command = self.dir.command(args.iter().chain(more));
        command.args(["--base-url", &self.sandbox.url]);
        Ended::of(command.env("REASSIGN_TOKEN", TOKEN))
    }

    /// The options that say how rows are read.
    fn reading(&self, is_live: bool) -> Vec<&'static str> {
        let policy: &[&str] = match self.case.policy {
            Policy::Error => &[],
            Policy::First => &["--on-conflict", "first"],
            Policy::Last => &["--on-conflict", "last"],
        };
        let names: &[&str] = match is_live {
            true => &["--live", "--rate", "1000/s"],
            false => &["--users", "users.csv"],
        };
        [policy, names].concat()
    }

    fn apply(&self, file: &str, is_live: bool, more: &[&str]) -> Ended {
        let pace: &[&str] = match is_live {
            true => &[],
            false => &["--rate", "1000/s"],
        };
        let guards = ["--max-unassign", "100%", "--max-failures", "off", "--yes"];
        let args = [&guards, pace, more].concat();
        self.run(&["apply", file], &[self.reading(is_live), args].concat())
    }

    /// The fate of each row as a plan of the file has it.
    fn fates(&self, file: &str, is_live: bool) -> BTreeMap<u64, String> {
        let json = self.reading(is_live);
        let ended = self.run(&["plan", file, "--json"], &json);
        let document: Value = serde_json::from_str(&ended.stdout()).unwrap_or_else(|err| {
            panic!("{err}: {ended}");
        });
        let mut fates = BTreeMap::new();
        gather(&document, &mut fates);
        fates
    }

    /// The first round: the file that holds its results, and what was said.
    fn first_round(&self) -> Result<Option<(&'static str, Ended)>, TestCaseError> {
        let way = self.case.way;
        let is_live = matches!(way, Way::Live | Way::SavedLivePlan);
        let mut more: Vec<&str> = Vec::new();
        if way == Way::OneAtATime {
            more.extend(["--concurrency", "1"]);
        }
        if self.case.prints_json {
            more.push("--json");
        }
        if !matches!(way, Way::SavedPlan | Way::SavedLivePlan) {
            let fates = self.fates("team.csv", is_live);
            let ended = self.apply("team.csv", is_live, &more);
            let told = self.dir.results("team.results.csv");
            self.as_predicted(&fates, &told, is_live, &ended)?;
            return Ok(Some(("team.results.csv", ended)));
        }
        let saving = [self.reading(is_live), vec!["-o", "plan.csv"]].concat();
        let planned = self.run(&["plan", "team.csv"], &saving);
        prop_assert!(planned.code() < 2, "{planned}");
        let plan = self.dir.results("plan.csv");
        let fates: BTreeMap<u64, String> = (2..)
            .zip(&plan.rows)
            .map(|(row, told)| (row, told.get("status").to_owned()))
            .collect();
        if !fates.values().any(|status| status == "planned") {
            return Ok(None);
        }
        let ended = self.apply("plan.csv", false, &more);
        let told = self.dir.results("plan.csv");
        self.as_predicted(&fates, &told, is_live, &ended)?;
        Ok(Some(("plan.csv", ended)))
    }

    /// Each row has become what the plan said.
    fn as_predicted(
        &self,
        fates: &BTreeMap<u64, String>,
        told: &Results,
        is_live: bool,
        ended: &Ended,
    ) -> Result<(), TestCaseError> {
        for (number, row) in (2..).zip(&told.rows) {
            let (fate, status) = (fates[&number].as_str(), row.get("status"));
            let is_so = match (fate, status) {
                ("planned", "assigned" | "unassigned" | "unchanged") => true,
                // What only reading tells: there is no such contact or user, or another row means the same contact.
                ("planned", "failed") => !is_live,
                ("planned", "duplicate" | "conflict" | "skipped") => {
                    !is_live && self.has_other_name(row, told)
                }
                // That two contacts share a number shows only to a look that reads the whole list.
                ("invalid", _) | (_, "invalid") if is_live && self.is_shared(row) => true,
                (fate, status) => fate == status,
            };
            prop_assert!(is_so, "row {number}: {fate}, {status}\n{row:?}\n{ended}");
        }
        Ok(())
    }

    fn is_shared(&self, row: &ResultRow) -> bool {
        self.case.meant(row.0["Contact"].as_str()).len() > 1
    }

    /// Whether another row means the contact by another name.
    fn has_other_name(&self, row: &ResultRow, told: &Results) -> bool {
        let name = |row: &ResultRow| row.0["Contact"].as_str().to_lowercase();
        told.rows
            .iter()
            .any(|other| id_of(other) == id_of(row) && name(other) != name(row))
    }

    /// What the results tell is what the workspace has recorded.
    fn is_true(&self, told: &Results, ended: &Ended) -> Result<(), TestCaseError> {
        let now = self.sandbox.record();
        for row in &told.rows {
            let (status, assignee) = (row.get("status"), row.get("assignee"));
            prop_assert!(
                status != "planned" && status != "unknown",
                "{row:?}\n{ended}"
            );
            let Some(id) = id_of(row) else { continue };
            prop_assert!(
                self.case.meant(row.0["Contact"].as_str()).contains(&id),
                "{row:?}\n{ended}"
            );
            if !is_written(row) && status != "unchanged" {
                continue;
            }
            prop_assert_eq!(
                status == "unassigned",
                is_written(row) && assignee == "unassign"
            );
            if row.get("reason") != "replaced" {
                prop_assert_eq!(&now[&id].assignee, user(assignee), "{:?}\n{}", row, ended);
            }
            let attempts: u32 = row.get("attempts").parse().expect("a number");
            prop_assert!(attempts > 0 || !is_written(row), "{row:?}\n{ended}");
        }
        for (id, held) in &now {
            let about = told.rows.iter().filter(|row| id_of(row) == Some(*id));
            let written: Vec<&ResultRow> = about.filter(|row| is_written(row)).collect();
            prop_assert_eq!(held.writes as usize, written.len(), "id:{}\n{}", id, ended);
            // Each write has given the contact from its previous owner to the next.
            let (mut from, mut to) = (vec![held.assignee.as_str()], vec![]);
            to.push(self.before[id].assignee.as_str());
            for row in written {
                from.push(user(row.get("previous")));
                to.push(user(row.get("assignee")));
            }
            from.sort_unstable();
            to.sort_unstable();
            prop_assert_eq!(from, to, "id:{}\n{:?}\n{}", id, told.rows, ended);
        }
        let is_left = told.rows.iter().any(is_open);
        prop_assert_eq!(ended.code(), i32::from(is_left), "{}", ended);
        Ok(())
    }

    /// What was said counts as the results do.
    fn counts(&self, told: &Results, ended: &Ended) -> Result<(), TestCaseError> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &told.rows {
            *counts.entry(row.get("status")).or_default() += 1;
        }
        let stdout = ended.stdout();
        let end = stdout
            .lines()
            .last()
            .and_then(|line| serde_json::from_str(line).ok());
        match end {
            Some(Value::Object(end)) if end.contains_key("counts") => {
                let said: BTreeMap<&str, usize> = end["counts"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(status, count)| (status.as_str(), count.as_u64().unwrap_or(0) as usize))
                    .collect();
                prop_assert_eq!(said, counts, "{}", ended);
            }
            _ => {
                for status in ["assigned", "unassigned"] {
                    if let Some(count) = counts.get(status) {
                        let said = format!("{count} {status}");
                        prop_assert!(ended.to_string().contains(&said), "{said}\n{ended}");
                    }
                }
            }
        }
        Ok(())
    }

    /// `--on-conflict` has decided for every name of a contact.
    fn policy_holds(&self, told: &Results, ended: &Ended) -> Result<(), TestCaseError> {
        let mut wanted: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        for row in &told.rows {
            let meant = self.case.meant(row.0["Contact"].as_str());
            let cell = row.0["Owner"].as_str();
            let assignee = ASSIGNEES.iter().find(|(name, _)| *name == cell);
            let assignee = assignee.expect("one of them").1;
            let is_left_out = row.get("decision") == "skip" || cell.is_empty();
            let is_certain = assignee.is_some() && meant.len() == 1;
            for id in meant {
                let wanted = wanted.entry(id).or_default();
                match assignee.filter(|_| is_certain) {
                    Some(user) => wanted.push(EMAILS[user]),
                    None if is_left_out => {}
                    None => wanted.push("?"),
                }
            }
        }
        let now = self.sandbox.record();
        for (id, held) in &now {
            let owner = held.assignee.as_str();
            let Some((first, last)) = wanted
                .get(id)
                .and_then(|all| Some((all.first()?, all.last()?)))
            else {
                prop_assert_eq!(held.writes, 0, "id:{} is in no row\n{}", id, ended);
                continue;
            };
            let all = &wanted[id];
            if all.contains(&"?") {
                continue;
            }
            match self.case.policy {
                _ if all.iter().all(|user| user == first) => prop_assert_eq!(owner, *first),
                Policy::First => prop_assert_eq!(owner, *first, "id:{}\n{}", id, ended),
                Policy::Last => prop_assert_eq!(owner, *last, "id:{}\n{}", id, ended),
                Policy::Error => {
                    prop_assert!(owner == self.before[id].assignee || all.contains(&owner));
                }
            }
        }
        Ok(())
    }

    /// Repairs open rows of a results file, as a spreadsheet would.
    fn repair(&self, file: &str) {
        let told = self.dir.results(file);
        let text = self.dir.read(file);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().expect("a header").clone();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&header).expect("a row");
        let mut repairs = self.case.repairs.iter().cycle();
        for (row, record) in told.rows.iter().zip(reader.records()) {
            let repair = is_open(row).then(|| repairs.next()).flatten();
            let (column, cell) = match repair {
                None | Some(Repair::Nothing) => ("", String::new()),
                Some(Repair::Owner(assignee)) => ("Owner", ASSIGNEES[*assignee].0.to_owned()),
                Some(Repair::Contact(contact, how)) => {
                    let contact = contact % self.case.contacts.len();
                    ("Contact", self.case.name(contact, *how))
                }
                Some(Repair::Skip) => ("reassign_decision", "skip".to_owned()),
            };
            let record = record.expect("a row");
            let cells = header.iter().zip(&record);
            let cells = cells.map(|(name, old)| if name == column { cell.as_str() } else { old });
            writer.write_record(cells).expect("a row");
        }
        self.dir.write(file, writer.into_inner().expect("all rows"));
    }
}

/// Every row and its status, wherever a document tells them.
fn gather(value: &Value, fates: &mut BTreeMap<u64, String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(row), Some(status)) = (fields.get("row"), fields.get("status")) {
                let row = row.as_u64().expect("a row's number");
                fates.insert(row, status.as_str().expect("a status").to_owned());
            }
            fields.values().for_each(|value| gather(value, fates));
        }
        Value::Array(all) => all.iter().for_each(|value| gather(value, fates)),
        _ => {}
    }
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    let trial = Trial::new(case);
    let Some((file, ended)) = trial.first_round()? else {
        return Ok(());
    };
    let told = trial.dir.results(file);
    trial.is_true(&told, &ended)?;
    trial.counts(&told, &ended)?;
    let is_saved = matches!(case.way, Way::SavedPlan | Way::SavedLivePlan);
    if !is_saved {
        trial.policy_holds(&told, &ended)?;
    }
    trial.repair(file);
    let fates = trial.fates(file, case.looks_again);
    let ended = trial.apply(file, case.looks_again, &[]);
    let told = trial.dir.results(file);
    trial.as_predicted(&fates, &told, case.looks_again, &ended)?;
    trial.is_true(&told, &ended)?;
    // The way back leads to where everything was.
    let undone = trial.dir.run(["undo", file, "-o", "back.csv"]);
    prop_assert_eq!(undone.code(), 0, "{}", undone);
    trial.apply("back.csv", false, &[]);
    let record = trial.sandbox.record();
    prop_assert_eq!(owners(&record), owners(&trial.before), "{}", undone);
    Ok(())
}

/// The same few cases, or as many random ones as `EFFECT_CASES` says.
fn cases() -> ProptestConfig {
    let asked = std::env::var("EFFECT_CASES").ok();
    let asked: Option<u32> = asked.and_then(|cases| cases.parse().ok());
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 120,
        rng_seed: match asked {
            None => RngSeed::Fixed(13),
            Some(_) => RngSeed::Random,
        },
        ..ProptestConfig::with_cases(asked.unwrap_or(24))
    }
}

fn a_repair() -> impl Strategy<Value = Repair> {
    prop_oneof![
        Just(Repair::Nothing),
        (0..ASSIGNEES.len()).prop_map(Repair::Owner),
        (0_usize..8, 0_u8..3).prop_map(|(contact, how)| Repair::Contact(contact, how)),
        Just(Repair::Skip),
    ]
}

prop_compose! {
    fn a_case()(
        contacts in proptest::collection::vec((proptest::bool::weighted(0.1), 0_usize..4), 1..8),
        rows in proptest::collection::vec((0_usize..8, 0_u8..3, 0..ASSIGNEES.len()), 1..16),
        is_long in proptest::bool::weighted(0.2),
        policy in prop_oneof![Just(Policy::Error), Just(Policy::First), Just(Policy::Last)],
        way in prop_oneof![
            Just(Way::Straight), Just(Way::OneAtATime), Just(Way::Live), Just(Way::SavedPlan), Just(Way::SavedLivePlan)
        ],
        repairs in proptest::collection::vec(a_repair(), 1..6),
        looks_again: bool,
        prints_json: bool,
    ) -> Case {
        Case { contacts, rows, is_long, policy, way, repairs, looks_again, prints_json }
    }
}

proptest! {
    #![proptest_config(cases())]
    #[test]
    fn what_a_plan_says_and_a_run_tells_is_what_happens_and_undo_takes_it_back(case in a_case()) {
        check(&case)?;
    }
}
