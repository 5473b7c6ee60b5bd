//! From the arguments to a plan: what `plan` and `apply` have in common.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;

use crate::api::{Rate, SpaceUser};
use crate::cli::{AgainArg, HiddenArg, ReadingArgs, WorkspaceArgs};
use crate::contact::{Assignee, Repair};
use crate::files::Temporary;
use crate::format::{counted, number, rows};
use crate::mapping::{self, ColumnError, Columns, Mappings, OnBlank, Overlong, Reader, Seeks};
use crate::outcome::{Code, Decision, Status, local_time};
use crate::outputs::Files;
use crate::plan::{Forecast, LookUp, Plan};
use crate::results::JobFolder;
use crate::results::{Form, Former, History, Layout, Target};
use crate::sheet::{self, ByteOrderMark, Plain};
use crate::terminal::Pace;
use crate::workspace::{People, Users, Workloads};

use super::columns::{by_ids, choice, columns, refusals as column_refusals, rules};
use super::continued::{Since, catch_up, overlay};
use super::known::{self, ByName};
use super::layout::{layout, named_by_us};
use super::rehearsal::rehearsal;
use super::session::{self, Access, LiveSnapshot, Session, Workspace};
use super::typed::Program;
use crate::job::worksheet::reading_apart;
use crate::job::{Asked, Doing, Job, Kind, RunKind, What, free, text_and_workbook};
use crate::refusal::{Answer, Refusal, Refused};

/// What was asked for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) program: &'a Program,
    pub(super) doing: Doing,
    pub(super) sheet: &'a Path,
    pub(super) reading: &'a ReadingArgs,
    pub(super) workspace: &'a WorkspaceArgs,
    pub(super) out: Option<PathBuf>,
    /// The results file whose edits are given up.
    pub(super) set_aside: Option<&'a Path>,
    /// Which settled rows are sent again.
    pub(super) again: Option<AgainArg>,
    /// The way to the workspace, where that is asked for.
    pub(super) access: Access<'a>,
}

/// Everything that was found out without sending anything.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) workspace: Workspace,
    /// What is worked on, and what is known from before.
    pub(super) job: Job,
    /// What has become of the run that this one continues.
    pub(super) since: Option<Since>,
    pub(super) reading: ReadingArgs,
    pub(super) columns: Columns,
    /// The workspace's users, where a sheet of them was given or the workspace was looked at.
    pub(super) users: Option<Users>,
    /// Who is who, as far as lists of users and earlier runs tell.
    pub(super) people: People,
    /// What a look at the workspace has shown.
    pub(super) looked: Option<LiveSnapshot>,
    /// Whether users were named by their names.
    pub(super) by_name: ByName,
    pub(super) repairs: Vec<(String, usize)>,
    /// The rows whose phone number is possible, and none that is known to be in use.
    pub(super) unknown_phones: Vec<u32>,
    /// How many phone numbers without a plus sign were read, internationally and nationally.
    pub(super) bare_phones: (usize, usize),
    /// The rows that the workbook hides.
    pub(super) hidden: Vec<u32>,
    /// Shared with the rows under way.
    pub(super) plan: Arc<Plan>,
    /// Of how many rows the results do not say what is known of them: an undo was applied, or they are a former state.
    pub(super) untold: usize,
    /// Rows that would be sent now and were not planned when the plan was saved, which `apply` therefore leaves out.
    pub(super) unplanned: Vec<u32>,
    pub(super) layout: Layout,
    /// Standard input, while it is needed.
    pub(super) _spool: Option<Temporary>,
}

impl Request<'_> {
    pub(super) fn sheet_options(&self) -> sheet::Options {
        sheet_options(self.reading)
    }

    /// Whether this is about the sandbox.
    pub(super) fn kind(&self) -> Kind {
        match self.workspace.sandbox {
            true => Kind::Trial,
            false => Kind::Real,
        }
    }

    /// All reasons at once.
    pub(super) fn refused(&self, refusals: Vec<Refusal>) -> Refused {
        Refused::new(refusals, Vec::new())
    }
}

