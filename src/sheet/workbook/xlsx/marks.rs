//! What stands apart from the cells of a sheet, and has to be known ahead of them.

use std::io::{BufRead, BufReader, Cursor, Read};

use memchr::memmem;

use super::super::Failure;
use super::super::merged::Merge;
use super::super::package::{Package, Xml, attribute, cut_off};

/// What stands apart from the cells of a sheet.
pub(super) struct Marks {
    pub(super) merges: Vec<Merge>,
    /// The rows that hold the totals of tables, counted from 0.
    pub(super) totals: Vec<u32>,
}

/// The merged ranges of a sheet. They follow its cells, which are unpacked for it and not looked at.
pub(super) fn merges(package: &mut Package, part: &str) -> Result<Vec<Merge>, Failure> {
    const END: &[u8] = b"sheetData>";
    let mut input = BufReader::with_capacity(1 << 16, package.part(part)?);
    let finder = memmem::Finder::new(END);
    let mut tail: Vec<u8> = Vec::new();
    let behind = loop {
        let piece = input.fill_buf().map_err(|_| cut_off())?;
        if piece.is_empty() {
            return Ok(Vec::new()); // cut off, or without cells, which is said elsewhere
        }
        let length = piece.len();
        tail.extend_from_slice(piece);
        input.consume(length);
        // The first one ends the start of the element, unless that says more.
        let mut found = finder.find_iter(&tail);
        let end = found.find(|at| is_closing(&tail[..*at]));
        if let Some(at) = end {
            break tail.split_off(at + END.len());
        }
        let kept = tail.len().min(64);
        tail.drain(..tail.len() - kept);
    };
    let mut xml = Xml::fragment(BufReader::new(Cursor::new(behind).chain(input)));
    let mut merges = Vec::new();
    while let Some(element) = xml.find("mergeCell")? {
        let reference = attribute(&element, "ref").unwrap_or_default();
        merges.extend(Merge::parse(reference.trim()));
    }
    Ok(merges)
}

/// Whether the tag that these bytes begin is the end of an element: `</`, or `</` and a prefix.
fn is_closing(before: &[u8]) -> bool {
    let tag = before.iter().rposition(|byte| *byte == b'<');
    tag.is_some_and(|at| before.get(at + 1) == Some(&b'/'))
}

/// The rows that hold the totals of the tables on a sheet, counted from 0.
pub(super) fn totals(package: &mut Package, part: &str) -> Result<Vec<u32>, Failure> {
    let mut rows = Vec::new();
    for table in package.relationships(part)? {
        if !table.kind.ends_with("/table") || package.find(&table.target).is_none() {
            continue;
        }
        let mut xml = package.xml(&table.target)?;
        if let Some(element) = xml.find("table")? {
            let count = attribute(&element, "totalsRowCount");
            let count = count.and_then(|count| count.trim().parse::<u32>().ok());
            let range = attribute(&element, "ref").and_then(|range| Merge::parse(&range));
            // A table has one at most.
            rows.extend(
                range
                    .filter(|_| count.is_some_and(|count| count > 0))
                    .map(|range| range.rows.1),
            );
        }
    }
    Ok(rows)
}
