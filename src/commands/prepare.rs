//! From the arguments to a plan: what `plan` and `apply` have in common.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{env, io};

use anyhow::Context;
use tempfile::NamedTempFile;

use crate::cli::{HiddenArg, ReadingArgs, WorkspaceArgs};
use crate::contact::Repair;
use crate::mapping::{self, Columns, Mappings, OnBlank, Overlong, Reader, Witnesses};
use crate::outcome::{Status, local_time};
use crate::plan::Plan;
use crate::results::{Form, Former, History, Layout, Target};
use crate::sheet::{self, ByteOrderMark, Plain, Sheet};
use crate::workspace::Users;

use super::columns::{choice, columns, rules};
use super::continued::{Since, overlay};
use super::earlier::{Source, Standing, What, free};
use super::known::{self, ByName};
use super::layout::{layout, named_by_us};
use super::look::{Glance, Look, Looked};
use super::pair;
use super::refusal::Refusal;
use super::rehearsal::rehearsal;
use super::screen::{counted, number, rows, tell};
use super::typed::Program;
use super::workspace::Workspace;

/// What was asked for.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) program: &'a Program,
    /// `plan` or `apply`.
    pub(super) command: &'static str,
    pub(super) sheet: &'a Path,
    pub(super) reading: &'a ReadingArgs,
    pub(super) workspace: &'a WorkspaceArgs,
    pub(super) out: Option<PathBuf>,
    /// How the workspace is looked at, where that is asked for.
    pub(super) glance: Glance,
}

/// Everything that was found out without sending anything.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) workspace: Workspace,
    pub(super) sheet: Sheet,
    pub(super) out: PathBuf,
    /// Where results go as a workbook as well.
    pub(super) workbook: Option<PathBuf>,
    /// Why this file is read, if it is not the one that was named.
    pub(super) why: Option<String>,
    pub(super) standing: Standing,
    pub(super) history: History,
    /// SHA-256 of the sheet as the run that this one continues had read it, if the sheet has changed since.
    pub(super) instead_of: Option<String>,
    /// What has become of the run that this one continues.
    pub(super) since: Option<Since>,
    pub(super) reading: ReadingArgs,
    pub(super) columns: Columns,
    /// The workspace's users, where a sheet of them was given or the workspace was looked at.
    pub(super) users: Option<Users>,
    /// What a look at the workspace has shown.
    pub(super) looked: Option<Looked>,
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
    /// Rows that would be sent now and were not planned when the plan was saved, which `apply` therefore leaves out.
    pub(super) unplanned: Vec<u32>,
    pub(super) layout: Layout,
    /// Standard input, while it is needed.
    pub(super) _spool: Option<NamedTempFile>,
}