/// How the sheet's file is opened.
pub(super) fn sheet_options(reading: &ReadingArgs) -> sheet::Options {
    sheet::Options {
        sheet: reading.worksheet.clone(),
        delimiter: reading.delimiter,
        encoding: reading.encoding,
        ..reading_apart()
    }
}

/// Reads the sheet and decides about every row. What stands in the way goes to `refusals`; without columns there is no
/// plan.
pub(super) fn prepare(
    request: &Request<'_>,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Prepared>> {
    let workspace = match Workspace::chosen(request.workspace) {
        Ok(workspace) => workspace,
        Err(refusal) => {
            refusals.push(refusal);
            return Ok(None);
        }
    };
    let spool = (request.sheet == Path::new("-")).then(spool).transpose()?;
    let path = spool.as_ref().map_or(request.sheet, |spool| spool.path());
    if spool.is_some() && request.out.is_none() {
        refusals.push(Refusal::new(
            "standard input has no name to call the results after; add `-o FILE`",
        ));
        return Ok(None);
    }
    let mut job = Job::find(&Asked {
        doing: request.doing,
        kind: request.kind(),
        named: request.sheet,
        path,
        out: request.out.as_deref(),
        set_aside: request.set_aside,
        options: &request.sheet_options(),
        choice: &choice(request.reading),
        workspace: &workspace.id(),
    })?;
    let earlier = match job.history.first.as_ref().or(job.history.planned.as_ref()) {
        Some(first) => ReadingArgs::from_typed(&first.options).map_err(anyhow::Error::msg)?,
        None => ReadingArgs::default(),
    };
    let header_row = earlier.header_row;
    let mut reading = request.reading.clone().or_earlier(earlier);
    match job.what {
        What::Sheet => reading.header_row = reading.header_row.or(header_row),
        What::Results => {
            // Where the first sheet's cells stand says nothing about the results, whose columns we have named.
            reading.header_row = None;
            reading.hidden_rows = request.reading.hidden_rows;
            if header_row == Some(0) {
                named_by_us(&mut reading, request.reading);
            }
        }
    }
    let users = match reading.users.as_deref().map(known::listed).transpose() {
        Ok(users) => users,
        Err(wrong) => {
            refusals.extend(wrong);
            return Ok(None);
        }
    };
    let seen = seen(request, &workspace, &mut job, &mut reading, users, refusals)?;
    let Some(Seen {
        mut columns,
        users,
        mut live,
    }) = seen
    else {
        return Ok(None);
    };
    if job.what == What::Results {
        columns.guard = text_and_workbook::guard(&job.sheet);
    }
    let users = if reading.live && live.is_none() {
        // What is refused anyway is not worth a request.
        if !refusals.is_empty() {
            return Ok(None);
        }
        // A sandbox has to know the sheet before it can be asked who works there.
        let reader = reader(&job, &reading, &columns, users.as_ref());
        let read = mapping::read(&job.sheet, &columns, &reader)?;
        let to_try = rehearsal(&read.items, &read.assignees, users.as_ref());
        let session = request.access.session(&workspace, || Some(to_try))?;
        let listed = session.users()?;
        let together = known::together(&listed, &workspace, users.as_ref());
        live = Some((session, listed));
        match together {
            Ok(users) => Some(users),
            Err(refusal) => {
                refusals.push(refusal);
                return Ok(None);
            }
        }
    } else {
        users
    };
    let mut mappings = mapping::read(
        &job.sheet,
        &columns,
        &reader(&job, &reading, &columns, users.as_ref()),
    )?;
    if !mappings.late.is_empty() {
        let late = std::mem::take(&mut mappings.late);
        match self::columns(&job.sheet, &choice(&reading), users.as_ref(), Some(&late))? {
            Ok(found) if found.are_used_alike(&columns) => {}
            Ok(found) => {
                columns = Columns {
                    guard: columns.guard,
                    ..found
                };
                let reader = reader(&job, &reading, &columns, users.as_ref());
                mappings = mapping::read(&job.sheet, &columns, &reader)?;
            }
            Err(errors) => {
                refusals.extend(column_refusals(&job.sheet, &errors, Seeks::New));
            }
        }
    }
    let reader = reader(&job, &reading, &columns, users.as_ref());
    // A run that was cut short has told what became of rows, and not which of them were planned.
    let planned = planned(&mappings);
    let since = (job.run == RunKind::Continues).then(|| {
        overlay(
            &mut mappings,
            &mut job.history,
            job.what,
            workspace.name(),
            users.as_ref(),
        )
    });
    refusals.extend(another(&job, since.as_ref()));
    let latest = std::mem::take(&mut job.latest);
    let name = workspace.name();
    let caught_up = catch_up(&mut mappings, &latest, &job.history, name, users.as_ref());
    if !caught_up.is_empty() {
        let say = if caught_up.len() == 1 { "says" } else { "say" };
        job.notes.push(format!(
            "a former state of these results: {} {say} less than the journal, which counts",
            rows(&caught_up)
        ));
    }
    let untold = caught_up.len() + undo_and_redo(&mut mappings, &job.history, request.again);
    if mappings.items.is_empty() {
        let path = job.sheet.path().display();
        refusals.push(Refusal::new(format!(
            "`{path}` has a header and no rows below it"
        )));
    }
    elsewhere(&mappings, &job.history, &workspace, refusals);
    let hidden = std::mem::take(&mut mappings.hidden);
    refusals.extend(unseen(&hidden, job.sheet.path(), &reading));
    let layout = layout(&columns, mappings.width, reader.overlong);
    let mut repairs: Vec<(String, usize)> = mappings
        .repairs
        .iter()
        .map(|(repair, count)| (repair.to_string(), *count))
        .collect();
    repairs.extend(
        mappings
            .named
            .iter()
            .map(|(spelling, count)| (spelling.to_string(), *count)),
    );
    repairs.sort();
    let count = |repair| mappings.repairs.get(&repair).copied().unwrap_or_default();
    let bare_phones = (count(Repair::MissingPlus), count(Repair::NationalForm));
    let unknown_phones = std::mem::take(&mut mappings.unknown_phones);
    let policy = reading.on_conflict.map(Into::into).unwrap_or_default();
    let by_name = match mappings.named.is_empty() {
        true => ByName::No,
        false => ByName::Yes,
    };
    let looked = match live {
        Some((session, users)) if refusals.is_empty() => Some(LiveSnapshot {
            contacts: session.contacts(&mappings, look_up(request.doing))?,
            pace: session.pace(),
            users,
        }),
        _ => None,
    };
    let contacts = looked.as_ref().map(|looked| &looked.contacts);
    let mut people = People::default();
    if let Some(users) = &users {
        people.add_all(users);
    }
    for met in &job.history.met {
        met.introduce(&mut people);
    }
    let mut plan = match (&planned, contacts) {
        (Some(planned), contacts) if request.doing == Doing::Apply => {
            Plan::saved(mappings, policy, contacts, planned)
        }
        (_, Some(contacts)) => Plan::live(mappings, policy, contacts),
        (_, None) => Plan::new(mappings, policy),
    };
    if let Some(LiveSnapshot { users, .. }) = &looked {
        plan.show_users(users.iter().filter_map(|listed| listed.user.assignee()));
    }
    let mut unplanned: Vec<u32> = Vec::new();
    if let Some(planned) = planned {
        unplanned.extend(plan.changes().map(|change| change.row));
        unplanned.retain(|row| !planned.contains(row));
    }
    Ok(Some(Prepared {
        workspace,
        job,
        since,
        reading,
        columns,
        users,
        people,
        looked,
        by_name,
        repairs,
        unknown_phones,
        bare_phones,
        hidden,
        plan: Arc::new(plan),
        untold,
        unplanned,
        layout,
        _spool: spool,
    }))
}

