//! The country that a cell names, for phone numbers in national form.

use crate::contact::Region;
use crate::vocabulary::{name_key, nation};

/// What a cell says about a country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Country {
    /// Nothing.
    Blank,
    /// This one.
    Known(Region),
    /// Something else.
    Unknown,
}

/// Reads an ISO code of two letters or three in any case, or a name in one of ten languages.
pub(super) fn read(cell: &str) -> Country {
    let words = name_key(cell);
    // `NA` is a blank cell more often than Namibia, which has its name besides.
    if matches!(words.as_str(), "" | "na" | "n a" | "none" | "null" | "nil") {
        return Country::Blank;
    }
    let code = nation(&words).unwrap_or(&words);
    match code.parse().ok() {
        Some(region) => Country::Known(region),
        None => Country::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(cell: &str) -> String {
        match read(cell) {
            Country::Known(region) => region.to_string(),
            Country::Blank => "blank".to_owned(),
            Country::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_country_is_named_by_its_code_or_in_english() {
        for (cell, expected) in [
            ("MY", "MY"),
            (" gb ", "GB"),
            ("Malaysia", "MY"),
            ("United States of America", "US"),
            ("U.S.A.", "US"),
            ("UK", "GB"),
            ("Côte d'Ivoire", "CI"),
            ("Hong Kong", "HK"),
            ("", "blank"),
            ("-", "blank"),
            ("N/A", "blank"),
            ("APAC", "unknown"),
            ("North", "unknown"),
            ("Wakanda", "unknown"),
            ("+60", "unknown"),
        ] {
            assert_eq!(code(cell), expected, "{cell}");
        }
    }
}
