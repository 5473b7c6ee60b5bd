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
kinds!(ROW_QUESTIONS: reassign::mapping::RowQuestion { Hidden Digits WithoutOwner });
kinds!(ROW_ERRORS: reassign::mapping::Error { Sheet Unreadable OtherOrder SameRow });
kinds!(ROW_REASONS: reassign::outcome::Reason {
    Cell LongNumber Date Boolean FailedFormula UncomputedFormula HiddenByFormat CoveredCell UnknownCountry User
    Undecodable NulCharacter UnclosedQuote RowTooLong TooManyCells MoreCells Total Still
    BlankLeftOut NoData Heading HeaderAgain PrefilledRow HiddenRow SkipDecided Overruled Duplicate MergedConflict Conflict
    ConflictWithDone Replaced NotPlanned Undone NoSuchContact SeveralContacts ContactDiffers OtherOwner MovedSincePlan
    Refused OtherContact NameOfAnother UnreadableAnswer AttemptsUsedUp NoAnswer InQueue ConversationClosed ClosedLeftOut
    NotMade MovedAfterwards NotReached NewRow
});

/// Those that are said of a cell, or of a flaw under its own name.
pub(super) const OF_CELLS: &[&str] = &[
    "Cell",
    "LongNumber",
    "Date",
    "Boolean",
    "FailedFormula",
    "UncomputedFormula",
    "HiddenByFormat",
    "CoveredCell",
    "User",
    "NulCharacter",
    "RowTooLong",
];

/// Those that reject no row by what it holds: `docs/reasons.md` has their words.
pub(super) const OF_NO_REJECTION: &[&str] = &[
    "Still",
    "BlankLeftOut",
    "NoData",
    "Heading",
    "HeaderAgain",
    "PrefilledRow",
    "HiddenRow",
    "SkipDecided",
    "Overruled",
    "Duplicate",
    "MergedConflict",
    "Conflict",
    "ConflictWithDone",
    "Replaced",
    "NotPlanned",
    "Undone",
    "NoSuchContact",
    "SeveralContacts",
    "ContactDiffers",
    "OtherOwner",
    "MovedSincePlan",
    "Refused",
    "OtherContact",
    "NameOfAnother",
    "UnreadableAnswer",
    "AttemptsUsedUp",
    "NoAnswer",
    "InQueue",
    "ConversationClosed",
    "ClosedLeftOut",
    "NotMade",
    "MovedAfterwards",
    "NotReached",
    "NewRow",
];

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
