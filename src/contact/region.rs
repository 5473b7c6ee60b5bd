use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use rlibphonenumber::PHONE_NUMBER_UTIL;

use super::Error;

/// A country or territory with a numbering plan, by its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Region(rlibphonenumber::Region);

/// Codes that people use for a country and that are not, or not any more, its ISO code.
const USUAL_MISTAKES: [(&str, &str); 14] = [
    ("UK", "GB"),
    ("EN", "GB"),
    ("GBR", "GB"),
    ("ENG", "GB"),
    ("USA", "US"),
    ("UAE", "AE"),
    ("EL", "GR"),
    ("MYS", "MY"),
    ("SGP", "SG"),
    ("IDN", "ID"),
    ("BRA", "BR"),
    ("MEX", "MX"),
    ("DEU", "DE"),
    ("GER", "DE"),
];

static KNOWN: LazyLock<HashSet<rlibphonenumber::Region>> =
    LazyLock::new(|| PHONE_NUMBER_UTIL.get_supported_regions().collect());

impl Region {
    pub(super) fn code(self) -> rlibphonenumber::Region {
        self.0
    }
}

impl FromStr for Region {
    type Err = Error;

    /// Reads a two-letter code in any case, spaces around it allowed.
    fn from_str(text: &str) -> Result<Region, Error> {
        let code = text.trim().to_ascii_uppercase();
        if let Some(region) = known(&code) {
            return Ok(Region(region));
        }
        let nearest = USUAL_MISTAKES
            .iter()
            .find(|(mistake, _)| *mistake == code)
            .and_then(|(_, meant)| known(meant))
            .map(|meant| Region(meant).to_string());
        Err(Error::UnknownRegion {
            text: text.to_owned(),
            nearest,
        })
    }
}

fn known(code: &str) -> Option<rlibphonenumber::Region> {
    if code.len() != 2 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    rlibphonenumber::Region::from_code(code)
        .ok()
        .filter(|region| KNOWN.contains(region))
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_region_str().as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_read_in_any_case() {
        for text in ["my", "MY", " My "] {
            assert_eq!(
                text.parse::<Region>().map(|region| region.to_string()),
                Ok("MY".to_owned())
            );
        }
    }

    #[test]
    fn an_unknown_region_is_refused_with_the_one_that_was_meant() {
        let said = |text: &str| text.parse::<Region>().map_err(|error| error.to_string());
        assert_eq!(
            said("uk"),
            Err(
                "`uk` is not a known region; use a two-letter country code such as `MY` or `GB`; \
                 did you mean `GB`?"
                    .to_owned()
            )
        );
        for text in ["", "ZZ", "XX", "QQ", "m", "Malaysia", "éé", "a1", "001"] {
            let error = said(text).expect_err(text);
            assert!(error.ends_with("such as `MY` or `GB`"), "{error}");
        }
    }

    #[test]
    fn every_region_of_the_numbering_plans_is_known() {
        assert!(KNOWN.len() > 240);
        for region in KNOWN.iter() {
            assert_eq!(region.as_region_str().as_str().parse(), Ok(Region(*region)));
        }
    }
}
