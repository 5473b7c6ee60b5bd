//! Rows below the data that are none of it: totals, and remarks of whatever wrote the sheet.
//!
//! Careful on one side: a row that could be somebody's is never taken for a footer.

use crate::sheet::{Origin, Row};
use crate::vocabulary::{Word, WordList, name_key, word};

use super::Columns;

/// What a row is instead of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRow {
    /// A total or a remark below the data.
    Footer,
    /// A text in one merged cell across the row, as groups of rows have above them.
    Heading,
    /// The header, once more.
    Header,
    /// Neither contact nor assignee, only what somebody filled in for rows to come.
    Prefilled,
}

/// What speaks for a row being no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// The workbook itself says that it holds totals, or it computes them from the rows above.
    Structure,
    /// A word like `Total`, and numbers.
    Total,
    /// A remark in the first cell, and nothing else.
    Note,
    /// A text in one merged cell across the row.
    Heading,
    /// The names of the columns.
    Header,
}

impl From<Sign> for NoRow {
    fn from(sign: Sign) -> NoRow {
        match sign {
            Sign::Structure | Sign::Total | Sign::Note => NoRow::Footer,
            Sign::Heading => NoRow::Heading,
            Sign::Header => NoRow::Header,
        }
    }
}

/// A text that stands alone in its row, in the first column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lone {
    /// What it can be.
    pub(super) is: Text,
    /// How many it says there are of something, of rows perhaps.
    pub(super) number: Option<usize>,
}

/// What a text can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// Nothing but a remark.
    Prose,
    /// Somebody's name.
    Words,
    /// A number or an address.
    Other,
}

/// The text that stands alone in a row, if it could stand below the data as a remark.
pub(super) fn lone(row: &Row<'_>, columns: &Columns) -> Option<Lone> {
    if row.len() > WIDEST || columns.earlier.is_some() {
        return None;
    }
    let mut filled = (0..row.len()).filter(|index| !row.cell(*index).trim().is_empty());
    let (index, None) = (filled.next()?, filled.next()) else {
        return None;
    };
    let cell = columns.own_text(row, index);
    let cell = cell.trim();
    let count = |is: fn(char) -> bool| cell.chars().filter(|char| is(*char)).count();
    let (letters, digits) = (count(char::is_alphabetic), count(char::is_numeric));
    let is_words = letters > digits && !cell.contains('@') && (digits == 0 || cell.contains(' '));
    if index > columns.first_named() {
        return None;
    }
    let is_prose = is_note(cell)
        || cell.contains(['\n', ':', '©'])
        || cell.split_whitespace().nth(LONG).is_some();
    let is = match is_words {
        true if is_prose => Text::Prose,
        true => Text::Words,
        false => Text::Other,
    };
    let number = number_of(cell);
    (is_words || number.is_some()).then_some(Lone { is, number })
}

/// `6 contacts`, `Total : 6`, `共6位客户`: the only number in a text, unless it stands behind a name as in `Customer 6`.
fn number_of(cell: &str) -> Option<usize> {
    let begin = cell.find(|char: char| char.is_ascii_digit())?;
    let rest = &cell[begin..];
    let end = rest.find(|char: char| !char.is_ascii_digit());
    let (digits, behind) = rest.split_at(end.unwrap_or(rest.len()));
    let is_alone = !behind.contains(char::is_numeric) && !cell.contains(['@', '+']);
    let counts = cell[..begin].contains([':', '：']) || behind.contains(char::is_alphabetic);
    digits.parse().ok().filter(|_| is_alone && counts)
}

/// Nobody's name has more words.
const LONG: usize = 5;

/// Rows with more cells are not looked at: telling that they are no data would cost more than saying what is wrong.
const WIDEST: usize = 256;

/// What speaks for a row being no row of data, first what the file itself says. Says nothing of whether its cells can
/// be read.
pub(super) fn sign(row: &Row<'_>, columns: &Columns) -> Option<Sign> {
    if row.is_total() || computes(row, columns) {
        return Some(Sign::Structure);
    }
    if is_heading(row, columns) {
        return Some(Sign::Heading);
    }
    if row.len() > WIDEST {
        return None;
    }
    let is_own = |index: &usize| columns.earlier.is_none_or(|ours| !ours.contains(*index));
    let cells = (0..row.len())
        .filter(is_own)
        .map(|index| (index, columns.own_text(row, index)));
    let cells: Vec<_> = cells.collect();
    let cells = cells.iter().map(|(index, cell)| (*index, cell.trim()));
    let filled: Vec<(usize, &str)> = cells.filter(|(_, cell)| !cell.is_empty()).collect();
    let fits = |(_, cell): &(usize, &str)| is_number(cell) || is_total(cell);
    if filled.iter().all(fits) && filled.iter().any(|(_, cell)| !is_number(cell)) {
        return Some(Sign::Total);
    }
    let is_name = |(index, cell): &(usize, &str)| {
        let name = columns.names.get(*index);
        name.is_some_and(|name| name_key(name) == name_key(cell))
    };
    match filled.as_slice() {
        [(index, cell)] if *index <= columns.first_named() && is_note(cell) => Some(Sign::Note),
        [_, _, ..] if filled.iter().all(is_name) => Some(Sign::Header),
        _ => None,
    }
}

