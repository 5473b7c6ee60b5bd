use std::fmt;

/// A value, and what had to be repaired to read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadValue<T> {
    /// The value, normalized.
    pub value: T,
    /// Everything that was repaired or inferred on the way; empty for a clean cell.
    pub repairs: Repairs,
}

impl<T> ReadValue<T> {
    /// A value that needed no repair.
    pub(crate) fn plain(value: T) -> ReadValue<T> {
        let repairs = Repairs::NONE;
        ReadValue { value, repairs }
    }

    /// A value made of this one, read as this one was.
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> ReadValue<U> {
        ReadValue {
            value: make(self.value),
            repairs: self.repairs,
        }
    }

    /// The same, if these repairs were needed before.
    pub(super) fn after(self, repairs: Repairs) -> ReadValue<T> {
        ReadValue {
            repairs: repairs.union(self.repairs),
            ..self
        }
    }
}

/// One kind of thing that was repaired or inferred; its `Display` is meant to stand behind a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Repair {
    /// Zero-width characters, soft hyphens, direction marks, byte-order marks.
    Invisible,
    /// White space around the value, or non-breaking and other unusual spaces.
    Spaces,
    /// Full-width or styled letters and signs, a heavy plus sign, decomposed accents.
    FullWidth,
    /// Decimal digits of another script, full-width ones included.
    OtherDigits,
    /// Quotes or brackets around the value, or the apostrophe that marks a cell as text.
    Quotes,
    /// A label such as `Tel:` in front of the value.
    Label,
    /// A remark such as `(mobile)` behind a phone number.
    Remark,
    /// `.0` behind a whole number.
    DecimalZero,
    /// Spaces, dots, dashes, parentheses or slashes between the digits of a phone number.
    PhonePunctuation,
    /// An international dialling prefix such as `00` instead of the plus sign.
    InternationalPrefix,
    /// An international number without its plus sign.
    MissingPlus,
    /// A number in the national form of its region.
    NationalForm,
    /// A prefix of national calls such as `(0)`, behind the country code or in parentheses.
    TrunkZero,
    /// A phone number of a possible length that its numbering plan does not know: worth a look.
    NotValid,
    /// `mailto:` in front of an email address.
    Mailto,
    /// A name beside an email address, as in `Ann Lee <ann@example.com>`.
    DisplayName,
    /// Dots, commas or semicolons behind the value.
    TrailingPunctuation,
    /// An internationalized domain, sent in its ASCII form.
    InternationalDomain,
}

impl Repair {
    /// Every repair, in the order in which [`Repairs`] lists them.
    pub const ALL: [Repair; 18] = [
        Repair::Invisible,
        Repair::Spaces,
        Repair::FullWidth,
        Repair::OtherDigits,
        Repair::Quotes,
        Repair::Label,
        Repair::Remark,
        Repair::DecimalZero,
        Repair::PhonePunctuation,
        Repair::InternationalPrefix,
        Repair::MissingPlus,
        Repair::NationalForm,
        Repair::TrunkZero,
        Repair::NotValid,
        Repair::Mailto,
        Repair::DisplayName,
        Repair::TrailingPunctuation,
        Repair::InternationalDomain,
    ];

    fn bit(self) -> u32 {
        1 << self as u8
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Repair::Invisible => "with invisible characters",
            Repair::Spaces => "with spaces around it, or unusual ones inside",
            Repair::FullWidth => "in full-width or styled characters",
            Repair::OtherDigits => "in digits of another script",
            Repair::Quotes => "in quotes or brackets",
            Repair::Label => "with a label such as `Tel:`",
            Repair::Remark => "with a remark such as `(mobile)`",
            Repair::DecimalZero => "with `.0` behind it",
            Repair::PhonePunctuation => "written with spaces, dashes or parentheses",
            Repair::InternationalPrefix => "written with `00` or another prefix for the plus sign",
            Repair::MissingPlus => "written without its plus sign",
            Repair::NationalForm => "written in national form",
            Repair::TrunkZero => {
                "with `(0)` or another prefix of national calls behind the country code"
            }
            Repair::NotValid => "possible, but not a known number: please check",
            Repair::Mailto => "with `mailto:`",
            Repair::DisplayName => "with a name beside the address",
            Repair::TrailingPunctuation => "with a dot, comma or semicolon behind it",
            Repair::InternationalDomain => "with an internationalized domain",
        })
    }
}

/// A set of [`Repair`]s.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Repairs(u32);

impl Repairs {
    /// The empty set.
    pub const NONE: Repairs = Repairs(0);

    /// Adds `repair`; adding it twice changes nothing.
    pub fn insert(&mut self, repair: Repair) {
        self.0 |= repair.bit();
    }

    /// Whether `repair` was needed.
    #[must_use]
    pub fn contains(self, repair: Repair) -> bool {
        self.0 & repair.bit() != 0
    }

    /// Whether nothing was repaired.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in either set.
    #[must_use]
    pub fn union(self, other: Repairs) -> Repairs {
        Repairs(self.0 | other.0)
    }

    /// The repairs in the order of [`Repair::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Repair> {
        Repair::ALL
            .into_iter()
            .filter(move |repair| self.contains(*repair))
    }
}

impl fmt::Debug for Repairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromIterator<Repair> for Repairs {
    fn from_iter<I: IntoIterator<Item = Repair>>(repairs: I) -> Repairs {
        let mut set = Repairs::NONE;
        repairs.into_iter().for_each(|repair| set.insert(repair));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_repairs_lists_each_once_and_in_order() {
        let set: Repairs = [Repair::NotValid, Repair::Spaces, Repair::NotValid]
            .into_iter()
            .collect();
        assert_eq!(
            set.iter().collect::<Vec<_>>(),
            [Repair::Spaces, Repair::NotValid]
        );
        assert!(!set.contains(Repair::Quotes));
        assert_eq!(
            Repair::ALL.into_iter().collect::<Repairs>().iter().count(),
            Repair::ALL.len()
        );
    }

    #[test]
    fn every_repair_has_words_of_its_own() {
        let mut words: Vec<String> = Repair::ALL.iter().map(ToString::to_string).collect();
        words.sort();
        words.dedup();
        assert_eq!(words.len(), Repair::ALL.len());
    }
}
