//! How the rows of a sheet are read, and what was found in doing so.

use crate::cli::ReadingArgs;
use crate::contact::Repair;
use crate::job::{Job, What};
use crate::mapping::{Columns, Mappings, OnBlank, Overlong, Reader};
use crate::results::Layout;
use crate::sheet;
use crate::workspace::Users;

use super::super::columns::rules;
use super::super::layout::layout;
use super::super::user_sources::ByName;

/// How a sheet was read.
#[derive(Debug)]
pub(in super::super) struct ReadSheet {
    pub(in super::super) reading: ReadingArgs,
    pub(in super::super) columns: Columns,
    pub(in super::super) layout: Layout,
    /// Whether users were named by their names.
    pub(in super::super) by_name: ByName,
    pub(in super::super) repairs: Vec<(String, usize)>,
    /// The rows whose phone number is possible, and none that is known to be in use.
    pub(in super::super) unknown_phones: Vec<u32>,
    /// How many phone numbers without a plus sign were read, internationally and nationally.
    pub(in super::super) bare_phones: (usize, usize),
    /// The rows that the workbook hides.
    pub(in super::super) hidden: Vec<u32>,
}

impl ReadSheet {
    /// What was found in reading these rows.
    pub(super) fn of(
        reading: ReadingArgs,
        columns: Columns,
        job: &Job,
        mappings: &mut Mappings,
    ) -> ReadSheet {
        let cells = mappings.repairs.iter();
        let cells = cells.map(|(repair, count)| (repair.to_string(), *count));
        let names = mappings.named.iter();
        let names = names.map(|(spelling, count)| (spelling.to_string(), *count));
        let mut repairs: Vec<(String, usize)> = cells.chain(names).collect();
        repairs.sort();
        let count = |repair| mappings.repairs.get(&repair).copied().unwrap_or_default();
        ReadSheet {
            layout: layout(&columns, mappings.width, overlong(job)),
            by_name: match mappings.named.is_empty() {
                true => ByName::No,
                false => ByName::Yes,
            },
            repairs,
            bare_phones: (count(Repair::MissingPlus), count(Repair::NationalForm)),
            unknown_phones: std::mem::take(&mut mappings.unknown_phones),
            hidden: std::mem::take(&mut mappings.hidden),
            reading,
            columns,
        }
    }
}

/// How the cells of a job's sheet are read.
pub(super) fn reader<'a>(
    job: &Job,
    reading: &ReadingArgs,
    columns: &Columns,
    users: Option<&'a Users>,
) -> Reader<'a> {
    Reader {
        rules: rules(reading),
        blank: match reading.blank {
            Some(policy) => policy,
            // The column says where contacts go, and a blank cell that this one goes nowhere.
            None if columns.blank_stays => OnBlank::Skip,
            None => OnBlank::Error,
        },
        overlong: overlong(job),
        hidden: reading.hidden_rows.unwrap_or_default(),
        users,
    }
}

fn overlong(job: &Job) -> Overlong {
    match (job.sheet.source(), job.what) {
        (sheet::Source::Text { .. }, What::Sheet) => Overlong::Rejected,
        _ => Overlong::Read,
    }
}