/// Whether contact or assignee is a sum or a count of the rows above.
fn computes(row: &Row<'_>, columns: &Columns) -> bool {
    let mut used = columns.contact_and_assignee();
    used.any(|index| row.origin(index) == Origin::Aggregate)
}

/// Whether any cell is a sum or a count of the rows above.
pub(super) fn has_aggregate(row: &Row<'_>) -> bool {
    row.filled()
        .any(|index| row.origin(index) == Origin::Aggregate)
}

/// Whether one merged cell spans contact and assignee, or all that is seen of the row is merged across it.
fn is_heading(row: &Row<'_>, columns: &Columns) -> bool {
    let mut merged = row.across().peekable();
    if merged.peek().is_none() {
        return false;
    }
    let merged: Vec<_> = merged.collect();
    let spans = |range: &std::ops::RangeInclusive<usize>| {
        let contact = columns.identifiers.iter();
        let mut contact = contact.map(|column| column.index);
        range.contains(&columns.assignee) && contact.any(|index| range.contains(&index))
    };
    let is_seen = |index: &usize| !row.cell(*index).trim().is_empty();
    let mut seen = (0..row.len()).filter(is_seen);
    merged.iter().any(spans) || seen.all(|index| merged.iter().any(|range| *range.start() == index))
}

fn is_total(cell: &str) -> bool {
    let key = name_key(cell);
    let letters = key
        .chars()
        .filter(|char| !char.is_numeric() && *char != ' ');
    let word: String = letters.collect();
    WordList::Total.has(&word) || counts_rows(&key)
}

/// `Count of rows`, `3 contacts`, `Gesamtzahl der Kontakte: 12`: words for totals, for rows and for contacts.
fn counts_rows(key: &str) -> bool {
    let is_number = |part: &&str| part.chars().all(char::is_numeric);
    let (numbers, words): (Vec<&str>, Vec<&str>) = key.split(' ').partition(is_number);
    let is_row = |part: &&str| WordList::Row.has(part) || word(part) == Some(Word::Contact);
    let is_sum = |part: &&str| WordList::Total.has(part) || WordList::Count.has(part);
    let fits = |part: &&str| is_sum(part) || is_row(part) || WordList::Connecting.has(part);
    let names_rows = words.iter().any(is_row);
    // `Customer 3` may be somebody.
    let is_counted = numbers.len() == 1 && key.starts_with(char::is_numeric);
    words.iter().all(fits) && names_rows && (words.iter().any(is_sum) || is_counted)
}

fn is_number(cell: &str) -> bool {
    let part = |char: char| char.is_numeric() || ",.% -'\u{a0}$€£¥".contains(char);
    cell.chars().any(char::is_numeric) && cell.chars().all(part)
}

/// Whether this can be nothing but a remark: a person's name, an address or a number is none.
fn is_note(cell: &str) -> bool {
    let is_ruled = || {
        cell.starts_with(['*', '=', '-', '_', '#', '©', '—', '–', '~'])
            && !cell.contains('@')
            && !cell.chars().any(char::is_numeric)
    };
    let words = name_key(cell);
    let mut each = words.split(' ');
    let is_known = each.next().is_some_and(|word| WordList::Remark.has(word));
    // `Fin` and `Stand` may be names; with more behind them they are not.
    (is_known && (each.next().is_some() || cell.contains(':'))) || is_ruled()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_are_words_known_for_them_with_or_without_a_number() {
        let totals = "Total, TOTAL:, Grand Total, Sous-total, Gesamt: 12, Somatório, Jumlah, 合计, 合計 3, Total rows: 12, \
                       Gesamtergebnis, 105 Ergebnis, Anzahl Kontakte, Count of rows, Número de filas: 3, 3 rows, \
                       12 contatos, Total de contactos";
        for cell in totals.split(", ") {
            assert!(is_total(cell), "{cell}");
        }
        let others = "Totalenergies, Ann Total, Contact, Rows, Contact 3 of 12, Customer 3, Kontakt Ann, 12, Sum Ting, \
                       +60123456789";
        for cell in others.split(", ").chain([""]) {
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
        let notes = "*** end of report ***, --- fin ---, Generated: 2024-06-30 17:00, Page 1 of 3, \
                      Erstellt am 30.06.2024, Source: CRM";
        for cell in notes.split(", ") {
            assert!(is_note(cell), "{cell}");
        }
        let others = "Ah Meng, Siti binti Ahmad Rahman, -60123456789, ann@example.com, +6012abc, Ende, Fin, #12, \
                       --ann@example.com";
        for cell in others.split(", ") {
            assert!(!is_note(cell), "{cell}");
        }
    }
}
