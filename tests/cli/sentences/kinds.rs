//! The names of all kinds, from the types themselves: one that is added does not compile until it is listed here.

macro_rules! kinds {
    ($names:ident: $($of:ident)::+ { $($kind:ident)* }) => {
        pub(super) const $names: &[&str] = &[$(stringify!($kind)),*];
        const _: fn(&$($of)::+) = |value| {
            use $($of)::+ as Of;
            match value {
                $(Of::$kind { .. } => {})*
            }
        };
    };
}

kinds!(REPAIRS: reassign::contact::Repair {
    Invisible Spaces FullWidth OtherDigits Quotes Label Remark DecimalZero PhonePunctuation InternationalPrefix
    MissingPlus NationalForm TrunkZero NotValid Mailto DisplayName TrailingPunctuation InternationalDomain
});
kinds!(SPELLINGS: reassign::workspace::Spelling { Same LastFirst OtherAccents });
kinds!(REASONS: reassign::contact::Reason {
    Blank BlankWord FormulaError Formula Boolean Date DigitsLost Fraction Negative Percent SeveralLines Character
    LookAlike NotAnIdentifier BareDigits NotCanonical NotAnId ZeroId LeadingZero IdTooLong
    NotAPhone PhoneLetters Extension SeveralPhones MisplacedPlus PhoneTooShort PhoneTooLong PhoneLength
    UnknownCountryCode NeedsRegion NoPlus AmbiguousPhone AmbiguousExitCode AmbiguousZero
    NotAnEmail ChatId SeveralEmails SeveralAts EmailSpace EmailNoLocal EmailNoDomain EmailQuoted EmailDot EmailLocalCharacter
    EmailDomainCharacter EmailLocalTooLong EmailTooLong EmailDomain
    NotAnAssignee AssigneePhone
});
kinds!(NO_USERS: reassign::workspace::NoUser { NotListed NotYet NoSuchName Several });
kinds!(CELL_KINDS: reassign::sheet::CellKind { Text Number LongNumber Date Boolean Error Formula Unshown Covered });
kinds!(FLAWS: reassign::sheet::Flaw { Undecodable Nul UnclosedQuote TooLong TooManyCells });
kinds!(COLUMNS: reassign::mapping::ColumnError {
    Open NoSuchColumn Ambiguous TwiceOurs NoSuchHeader SameColumn Empty HalfResults RowsAsCells
});
kinds!(QUESTIONS: reassign::mapping::About {
    NoIdentifier Identifier IdBeside NoAssignee Assignee Holder Current Country NoHeader
});
/// `not a phone` for `NotAPhone`.
pub(super) fn in_words(kind: &str) -> String {
    let mut words = String::new();
    for char in kind.chars() {
        if char.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(char.to_ascii_lowercase());
    }
    words
}
