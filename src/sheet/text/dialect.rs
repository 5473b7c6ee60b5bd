//! Which character parts the cells of a text file.

use std::collections::HashMap;
use std::path::Path;

use super::encoding::Last;
use super::records::{Records, Step};

/// The characters tried, in the order in which they win a draw.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much a candidate gains when the first row is as wide as most others: a header names every column, while
/// decimal commas and addresses only start below it.
const HEADER_AGREES: f64 = 0.2;

/// The delimiter that a first line such as `sep=;` names, and the line's length with its end.
pub(super) fn announced(text: &[u8]) -> Option<(u8, usize)> {
    let end = memchr::memchr2(b'\n', b'\r', text).unwrap_or(text.len());
    let line = text[..end].trim_ascii_end();
    let line = line
        .strip_prefix(b"\"")
        .and_then(|line| line.strip_suffix(b"\""))
        .unwrap_or(line);
    // `sep=` followed by a tab has lost it to the trimming.
    let delimiter = match line {
        [s, e, p, b'=']
            if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" && text[..end].contains(&b'\t') =>
        {
            b'\t'
        }
        [s, e, p, b'=', delimiter] if [s, e, p].map(u8::to_ascii_lowercase) == *b"sep" => {
            *delimiter
        }
        _ => return None,
    };
    let ending = match text[end..] {
        [b'\r', b'\n', ..] => 2,
        [_, ..] => 1,
        [] => 0,
    };
    (delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\r' | b'\n'))
        .then_some((delimiter, end + ending))
}

/// The delimiter under which the rows of `sample` agree best on how many cells they have.
///
/// A sample that is the last of the file is all of it; otherwise its last row is taken for cut off. Without any
/// evidence the file's name decides: a tab for `.tsv` and `.tab`, else a comma.
pub(super) fn guess(sample: &[u8], last: Last, path: &Path) -> u8 {
    let mut best = (0.0, 0, default(path));
    // Whether the first row has several cells, by candidate, and whether nearly all the others have.
    let mut names_columns = [false; CANDIDATES.len()];
    for (place, delimiter) in CANDIDATES.into_iter().enumerate() {
        let mut widths = widths(sample, delimiter);
        if last == Last::No && widths.len() > 1 {
            widths.pop();
        }
        let parted = widths.iter().filter(|width| **width > 1).count();
        names_columns[place] =
            widths.first().is_some_and(|first| *first > 1) && parted * 10 >= widths.len() * 9;
        let mut counts: HashMap<usize, usize> = HashMap::new();
        widths
            .iter()
            .filter(|width| **width > 1)
            .for_each(|width| *counts.entry(*width).or_default() += 1);
        let Some((width, count)) = counts
            .into_iter()
            .max_by_key(|(width, count)| (*count, *width))
        else {
            continue;
        };
        let agreement = count as f64 / widths.len() as f64;
        let bonus = if widths.first() == Some(&width) {
            HEADER_AGREES
        } else {
            0.0
        };
        if (agreement + bonus, width) > (best.0, best.1) {
            best = (agreement + bonus, width, delimiter);
        }
    }
    // Decimal commas and dates can part all rows but the header alike, which then names one column only.
    let found = CANDIDATES.iter().position(|candidate| *candidate == best.2);
    let mut others = CANDIDATES.iter().zip(names_columns);
    match found {
        Some(found) if !names_columns[found] => others
            .find(|(_, names_columns)| *names_columns)
            .map_or(best.2, |(other, _)| *other),
        _ => best.2,
    }
}

fn default(path: &Path) -> u8 {
    let extension = path
        .extension()
        .map(|extension| extension.to_ascii_lowercase());
    match extension.as_ref().and_then(|extension| extension.to_str()) {
        Some("tsv" | "tab") => b'\t',
        _ => b',',
    }
}

/// How many cells each row that is not blank has.
fn widths(sample: &[u8], delimiter: u8) -> Vec<usize> {
    let mut records = Records::new(delimiter, "UTF-8", 0);
    records.feed(sample.to_vec());
    records.end_input();
    let mut widths = Vec::new();
    loop {
        let mut draft = records.draft(sample.len());
        let step = records.fill(&mut draft);
        widths.extend(
            draft
                .finish()
                .rows()
                .map(|row| row.len())
                .filter(|width| *width > 0),
        );
        if step != Step::Row {
            return widths;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(text: &str) -> char {
        guess(text.as_bytes(), Last::Yes, Path::new("contacts.csv")).into()
    }

    #[test]
    fn the_delimiter_is_the_one_the_rows_agree_on() {
        assert_eq!(delimiter("a,b\n1,2\n"), ',');
        assert_eq!(delimiter("a;b\n1,5;2,5\n1,5;2\n"), ';');
        assert_eq!(delimiter("a\tb, c\n1\t2\n"), '\t');
        assert_eq!(delimiter("a|b|c\n1|2|3, 4, 5\n"), '|');
        assert_eq!(
            delimiter("contact;owner\n+60;12 Main St, KL, 50000\n+61;1 High St, PJ, 40000\n"),
            ';'
        );
    }

    #[test]
    fn a_delimiter_inside_quotes_is_text() {
        assert_eq!(delimiter("a,b\n\"x;y;z\",1\n\"x;y;z\",2\n"), ',');
    }

    #[test]
    fn the_header_names_columns_where_all_other_rows_have_commas_too() {
        let text = "Phone;Owner;Created;Note\n+601;101;April 15, 2023;Ray;\n+602;102;April 14, 2023;Scott;\n+603;103;April 9, 2023;Lonny\n";
        assert_eq!(delimiter(text), ';');
        assert_eq!(delimiter("Phone;Share\n+601;0,5\n+602;1,5\n"), ';');
        assert_eq!(delimiter("Handover, May\n\nphone;owner\n1;2\n3;4\n"), ';');
    }

    #[test]
    fn a_title_above_the_header_does_not_matter() {
        assert_eq!(delimiter("Handover list\n\nphone;owner\n1;2\n3;4\n"), ';');
    }

    #[test]
    fn a_single_column_goes_by_the_name_of_the_file() {
        assert_eq!(delimiter("contact\nid:1\n"), ',');
        assert_eq!(
            guess(b"contact\nid:1\n", Last::Yes, Path::new("a.TSV")),
            b'\t'
        );
    }

    #[test]
    fn a_first_line_may_name_the_delimiter() {
        assert_eq!(announced(b"sep=;\r\na;b\r\n"), Some((b';', 7)));
        assert_eq!(announced(b"\"SEP=|\"\na|b\n"), Some((b'|', 8)));
        assert_eq!(announced(b"sep=\t\na\tb\n"), Some((b'\t', 6)));
        assert_eq!(announced(b"separator;owner\n"), None);
        assert_eq!(announced(b"sep=\"\na\n"), None);
    }
}