/// What was found out before any row is read.
struct Seen<'a> {
    columns: Columns,
    users: Option<Users>,
    /// The workspace, where it was connected to, and the users that it lists.
    live: Option<(&'a Session, Vec<SpaceUser>)>,
}

/// The columns, and who works in the workspace. Where that is asked before anything is sent, it tells more about columns.
fn seen<'a>(
    request: &'a Request<'_>,
    workspace: &Workspace,
    job: &mut Job,
    reading: &mut ReadingArgs,
    mut users: Option<Users>,
    refusals: &mut Vec<Refusal>,
) -> anyhow::Result<Option<Seen<'a>>> {
    let mut found = columns(&job.sheet, &choice(reading), users.as_ref(), None)?;
    let mut live = None;
    // What is refused anyway is not worth a request.
    let is_open = |err: &ColumnError| matches!(err, ColumnError::Open(_));
    let may_be_fine = match &found {
        Ok(_) => true,
        Err(errors) => errors.iter().all(is_open),
    };
    if reading.live && may_be_fine && refusals.is_empty() && matches!(workspace, Workspace::At(_)) {
        match request.access.session(workspace, || None) {
            Ok(session) => {
                let listed = session.users()?;
                match known::together(&listed, workspace, users.as_ref()) {
                    Ok(together) => users = Some(together),
                    Err(refusal) => {
                        refusals.push(refusal);
                        return Ok(None);
                    }
                }
                found = columns(&job.sheet, &choice(reading), users.as_ref(), None)?;
                let ids = match &found {
                    Ok(_) => None,
                    Err(errors) => by_ids(&job.sheet, errors, rules(reading), session)?,
                };
                if let Some((identifiers, note)) = ids {
                    reading.identifier = identifiers;
                    job.notes.push(note);
                    found = columns(&job.sheet, &choice(reading), users.as_ref(), None)?;
                }
                live = Some((session, listed));
            }
            // All reasons at once.
            Err(err) => match (err.downcast::<Refused>(), &found) {
                (Ok(refused), Err(_)) => refusals.extend(refused.into_parts().0),
                (Ok(refused), Ok(_)) => return Err(refused.into()),
                (Err(err), _) => return Err(err),
            },
        }
    }
    match found {
        Ok(columns) => Ok(Some(Seen {
            columns,
            users,
            live,
        })),
        Err(errors) => {
            refusals.extend(column_refusals(&job.sheet, &errors, Seeks::New));
            // All questions at once: whether rows are hidden shows without knowing the columns.
            let hidden = hidden_rows(&job.sheet)?;
            refusals.extend(unseen(&hidden, job.sheet.path(), reading));
            Ok(None)
        }
    }
}

