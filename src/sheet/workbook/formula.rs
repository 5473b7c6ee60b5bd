//! What the text of a formula says about the row it stands in.

use super::super::cell_facts::Origin;
use super::merged::place;

/// Functions that make one value of many.
const AGGREGATES: &str = "SUBTOTAL AGGREGATE SUM SUMIF SUMIFS COUNT COUNTA COUNTBLANK COUNTIF COUNTIFS COUNTUNIQUE AVERAGE \
                          AVERAGEA AVERAGEIF MEDIAN MODE MIN MAX MINA MAXA PRODUCT STDEV VAR DSUM";

/// How a cell in a row, counted from 0, came by its value.
pub(super) fn origin(formula: Option<&str>, row: u32) -> Origin {
    match formula {
        None => Origin::Typed,
        Some(formula) if is_aggregate(formula, row) => Origin::Aggregate,
        Some(_) => Origin::Computed,
    }
}

/// Whether a formula in a row, counted from 0, is an aggregate of cells above it: `SUM(B2:B10)` in row 11, or
/// `SUBTOTAL(103,Table1[Owner])`.
fn is_aggregate(formula: &str, row: u32) -> bool {
    let mut rest = formula;
    while let Some(open) = rest.find('(') {
        let before = &rest[..open];
        let name = before
            .rsplit(|char: char| !char.is_ascii_alphanumeric())
            .next();
        let name = name.unwrap_or_default();
        rest = &rest[open + 1..];
        let mut known = AGGREGATES.split(' ');
        let is_known = known.any(|known| known.eq_ignore_ascii_case(name));
        if is_known && arguments(rest).any(|argument| is_above(argument, row)) {
            return true;
        }
    }
    false
}

/// The arguments of a function, given the text behind its opening bracket; those of functions within are among them.
fn arguments(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 1;
    let end = text.find(|char: char| {
        match char {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    text[..end.unwrap_or(text.len())].split([',', ';', '(', ')', ' '])
}

/// Whether an argument is a range of two rows or more of the same sheet that ends above a row, or the column of a
/// table.
fn is_above(argument: &str, row: u32) -> bool {
    let argument = argument.trim();
    if let Some((table, column)) = argument.split_once('[')
        && !argument.contains(':')
        && !column.starts_with(['.', '@', '#', '$'])
    {
        // `Table1[Owner]`, but not one row of it.
        return !table.contains('!') && column.ends_with(']') && !column.contains('@');
    }
    // `[.B2:.B10]` is how OpenDocument writes it.
    let plain: String = argument
        .chars()
        .filter(|char| !matches!(char, '[' | ']' | '.' | '$'))
        .collect();
    let Some((first, last)) = plain.split_once(':') else {
        return false;
    };
    match (place(first), place(last)) {
        (Some((first, _)), Some((last, _))) => first < last && last < row,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_counts_of_what_stands_above_are_aggregates() {
        for formula in [
            "SUM(B2:B10)",
            "=COUNTA($A$2:$A$10)",
            "SUBTOTAL(103,A2:A10)",
            "SUBTOTAL(103,Table1[Owner])",
            "COUNTA(A2:A10)&\" contacts\"",
            "\"Rows: \"&TEXT(ROWS(A2:A10)+COUNTA(A2:A10),\"0\")",
            "of:=SUBTOTAL(3;[.A2:.A10])",
            "of:=SUM([.$B$2:.$B$10])",
            "IF(A1=\"\",\"\",SUM(A2:A10))",
            "_xlfn.AGGREGATE(3,5,A2:A10)",
        ] {
            assert!(is_aggregate(formula, 10), "{formula}");
        }
    }

    #[test]
    fn other_formulas_are_none() {
        for formula in [
            "10+2",
            "VLOOKUP(C11,Teams!A2:B9,2,FALSE)",
            "COUNTIF(Teams!A2:A9,B11)",
            "SUM(B11:D11)",
            "SUM(Other!B2:B10)",
            "SUM(B2:B11)",
            "SUM(B12:B20)",
            "MAX(A1,B1)",
            "CONCATENATE(A2,B2)",
            "\"SUM\"",
            "SUM([@Calls])",
            "SUM(",
            "of:=SUM([.B11:.D11])",
            "of:=SUM([$Teams.A2:.A9])",
        ] {
            assert!(!is_aggregate(formula, 10), "{formula}");
        }
    }
}
