//! Where the load comes from: a sheet, or the workspace itself; and the roster.

use crate::files::Temporary;
use jiff::Zoned;
use std::path::Path;

use crate::cli::RebalanceArgs;
use crate::contact::{Assignee, Identifier};
use crate::mapping::{
    self, Choice, Columns, Load, LoadChoice, LoadColumns, LoadReader, LoadRow, MILLIONTHS,
    OnBadDay, OnClosed, OnHidden, Overlong, Reader, Seeks, Wanted,
};
use crate::people::roster::{self, Error as RosterError, Groups, Roster, RosterRow};
use crate::people::users::{self, Error as UsersError};
use crate::sheet::{Sheet, Source};
use crate::workspace::{Card, NameMatch, Users};

use super::super::columns::{choice, columns, refusals as column_refusals, rules, wanted};
use super::super::prepare::{Request, spool, unseen};
use super::super::screen::{counted, rows};
use super::super::session::Workspace;
use super::super::user_sources;
use crate::job::worksheet;
use crate::job::worksheet::has_results;
use crate::job::worksheet::reading_apart;
use crate::refusal::{Refusal, Refusals};

/// How many reasons of one kind are told.
pub(super) const TOLD: usize = 10;

/// What was read.
pub(super) struct Given {
    pub(super) origin: LoadOrigin,
    pub(super) load: Load,
    pub(super) roster: Roster,
    /// The users, as far as a list, the roster or the workspace tells them.
    pub(super) known: Option<Users>,
    /// Standard input, which is read once more when the moves are written.
    _spool: Option<Temporary>,
}

/// Where the load was read.
pub(super) enum LoadOrigin {
    Sheet {
        name: String,
        sheet: Box<Sheet>,
        columns: Box<Columns>,
        more: LoadColumns,
    },
    Workspace {
        name: String,
        /// The time of day at which it was asked.
        as_of: String,
    },
}

impl LoadOrigin {
    /// What messages call it.
    pub(super) fn name(&self) -> &str {
        match self {
            LoadOrigin::Sheet { name, .. } | LoadOrigin::Workspace { name, .. } => name,
        }
    }
}

fn name_of_sheet(args: &RebalanceArgs) -> String {
    let sheet = args.sheet.as_deref().unwrap_or(Path::new("-"));
    sheet.display().to_string()
}