/// What is settled matters to whoever wants to see how things are, and not to whoever sends the rest.
fn look_up(doing: Doing) -> LookUp {
    match doing {
        Doing::Plan => LookUp::Settled,
        Doing::Apply => LookUp::ToSend,
    }
}

/// Standard input can be read once, and a sheet is read twice.
pub(super) fn spool() -> anyhow::Result<Temporary> {
    let folder = &env::temp_dir();
    let make = |builder: &mut tempfile::Builder<'_, '_>| builder.suffix(".csv").tempfile_in(folder);
    let mut file = sheet::temporary(folder, make).context("cannot keep standard input")?;
    io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
    Ok(file)
}

fn reader<'a>(
    job: &Job,
    reading: &ReadingArgs,
    columns: &Columns,
    users: Option<&'a Users>,
) -> Reader<'a> {
    let overlong = match (job.sheet.source(), job.what) {
        (sheet::Source::Text { .. }, What::Sheet) => Overlong::Rejected,
        _ => Overlong::Read,
    };
    Reader {
        rules: rules(reading),
        blank: match reading.blank {
            Some(policy) => policy.into(),
            // The column says where contacts go, and a blank cell that this one goes nowhere.
            None if columns.blank_stays => OnBlank::Skip,
            None => OnBlank::Error,
        },
        overlong,
        hidden: reading.hidden_rows.map(Into::into).unwrap_or_default(),
        users,
    }
}