impl Request<'_> {
    pub(super) fn sheet_options(&self) -> sheet::Options {
        sheet::Options {
            sheet: self.reading.worksheet.clone(),
            delimiter: self.reading.delimiter,
            encoding: self.reading.encoding,
            ..reading_apart()
        }
    }

    /// This command again, with other options.
    pub(super) fn retyped<S: AsRef<OsStr>>(&self, more: impl IntoIterator<Item = S>) -> String {
        self.program.again(
            more.into_iter()
                .map(|arg| arg.as_ref().to_owned())
                .collect(),
        )
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
    let source = Source::find(request, path, &workspace)?;
    let earlier = match source
        .history
        .first
        .as_ref()
        .or(source.history.planned.as_ref())
    {
        Some(first) => ReadingArgs::from_typed(&first.options).map_err(anyhow::Error::msg)?,
        None => ReadingArgs::default(),
    };
    let header_row = earlier.header_row;
    let mut reading = request.reading.clone().or_earlier(earlier);
    match source.what {
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
    let Some(mut columns) = columns(&source.sheet, &choice(&reading), users.as_ref(), refusals)?
    else {
        return Ok(None);
    };
    if source.what == What::Results {
        columns.guard = pair::guard(&source.sheet);
    }
    let look = if reading.live {
        // What is refused anyway is not worth a request.
        if !refusals.is_empty() {
            return Ok(None);
        }
        // A sandbox has to know the sheet before it can be asked who works there.
        let to_try = match workspace {
            Workspace::At(_) => None,
            Workspace::Sandbox => {
                let reader = reader(&source, &reading, &columns, users.as_ref());
                let read = mapping::read(&source.sheet, &columns, &reader)?;
                Some(rehearsal(&read.items, &read.assignees, users.as_ref()))
            }
        };
        let look = Look::begin(&workspace, request.workspace, &request.glance, to_try)?;
        if let Some(introduction) = look.introduction() {
            tell(introduction);
        }
        let listed = look.users()?;
        Some((look, listed))
    } else {
        None
    };
    let users = match &look {
        None => users,
        Some((_, listed)) => match known::together(listed, &workspace, users.as_ref()) {
            Ok(users) => Some(users),
            Err(refusal) => {
                refusals.push(refusal);
                return Ok(None);
            }
        },
    };
    let mut mappings = mapping::read(
        &source.sheet,
        &columns,
        &reader(&source, &reading, &columns, users.as_ref()),
    )?;
    // A run that was cut short has told what became of rows, and not which of them were planned.
    let planned = planned(&mappings);
    let since = (source.standing == Standing::Continues).then(|| {
        overlay(
            &mut mappings,
            &source.history,
            workspace.name(),
            users.as_ref(),
        )
    });
    refusals.extend(another(&source, since.as_ref()));
    elsewhere(&mappings, &source.history, &workspace, refusals);
    let hidden = std::mem::take(&mut mappings.hidden);
    refusals.extend(unseen(&hidden, source.sheet.path(), &reading));
    let layout = layout(&columns, mappings.width);
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
    let Source {
        sheet,
        out,
        workbook,
        why,
        history,
        standing,
        instead_of,
        ..
    } = source;
    let by_name = match mappings.named.is_empty() {
        true => ByName::No,
        false => ByName::Yes,
    };
    let looked = match look {
        Some((look, users)) if refusals.is_empty() => Some(Looked {
            contacts: look.contacts(&mappings)?,
            users,
            token: look.token,
        }),
        _ => None,
    };
    let mut plan = match &looked {
        Some(looked) => Plan::live(mappings, policy, &looked.contacts),
        None => Plan::new(mappings, policy),
    };
    let mut unplanned = Vec::new();
    match planned {
        Some(planned) if request.command == "apply" => plan = plan.only(&planned),
        Some(planned) => {
            unplanned.extend(plan.changes().map(|change| change.row));
            unplanned.retain(|row| !planned.contains(row));
        }
        None => {}
    }
    Ok(Some(Prepared {
        workspace,
        sheet,
        out,
        workbook,
        why,
        standing,
        history,
        instead_of,
        since,
        reading,
        columns,
        users,
        looked,
        by_name,
        repairs,
        unknown_phones,
        bare_phones,
        hidden,
        plan: Arc::new(plan),
        unplanned,
        layout,
        _spool: spool,
    }))
}

/// Workbooks are read in a process of their own, so that a hostile one cannot take this one down.
pub(super) fn reading_apart() -> sheet::Options {
    let reader = match env::current_exe() {
        Ok(program) => sheet::Reader::Process { program },
        Err(_) => sheet::Reader::Thread, // the same rows, without the protection
    };
    sheet::Options {
        reader,
        ..sheet::Options::default()
    }
}

/// Standard input can be read once, and a sheet is read twice.
pub(super) fn spool() -> anyhow::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix("reassign-")
        .suffix(".csv")
        .tempfile()
        .context("cannot keep standard input")?;
    io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
    Ok(file)
}

fn reader<'a>(
    source: &Source,
    reading: &ReadingArgs,
    columns: &Columns,
    users: Option<&'a Users>,
) -> Reader<'a> {
    let overlong = match (source.sheet.source(), source.what) {
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
        witnesses: match reading.live {
            true => Witnesses::Read,
            false => Witnesses::Ignored,
        },
        users,
    }
}

/// A run that was cut short goes on with its own sheet, also one that was edited, and not with another one.
fn another(source: &Source, since: Option<&Since>) -> Option<Refusal> {
    let since = since.filter(|_| source.instead_of.is_some())?;
    let begun = source.history.first.as_ref()?.at;
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
        let free = free(&source.out);
        Refusal::new(format!(
            "`{}` is not the sheet of the run that was cut short (begun {}): {still}; put that sheet back to go on with it, \
             or start over in another file with `-o {}`",
            source.sheet.path().display(),
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

/// Hidden rows were either left out on purpose or forgotten, and only the user knows which.
pub(super) fn unseen(hidden: &[u32], path: &Path, reading: &ReadingArgs) -> Option<Refusal> {
    let undecided = reading
        .hidden_rows
        .is_none_or(|policy| policy == HiddenArg::Error);
    (undecided && !hidden.is_empty()).then(|| {
        Refusal::new(format!(
            "`{}` hides {}, by hand or by a filter ({}); `--hidden-rows skip` leaves them out, `--hidden-rows include` \
             reads them like the others",
            path.display(),
            counted(hidden.len(), "row", "rows"),
            rows(hidden),
        ))
        .fixed_by(["--hidden-rows", "skip"])
    })
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
        let form = match (sheet::Form::of(path), self.sheet.source()) {
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