/// The load of a sheet. `None` if anything stands in the way.
pub(super) fn of_sheet(
    request: &Request<'_>,
    args: &RebalanceArgs,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Given>> {
    let spool = (request.sheet == Path::new("-")).then(spool).transpose()?;
    let path = spool.as_ref().map_or(request.sheet, |spool| spool.path());
    let choice = Choice {
        seeks: Seeks::Holder,
        assignee: args.reading.current.clone(),
        ..choice(&args.reading)
    };
    let sheet = worksheet::open(path, &request.sheet_options(), &choice)?;
    let name = name_of_sheet(args);
    if has_results(&sheet)? {
        refusals.push(Refusal::new(format!(
            "`{name}` holds the results of a run, which say what was to change and not who has all the contacts; give \
             the sheet that says who has them, exported anew, or `--live`",
        )));
        return Ok(None);
    }
    let columns = match columns(&sheet, &choice, None, None)? {
        Ok(columns) => columns,
        Err(errors) => {
            refusals.extend(column_refusals(&sheet, &errors, choice.seeks));
            return Ok(None);
        }
    };
    let Some((roster, known)) = roster(args, None, refusals)? else {
        return Ok(None);
    };
    let Some(more) = further(args, &columns, &roster, refusals) else {
        return Ok(None);
    };
    // Who has a contact is read as a condition is: it may be somebody who is no user any more.
    let columns = Columns {
        current: Some(columns.assignee),
        ..columns
    };
    let load = mapping::read_load(
        &sheet,
        &columns,
        &more,
        &reader(args, &sheet, known.as_ref()),
    )?;
    refusals.extend(unseen(&load.hidden, request.sheet, &args.reading));
    refusals.extend(faults(request.sheet, &load));
    if !args.is_handover() {
        refusals.extend(strangers(args, &load, known.as_ref()));
    }
    let origin = LoadOrigin::Sheet {
        name,
        sheet: Box::new(sheet),
        columns: Box::new(columns),
        more,
    };
    Ok(Some(Given {
        origin,
        load,
        roster,
        known,
        _spool: spool,
    }))
}

/// The load of the workspace as it is. `None` if anything stands in the way.
pub(super) fn of_workspace(
    request: &Request<'_>,
    args: &RebalanceArgs,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Given>> {
    let workspace = Workspace::chosen(&args.workspace).map_err(Refusals::from)?;
    let Some(sheet) = user_sources::in_sheet(args.reading.users.as_deref(), refusals) else {
        return Ok(None);
    };
    let session = request.access.session(&workspace, || None)?;
    let users = match user_sources::together(&session.users()?, &workspace, sheet.as_ref()) {
        Ok(users) => users,
        Err(refusal) => {
            refusals.push(refusal);
            return Ok(None);
        }
    };
    let Some((roster, known)) = roster(args, Some(users), refusals)? else {
        return Ok(None);
    };
    if roster.has_groups {
        refusals.push(Refusal::new(format!(
            "`{}` has groups, and the workspace's list does not say which contact is of which; add `--group none` if \
             everybody may have every contact, or give a sheet that says it instead of `--live`",
            args.roster_name()
        )));
        return Ok(None);
    }
    let as_of = Zoned::now().strftime("%H:%M").to_string();
    let cards = session.everything()?;
    let name = workspace.name().to_owned();
    let load = load(cards, args, &name, refusals);
    let origin = LoadOrigin::Workspace { name, as_of };
    Ok(Some(Given {
        origin,
        load,
        roster,
        known,
        _spool: None,
    }))
}

/// What the workspace's list says, as a sheet would.
fn load(cards: Vec<Card>, args: &RebalanceArgs, name: &str, refusals: &mut Vec<Refusal>) -> Load {
    let mut load = Load::default();
    let mut unnamed = Vec::new();
    for (card, row) in cards.into_iter().zip(1..) {
        let status = if card.is_closed { "closed" } else { "open" };
        let (count, _) = load
            .statuses
            .entry(status.to_owned())
            .or_insert((0, card.is_closed));
        *count += 1;
        if card.is_closed && !args.moving.include_closed {
            if let Some(holder) = card.holder {
                *load.closed.entry(holder).or_default() += 1;
            }
            continue;
        }
        let holder = match card.holder {
            Some(Assignee::Nobody) => None,
            Some(holder) => Some(load.holders.key(holder)),
            None => {
                unnamed.push(card.id);
                continue;
            }
        };
        load.rows.push(LoadRow {
            row,
            contact: Some(Identifier::Id(card.id)),
            holder,
            weight: MILLIONTHS,
            group: None,
            active: None,
            is_pinned: false,
        });
    }
    if let Some(first) = unnamed.first() {
        let others = match unnamed.len() - 1 {
            0 => String::new(),
            others => format!(
                " and {}",
                counted(others, "other contact", "other contacts")
            ),
        };
        refusals.push(Refusal::new(format!(
            "`{name}` does not say by ID or email who has id:{first}{others}; give a sheet that says it instead of `--live`"
        )));
    }
    load
}

/// The columns beside contact and holder. `None` if they cannot be told.
fn further(
    args: &RebalanceArgs,
    columns: &Columns,
    roster: &Roster,
    refusals: &mut Vec<Refusal>,
) -> Option<LoadColumns> {
    let shown = name_of_sheet(args);
    let group = match (wanted(args.columns.group.as_ref()), roster.has_groups) {
        (group, true) => group,
        (Wanted::Found | Wanted::Nothing, false) => Wanted::Nothing,
        (Wanted::Column(_), false) => {
            refusals.push(Refusal::new(format!(
                "`--group` names a column of groups, and `{}` has none; write there which groups each user serves",
                args.roster_name()
            )));
            Wanted::Nothing
        }
    };
    let choice = LoadChoice {
        weight: wanted(args.columns.weight.as_ref()),
        group,
        pinned: wanted(args.columns.pinned.as_ref()),
        active: wanted(args.columns.activity.as_ref()),
        status: wanted(args.columns.status.as_ref()),
    };
    let more = match mapping::find_load_columns(columns, &choice) {
        Ok(more) => more,
        Err(errors) => {
            refusals.extend(errors.iter().map(|err| {
                let fix = err.fix();
                let hint = fix.join(" ");
                Refusal::new(format!("`{shown}`: {err}; say which with `{hint}`")).fixed_by(fix)
            }));
            return None;
        }
    };
    if roster.has_groups && more.group.is_none() {
        refusals.push(Refusal::new(format!(
            "`{}` has groups, and no column of `{shown}` is named like one; name it with `--group`, or add `--group none` \
             if everybody may have every contact",
            args.roster_name()
        )));
    }
    if args.moving.idle_days.is_some() && more.active.is_none() {
        refusals.push(Refusal::new(format!(
            "`--idle-days` needs the last activity, and no column of `{shown}` is named like it; name it with \
             `--activity`"
        )));
    }
    Some(more)
}

fn reader<'a>(args: &RebalanceArgs, sheet: &Sheet, known: Option<&'a Users>) -> LoadReader<'a> {
    LoadReader {
        reader: Reader {
            rules: rules(&args.reading),
            overlong: match sheet.source() {
                Source::Text { .. } => Overlong::Rejected,
                Source::Workbook { .. } => Overlong::Read,
            },
            hidden: match args.reading.hidden_rows {
                Some(OnHidden::Skip) => OnHidden::Skip,
                _ => OnHidden::Include,
            },
            users: known,
            ..Reader::default()
        },
        closed: match args.moving.include_closed {
            true => OnClosed::Include,
            false => OnClosed::LeaveOut,
        },
        days: match args.moving.idle_days {
            Some(_) => OnBadDay::Fault,
            None => OnBadDay::Count,
        },
    }
}