/// A run that was cut short goes on with its own sheet, also one that was edited, and not with another one.
fn another(job: &Job, since: Option<&Since>) -> Option<Refusal> {
    let since = since.filter(|_| job.instead_of.is_some())?;
    let begun = job.history.first.as_ref()?.at;
    // Nothing is known of rows that were sent before journals told what rows said.
    let is_unknown = since.known == 0 && since.settled + since.in_doubt > 0;
    (is_unknown || since.standing * 2 < since.known).then(|| {
        let still = if is_unknown {
            "the journal does not tell what its rows said then".to_owned()
        } else {
            let rows = counted(since.known, "row", "rows");
            let standing = number(since.standing);
            format!("of its {rows}, {standing} say here what they said then")
        };
        let free = free(&job.out);
        Refusal::new(format!(
            "`{}` is not the sheet of the run that was cut short (begun {}): {still}; put that sheet back to go on with it, \
             or start over in another file with `-o {}`",
            job.sheet.path().display(),
            local_time(begun),
            free.display(),
        ))
        .fixed_by(["-o".into(), free.into_os_string()])
    })
}

/// The rows that were to be sent when the plan was saved; `None` if the sheet is no saved plan.
fn planned(mappings: &Mappings) -> Option<HashSet<u32>> {
    let items = mappings.items.iter();
    let planned: HashSet<u32> = items
        .filter(|item| item.status() == Some(Status::Planned))
        .map(|item| item.row)
        .collect();
    (!planned.is_empty()).then_some(planned)
}

/// The hidden rows with anything in them.
fn hidden_rows(sheet: &sheet::Sheet) -> Result<Vec<u32>, sheet::Error> {
    let mut hidden = Vec::new();
    if matches!(sheet.source(), sheet::Source::Workbook { .. }) {
        for batch in sheet.batches()? {
            let batch = batch?;
            let rows = batch
                .rows()
                .filter(|row| row.is_hidden() && !row.is_blank());
            hidden.extend(rows.map(|row| row.number()));
        }
    }
    Ok(hidden)
}

/// Hidden rows were either left out on purpose or forgotten, and only the user knows which.
pub(super) fn unseen(hidden: &[u32], path: &Path, reading: &ReadingArgs) -> Option<Refusal> {
    let undecided = reading
        .hidden_rows
        .is_none_or(|policy| policy == HiddenArg::Error);
    (undecided && !hidden.is_empty()).then(|| {
        let answer = |policy: &str, what: &str| Answer {
            what: what.to_owned(),
            options: vec!["--hidden-rows".into(), policy.into()],
        };
        Refusal::new(format!(
            "`{}` hides {}, by hand or by a filter ({}); `--hidden-rows skip` leaves them out, `--hidden-rows include` \
             reads them like the others",
            path.display(),
            counted(hidden.len(), "row", "rows"),
            rows(hidden),
        ))
        .answered_by(vec![
            answer("skip", "hidden rows are left out"),
            answer("include", "hidden rows are read like the others"),
        ])
    })
}

/// Rows that an undo has given back are `undone`, whatever the results say; and with `--again all` every settled row is
/// sent again but those that somebody has left out. Returns of how many rows the results do not say so yet.
fn undo_and_redo(mappings: &mut Mappings, history: &History, again: Option<AgainArg>) -> usize {
    let mut untold = 0;
    let is_sent = |status| {
        matches!(
            status,
            Status::Assigned | Status::Unassigned | Status::Unchanged | Status::Undone
        )
    };
    for item in &mut mappings.items {
        let Some(earlier) = item.earlier.as_deref_mut() else {
            continue;
        };
        // A write without an answer is given back like others.
        let is_written = is_sent(earlier.status) || earlier.attempts > 0;
        if is_written && history.undone.contains(&item.row) && earlier.status != Status::Undone {
            earlier.status = Status::Undone;
            earlier.codes = vec![Code::Undone];
            untold += 1;
        }
        if earlier.status == Status::Undone && history.redone.contains(&item.row) {
            earlier.status = match earlier.assignee {
                Some(Assignee::Nobody) => Status::Unassigned,
                Some(_) | None => Status::Assigned,
            };
            earlier.codes.clear();
            earlier.error = None;
            untold += 1;
        }
        if !is_sent(earlier.status) {
            continue;
        }
        if again == Some(AgainArg::All) && earlier.decision != Some(Decision::Skip) {
            earlier.decision = Some(Decision::Again);
        }
    }
    untold
}

