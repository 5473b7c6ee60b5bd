//! The country that a cell names, for phone numbers in national form.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::contact::Region;

use super::header::words;

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

/// The English names of the countries that sheets name most, and what else they are called, with their ISO codes.
const NAMES: [(&str, &str); 148] = [
    ("afghanistan", "AF"),
    ("algeria", "DZ"),
    ("angola", "AO"),
    ("argentina", "AR"),
    ("australia", "AU"),
    ("austria", "AT"),
    ("bahrain", "BH"),
    ("bangladesh", "BD"),
    ("belgium", "BE"),
    ("bolivia", "BO"),
    ("bosnia and herzegovina", "BA"),
    ("botswana", "BW"),
    ("brazil", "BR"),
    ("brasil", "BR"),
    ("brunei", "BN"),
    ("brunei darussalam", "BN"),
    ("bulgaria", "BG"),
    ("cambodia", "KH"),
    ("cameroon", "CM"),
    ("canada", "CA"),
    ("chile", "CL"),
    ("china", "CN"),
    ("peoples republic of china", "CN"),
    ("colombia", "CO"),
    ("costa rica", "CR"),
    ("cote d ivoire", "CI"),
    ("ivory coast", "CI"),
    ("croatia", "HR"),
    ("cuba", "CU"),
    ("cyprus", "CY"),
    ("czechia", "CZ"),
    ("czech republic", "CZ"),
    ("denmark", "DK"),
    ("dominican republic", "DO"),
    ("ecuador", "EC"),
    ("egypt", "EG"),
    ("el salvador", "SV"),
    ("estonia", "EE"),
    ("ethiopia", "ET"),
    ("finland", "FI"),
    ("france", "FR"),
    ("germany", "DE"),
    ("deutschland", "DE"),
    ("ghana", "GH"),
    ("great britain", "GB"),
    ("greece", "GR"),
    ("guatemala", "GT"),
    ("honduras", "HN"),
    ("hong kong", "HK"),
    ("hong kong sar", "HK"),
    ("hungary", "HU"),
    ("iceland", "IS"),
    ("india", "IN"),
    ("indonesia", "ID"),
    ("iran", "IR"),
    ("iraq", "IQ"),
    ("ireland", "IE"),
    ("israel", "IL"),
    ("italy", "IT"),
    ("italia", "IT"),
    ("jamaica", "JM"),
    ("japan", "JP"),
    ("jordan", "JO"),
    ("kazakhstan", "KZ"),
    ("kenya", "KE"),
    ("kuwait", "KW"),
    ("laos", "LA"),
    ("latvia", "LV"),
    ("lebanon", "LB"),
    ("lithuania", "LT"),
    ("luxembourg", "LU"),
    ("macau", "MO"),
    ("macao", "MO"),
    ("malaysia", "MY"),
    ("malta", "MT"),
    ("mexico", "MX"),
    ("morocco", "MA"),
    ("myanmar", "MM"),
    ("namibia", "NA"),
    ("nepal", "NP"),
    ("netherlands", "NL"),
    ("the netherlands", "NL"),
    ("holland", "NL"),
    ("new zealand", "NZ"),
    ("nicaragua", "NI"),
    ("nigeria", "NG"),
    ("norway", "NO"),
    ("oman", "OM"),
    ("pakistan", "PK"),
    ("panama", "PA"),
    ("paraguay", "PY"),
    ("peru", "PE"),
    ("philippines", "PH"),
    ("the philippines", "PH"),
    ("poland", "PL"),
    ("portugal", "PT"),
    ("qatar", "QA"),
    ("romania", "RO"),
    ("russia", "RU"),
    ("russian federation", "RU"),
    ("saudi arabia", "SA"),
    ("kingdom of saudi arabia", "SA"),
    ("ksa", "SA"),
    ("senegal", "SN"),
    ("serbia", "RS"),
    ("singapore", "SG"),
    ("slovakia", "SK"),
    ("slovenia", "SI"),
    ("south africa", "ZA"),
    ("south korea", "KR"),
    ("korea", "KR"),
    ("republic of korea", "KR"),
    ("spain", "ES"),
    ("espana", "ES"),
    ("sri lanka", "LK"),
    ("sweden", "SE"),
    ("switzerland", "CH"),
    ("taiwan", "TW"),
    ("tanzania", "TZ"),
    ("thailand", "TH"),
    ("trinidad and tobago", "TT"),
    ("tunisia", "TN"),
    ("turkey", "TR"),
    ("turkiye", "TR"),
    ("uganda", "UG"),
    ("ukraine", "UA"),
    ("united arab emirates", "AE"),
    ("uae", "AE"),
    ("u a e", "AE"),
    ("united kingdom", "GB"),
    ("uk", "GB"),
    ("u k", "GB"),
    ("england", "GB"),
    ("scotland", "GB"),
    ("wales", "GB"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("usa", "US"),
    ("u s a", "US"),
    ("u s", "US"),
    ("uruguay", "UY"),
    ("uzbekistan", "UZ"),
    ("venezuela", "VE"),
    ("vietnam", "VN"),
    ("viet nam", "VN"),
    ("yemen", "YE"),
    ("zambia", "ZM"),
    ("zimbabwe", "ZW"),
];

static KNOWN: LazyLock<HashMap<&str, Region>> = LazyLock::new(|| {
    let known = NAMES.iter();
    known
        .filter_map(|(name, code)| Some((*name, code.parse().ok()?)))
        .collect()
});

/// Reads a two-letter ISO code in any case, or an English name.
pub(super) fn read(cell: &str) -> Country {
    let words = words(cell);
    // `NA` is a blank cell more often than Namibia, which has its name besides.
    if matches!(words.as_str(), "" | "na" | "n a" | "none" | "null" | "nil") {
        return Country::Blank;
    }
    let by_code = || words.parse().ok();
    match KNOWN.get(words.as_str()).copied().or_else(by_code) {
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

    #[test]
    fn every_name_is_written_as_it_is_compared_and_has_a_region() {
        for (name, region) in NAMES {
            assert_eq!(words(name), name);
            assert_eq!(code(name), region, "{name}");
        }
    }
}
