//! What the engine does not tell about a sheet of an XML workbook: which rows are hidden, and whether the results of
//! its formulas can be trusted.

use std::sync::Arc;

use quick_xml::events::Event;

use super::Failure;
use super::hidden::HiddenRows;
use super::package::{Package, attribute, is_true};

/// Whether the results that stand beside formulas are results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Results {
    /// The program that wrote the workbook computed them.
    Computed,
    /// The workbook asks to be computed when it is opened: its writer may have put a zero in place of every result.
    Pending,
}

/// What the engine does not tell about a sheet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) hidden: HiddenRows,
    pub(super) results: Results,
}

/// Looks through the parts that say so.
pub(super) fn marks(bytes: Arc<[u8]>, sheet: &str) -> Result<Marks, Failure> {
    let mut package = Package::open(bytes)?;
    let workbook = workbook_part(&mut package)?;
    let (folder, name) = workbook.rsplit_once('/').unwrap_or(("", &workbook));
    let below = |path: &str| match (path.strip_prefix('/'), folder) {
        (Some(absolute), _) => absolute.to_owned(),
        (None, "") => path.to_owned(),
        (None, folder) => format!("{folder}/{path}"),
    };
    let (id, results) = in_workbook(&mut package, &workbook, sheet)?;
    let target = relationship(&mut package, &below(&format!("_rels/{name}.rels")), |rel| {
        rel.id == id
    })?
    .ok_or_else(|| Failure::damaged(format!("its sheet `{sheet}` leads nowhere")))?;
    Ok(Marks {
        hidden: hidden_rows(&mut package, &below(&target))?,
        results,
    })
}

/// The path of the part that lists the sheets.
fn workbook_part(package: &mut Package) -> Result<String, Failure> {
    let found = relationship(package, "_rels/.rels", |rel| {
        rel.kind.ends_with("/relationships/officeDocument")
    })?;
    let found = found.unwrap_or_else(|| "xl/workbook.xml".to_owned());
    Ok(found.trim_start_matches('/').to_owned())
}

struct Relationship {
    id: String,
    kind: String,
}

/// Where the last relationship leads that is wanted.
fn relationship(
    package: &mut Package,
    part: &str,
    wanted: impl Fn(&Relationship) -> bool,
) -> Result<Option<String>, Failure> {
    let mut xml = package.xml(part)?;
    let mut found = None;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let relationship = Relationship {
                    id: attribute(&element, "Id").unwrap_or_default(),
                    kind: attribute(&element, "Type").unwrap_or_default(),
                };
                if wanted(&relationship) {
                    found = attribute(&element, "Target");
                }
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// The relationship of a sheet, and what the workbook says about formulas.
fn in_workbook(
    package: &mut Package,
    part: &str,
    sheet: &str,
) -> Result<(String, Results), Failure> {
    let mut xml = package.xml(part)?;
    let (mut id, mut results) = (None, Results::Computed);
    loop {
        match xml.next()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "sheet"
                    if id.is_none() && attribute(&element, "name").as_deref() == Some(sheet) =>
                {
                    id = attribute(&element, "id");
                }
                "calcPr" if is_true(attribute(&element, "fullCalcOnLoad")) => {
                    results = Results::Pending;
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
    }
    let id = id.ok_or_else(|| Failure::damaged(format!("its sheet `{sheet}` is not listed")))?;
    Ok((id, results))
}

fn hidden_rows(package: &mut Package, part: &str) -> Result<HiddenRows, Failure> {
    let mut xml = package.xml(part)?;
    let mut hidden = HiddenRows::default();
    let mut next = 0_u32;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "row" => {
                let (mut number, mut is_hidden) = (None, false);
                for attribute in element.attributes().with_checks(false).flatten() {
                    let value = attribute.value.trim();
                    match attribute.key.local_name().as_ref() {
                        "r" => number = value.parse::<u32>().ok(),
                        "hidden" => is_hidden |= matches!(value, "1" | "true" | "on"),
                        // Dragged shut, which shows as little as hiding does.
                        "ht" => is_hidden |= value.parse::<f64>().is_ok_and(|height| height == 0.0),
                        _ => {}
                    }
                }
                let row = number
                    .and_then(|number| number.checked_sub(1))
                    .unwrap_or(next);
                if is_hidden {
                    hidden.add(row..=row)?;
                }
                next = row.saturating_add(1);
            }
            Event::End(element) if element.local_name().as_ref() == "sheetData" => break,
            Event::Eof => break,
            _ => {}
        }
    }
    Ok(hidden)
}