/// Rows that were settled in another workspace must not be mixed with this one's. Rows name its host; the journal knows
/// its whole address.
fn elsewhere(
    mappings: &Mappings,
    history: &History,
    workspace: &Workspace,
    refusals: &mut Vec<Refusal>,
) {
    let mut settled = mappings
        .items
        .iter()
        .filter_map(|item| Some((item.row, item.earlier.as_deref()?)))
        .filter(|(_, earlier)| earlier.status.is_settled())
        .filter_map(|(row, earlier)| Some((row, earlier.workspace.as_deref()?)))
        .peekable();
    let (here, id) = (workspace.name(), workspace.id());
    let first = settled.peek().copied();
    let by_host = settled.find(|(_, there)| *there != here);
    let by_address = || {
        let last = history.last.as_ref()?;
        (last.workspace != id).then_some((first?.0, last.workspace.as_str()))
    };
    let other = match by_host {
        Some((row, there)) => Some((row, there, here)),
        None => by_address().map(|(row, there)| (row, there, id.as_str())),
    };
    if let Some((row, there, here)) = other {
        refusals.push(Refusal::new(format!(
            "row {row} was settled in the workspace `{there}`, and this command is about `{here}`; results of two \
             workspaces are not mixed"
        )));
    }
}

impl Prepared {
    /// How results are written to a file of this name; a workbook has a sheet that sums them up.
    pub(super) fn target(
        &self,
        path: &Path,
        former: Former,
        page: impl FnOnce() -> sheet::Page,
    ) -> Target {
        let form = match (sheet::Form::of(path), self.job.sheet.source()) {
            (sheet::Form::Workbook, _) => Form::Workbook(page()),
            (
                sheet::Form::Text { .. },
                sheet::Source::Text {
                    delimiter, plain, ..
                },
            ) => Form::Text {
                delimiter: *delimiter,
                mark: match plain {
                    Plain::Yes => ByteOrderMark::Absent,
                    Plain::No => ByteOrderMark::Present,
                },
            },
            (sheet::Form::Text { delimiter, mark }, sheet::Source::Workbook { .. }) => {
                Form::Text { delimiter, mark }
            }
        };
        Target {
            path: path.to_owned(),
            form,
            former,
        }
    }

    /// The options that lead to the same plan again.
    pub(super) fn options(&self, request: &Request<'_>) -> Vec<OsString> {
        let mut typed: Vec<OsString> = request
            .reading
            .typed()
            .into_iter()
            .map(Into::into)
            .collect();
        typed.extend(request.workspace.typed());
        typed
    }
}

impl Prepared {
    /// What sending the first `count` changes will do.
    pub(super) fn forecast(&self, count: usize) -> Forecast {
        self.plan.forecast(&self.people, count)
    }

    /// What these changes do to everybody's contacts.
    pub(super) fn workloads(&self, count: usize) -> Workloads {
        self.plan.workloads(&self.people, count)
    }

    /// How fast changes go, as far as anything has shown it.
    pub(super) fn pace(&self, rate: Option<Rate>) -> Pace {
        let just_now = self.looked.as_ref().and_then(|looked| looked.pace);
        let last = self.job.history.pace();
        match (rate, last, just_now) {
            (Some(rate), ..) => Pace::AtMost(rate),
            (None, Some(pace), _) => Pace::LastRun(pace),
            (None, None, Some(pace)) => Pace::JustNow(pace),
            (None, None, None) => Pace::Unknown,
        }
    }
}

impl Prepared {
    /// What the command reads. The results that it goes on with are what it writes.
    pub(super) fn files(&self, request: &Request<'_>) -> Files {
        let job = &self.job;
        let is_written = |path: &&Path| {
            job.what == What::Results
                && (*path == job.out || job.workbook.as_deref() == Some(*path))
        };
        let sheets = [request.sheet, job.sheet.path()];
        let mut files = session::files(request.workspace)
            .reads("the users' sheet", self.reading.users.as_deref())
            .of_job(&JobFolder::of(&job.out));
        for sheet in sheets.into_iter().filter(|path| !is_written(path)) {
            files = files.reads("the sheet", sheet);
        }
        files
    }
}
