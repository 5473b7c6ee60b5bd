//! Rows below the data that are none of it: totals, and remarks of whatever wrote the sheet.
//!
//! Careful on one side: a row that could be somebody's is never taken for a footer.

use crate::sheet::Row;
use crate::vocabulary::{begins_remark, is_total as is_word_for_total, name_key};

use super::Columns;

/// What a row is instead of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footer {
    /// A word like `Total`, and numbers.
    Total,
    /// A remark in the first cell, and nothing else.
    Note,
}

/// Rows with more cells are not looked at: telling that they are no data would cost more than saying what is wrong.
const WIDEST: usize = 256;

/// What a row is, if it is no row of data. Says nothing of whether its cells can be read.
pub(super) fn footer(row: &Row<'_>, columns: &Columns) -> Option<Footer> {
    if row.len() > WIDEST {
        return None;
    }
    let is_own = |index: &usize| columns.earlier.is_none_or(|ours| !ours.contains(*index));
    let cells = (0..row.len())
        .filter(is_own)
        .map(|index| (index, columns.own_text(row, index).trim()));
    let filled: Vec<(usize, &str)> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
    let fits = |(_, cell): &(usize, &str)| is_number(cell) || is_total(cell);
    if filled.iter().all(fits) && filled.iter().any(|(_, cell)| !is_number(cell)) {
        return Some(Footer::Total);
    }
    match filled.as_slice() {
        [(index, cell)] if *index <= columns.first_named() && is_note(cell) => Some(Footer::Note),
        _ => None,
    }
}

fn is_total(cell: &str) -> bool {
    let word: String = name_key(cell)
        .chars()
        .filter(|char| !char.is_numeric() && *char != ' ')
        .collect();
    is_word_for_total(&word)
}

fn is_number(cell: &str) -> bool {
    let part = |char: char| {
        char.is_numeric()
            || matches!(
                char,
                ',' | '.' | '%' | ' ' | '-' | '\'' | '\u{a0}' | '$' | '€' | '£' | '¥'
            )
    };
    cell.chars().any(char::is_numeric) && cell.chars().all(part)
}

/// Whether this can be nothing but a remark: a person's name, an address or a number is none.
fn is_note(cell: &str) -> bool {
    let is_ruled = || {
        let marks =
            |char: char| matches!(char, '*' | '=' | '-' | '_' | '#' | '©' | '—' | '–' | '~');
        cell.starts_with(marks) && !cell.contains('@') && !cell.chars().any(char::is_numeric)
    };
    let words = name_key(cell);
    let mut each = words.split(' ');
    let is_known = each.next().is_some_and(begins_remark);
    // `Fin` and `Stand` may be names; with more behind them they are not.
    (is_known && (each.next().is_some() || cell.contains(':'))) || is_ruled()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_words_known_for_them_with_or_without_a_number() {
        for cell in [
            "Total",
            "TOTAL:",
            "Grand Total",
            "Sous-total",
            "Gesamt: 12",
            "Somatório",
            "Jumlah",
            "合计",
            "合計 3",
            "Total rows: 12",
        ] {
            assert!(is_total(cell), "{cell}");
        }
        for cell in [
            "Totalenergies",
            "Ann Total",
            "12",
            "",
            "Sum Ting",
            "+60123456789",
        ] {
            assert!(!is_total(cell), "{cell}");
        }
    }

    #[test]
    fn a_number_has_digits_and_what_formats_them() {
        for cell in ["3", "1,234.50", "1.234,50", "50 %", "-3", "$ 12", "1'000"] {
            assert!(is_number(cell), "{cell}");
        }
        for cell in ["+60123456789", "id:3", "3 rows", "-", "", "a@b.org"] {
            assert!(!is_number(cell), "{cell}");
        }
    }

    #[test]
    fn a_note_is_never_somebodys_name_or_number() {
        for cell in [
            "*** end of report ***",
            "--- fin ---",
            "Generated: 2024-06-30 17:00",
            "Page 1 of 3",
            "Erstellt am 30.06.2024",
            "Source: CRM",
        ] {
            assert!(is_note(cell), "{cell}");
        }
        for cell in [
            "Ah Meng",
            "Siti binti Ahmad Rahman",
            "-60123456789",
            "ann@example.com",
            "+6012abc",
            "Ende",
            "Fin",
            "#12",
            "--ann@example.com",
        ] {
            assert!(!is_note(cell), "{cell}");
        }
    }
}