/// The roster, and the users as far as `--users` or the roster itself tells them.
fn roster(
    args: &RebalanceArgs,
    live: Option<Users>,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<(Roster, Option<Users>)>> {
    let users = args.reading.users.as_deref().filter(|_| live.is_none());
    let Some(listed) = user_sources::in_sheet(users, refusals) else {
        return Ok(None);
    };
    let known = live.or(listed);
    let Some(path) = &args.roster else {
        let rows = takers(args, known.as_ref(), refusals);
        let has_groups = false;
        return Ok(Some((Roster { rows, has_groups }, known)));
    };
    let shown = path.display();
    let sheet = match Sheet::open(path, &reading_apart()) {
        Ok(sheet) => sheet,
        Err(err) => {
            refusals.push(Refusal::new(format!("the roster: {err}")));
            return Ok(None);
        }
    };
    let known = match known {
        Some(users) => Some(users),
        // A roster with IDs or emails is a list of users, too.
        None => match users::read(&sheet, shown.to_string()) {
            Ok(users) => Some(users),
            Err(UsersError::Rows(faults)) => {
                refusals.extend(told(path, faults.iter().map(ToString::to_string)));
                return Ok(None);
            }
            Err(_) => None,
        },
    };
    let groups = match wanted(args.columns.group.as_ref()) {
        Wanted::Nothing => Groups::Ignored,
        Wanted::Found | Wanted::Column(_) => Groups::Counted,
    };
    match roster::read(&sheet, known.as_ref(), groups) {
        Ok(roster) => return Ok(Some((roster, known))),
        Err(RosterError::Rows(faults)) => {
            refusals.extend(told(path, faults.iter().map(ToString::to_string)));
        }
        Err(RosterError::Sheet(err)) => {
            refusals.push(Refusal::new(format!("the roster: {err}")));
        }
        Err(err) => refusals.push(Refusal::new(format!("`{shown}`: {err}"))),
    }
    Ok(None)
}

/// Those of `--to`.
fn takers(
    args: &RebalanceArgs,
    known: Option<&Users>,
    refusals: &mut Vec<Refusal>,
) -> Vec<RosterRow> {
    let mut rows: Vec<RosterRow> = Vec::new();
    for to in &args.moving.to {
        let mut refuse = |why: String| {
            refusals.push(Refusal::new(format!("`--to {}`: {why}", to.user)));
        };
        match named(&to.user, known) {
            Err(why) => refuse(why),
            Ok(user) if rows.iter().any(|row| row.user == user) => {
                refuse("this user is named twice".to_owned());
            }
            Ok(user) => match known.filter(|users| users.get(&user).is_none()) {
                Some(users) => refuse(format!("there is no such user {}", users.source())),
                None => rows.push(RosterRow {
                    row: 0,
                    user,
                    capacity: to.share,
                    maximum: None,
                    groups: Vec::new(),
                }),
            },
        }
    }
    rows
}

/// The user whom an argument names.
pub(super) fn named(text: &str, known: Option<&Users>) -> Result<Assignee, String> {
    match (Assignee::read(text), known) {
        (Ok(read), _) if read.value == Assignee::Nobody => {
            Err("this is nobody; `--only-unassigned` gives out what nobody has".to_owned())
        }
        (Ok(read), Some(users)) => Ok(users.canonical(read.value)),
        (Ok(read), None) => Ok(read.value),
        (Err(_), Some(users)) => {
            let one = match users.named(text) {
                NameMatch::One(user, _) => user.assignee(),
                _ => None,
            };
            one.ok_or_else(|| {
                let nearest = users.nearest(text);
                let meant: Vec<String> = nearest.iter().map(ToString::to_string).collect();
                let hint = match meant.is_empty() {
                    true => "write the ID or email".to_owned(),
                    false => format!("did you mean {}?", meant.join(" or ")),
                };
                format!("not one user {} has this name; {hint}", users.source())
            })
        }
        (Err(reason), None) => Err(reason.to_string()),
    }
}

/// What is wrong with rows of a load.
fn faults(path: &Path, load: &Load) -> Vec<Refusal> {
    let mut all: Vec<(&String, &Vec<u32>)> = load.faults.iter().collect();
    all.sort_by_key(|(_, rows)| rows[0]);
    told(
        path,
        all.into_iter()
            .map(|(why, numbers)| format!("{}, {why}", rows(numbers))),
    )
}

/// Holders whose names nobody has, neither in the roster nor among the users.
fn strangers(args: &RebalanceArgs, load: &Load, known: Option<&Users>) -> Vec<Refusal> {
    let mut all: Vec<(&String, &Vec<u32>)> = load.strangers.iter().collect();
    all.sort_by_key(|(name, rows)| (std::cmp::Reverse(rows.len()), *name));
    let more = all.len().saturating_sub(TOLD);
    let list = match &args.reading.users {
        Some(users) => format!("nobody in `{}`", users.display()),
        None => format!("not in `{}`", args.roster_name()),
    };
    let sentence = |(name, numbers): (&String, &Vec<u32>)| {
        let nearest = known.map(|users| users.nearest(name)).unwrap_or_default();
        let meant: Vec<String> = nearest.iter().map(ToString::to_string).collect();
        let way_out = match meant.is_empty() {
            true => "add them there with their ID or email, in the roster with capacity 0 to give all away".to_owned(),
            false => format!("did you mean {}?", meant.join(" or ")),
        };
        Refusal::new(format!(
            "`{name}` has {} in `{}` ({}) and is {list}: {way_out}",
            counted(numbers.len(), "contact", "contacts"),
            name_of_sheet(args),
            rows(numbers),
        ))
    };
    let mut refusals: Vec<Refusal> = all.into_iter().take(TOLD).map(sentence).collect();
    if more > 0 {
        refusals.push(Refusal::new(format!(
            "{more} more names have contacts and are {list}"
        )));
    }
    refusals
}

/// The first of some reasons, and how many more there are.
fn told(path: &Path, reasons: impl ExactSizeIterator<Item = String>) -> Vec<Refusal> {
    let more = reasons.len().saturating_sub(TOLD);
    let shown = path.display();
    let mut all: Vec<Refusal> = reasons
        .take(TOLD)
        .map(|why| Refusal::new(format!("`{shown}`, {why}")))
        .collect();
    if more > 0 {
        let more = counted(more, "more reason", "more reasons");
        all.push(Refusal::new(format!("`{shown}`: {more} of this kind")));
    }
    all
}
