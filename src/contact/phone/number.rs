//! A phone number as it is sent.

use std::fmt;

/// A phone number in E.164: country code and number, in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(pub(super) u64);

impl Phone {
    /// The digits without the plus sign, the first of which is not 0.
    #[must_use]
    pub fn digits(self) -> u64 {
        self.0
    }

    /// How many digits the country code has; known without the numbering plans, because country codes are
    /// prefix-free.
    fn country_code_length(self) -> usize {
        let mut leading = self.0;
        while leading >= 100 {
            leading /= 10;
        }
        match leading {
            10..=19 | 70..=79 => 1,
            20
            | 27
            | 30..=34
            | 36
            | 39..=41
            | 43..=49
            | 51..=58
            | 60..=66
            | 81
            | 82
            | 84
            | 86
            | 90..=95
            | 98 => 2,
            _ => 3,
        }
    }

    /// The number without country code and leading zeros: what a spreadsheet leaves of its national form.
    pub(in crate::contact) fn national_digits(self) -> u64 {
        let length = self.0.checked_ilog10().map_or(1, |log| log as usize + 1);
        let national = length.saturating_sub(self.country_code_length());
        10_u64
            .checked_pow(u32::try_from(national).unwrap_or(u32::MAX))
            .map_or(self.0, |power| self.0 % power)
    }
}

impl fmt::Display for Phone {
    /// `+60121233112`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}
