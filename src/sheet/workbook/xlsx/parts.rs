//! How the parts of a workbook lead to one another.

use quick_xml::events::Event;

use super::super::Failure;
use super::super::package::{Package, attribute};

/// How one part of the package leads to another.
pub(super) struct Relationship {
    pub(super) id: String,
    pub(super) kind: String,
    /// The other part's name.
    pub(super) target: String,
}

/// Where a part leads; an empty name stands for the package itself.
pub(super) fn relationships(
    package: &mut Package,
    part: &str,
) -> Result<Vec<Relationship>, Failure> {
    let (folder, name) = part.rsplit_once('/').unwrap_or(("", part));
    let list = match folder {
        "" => format!("_rels/{name}.rels"),
        folder => format!("{folder}/_rels/{name}.rels"),
    };
    let mut found = Vec::new();
    if package.find(&list).is_none() {
        return Ok(found);
    }
    let mut xml = package.xml(&list)?;
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let target = attribute(&element, "Target").unwrap_or_default();
                found.push(Relationship {
                    id: attribute(&element, "Id").unwrap_or_default(),
                    kind: attribute(&element, "Type").unwrap_or_default(),
                    target: below(folder, &target),
                });
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// The name of the part that `path` leads to from within a folder.
fn below(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = match path.starts_with('/') {
        true => Vec::new(),
        false => folder.split('/').collect(),
    };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_from_the_folder_of_the_one_that_leads_to_it() {
        for (folder, path, expected) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            (
                "xl",
                "/xl/worksheets/sheet1.xml",
                "xl/worksheets/sheet1.xml",
            ),
            (
                "xl/worksheets",
                "../tables/table1.xml",
                "xl/tables/table1.xml",
            ),
            ("", "xl/workbook.xml", "xl/workbook.xml"),
        ] {
            assert_eq!(below(folder, path), expected);
        }
    }
}
