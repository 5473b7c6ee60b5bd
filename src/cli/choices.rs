//! The words for what other rooms let one choose from, with what the long help says of each.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::job::Again;
use crate::mapping::{OnBlank, OnHidden};
use crate::plan::OnConflict;
use crate::report::Detail;
use crate::run::{OnClosed, Verify};
use crate::sandbox::{Headers, Links, Policy, Scope};

macro_rules! choices {
    ($($of:ty { $($value:ident $name:literal $help:literal)* })*) => {$(
        impl ValueEnum for $of {
            fn value_variants<'a>() -> &'a [Self] {
                &[$(Self::$value),*]
            }

            fn to_possible_value(&self) -> Option<PossibleValue> {
                $(
                    if *self == Self::$value {
                        return Some(PossibleValue::new($name).help($help));
                    }
                )*
                None
            }
        }
    )*};
}

choices! {
    OnBlank {
        Error "error" "The row is rejected"
        Skip "skip" "The row is not processed"
        Unassign "unassign" "The contact is left without an owner"
    }
    OnHidden {
        Error "error" "Nothing starts while there are any"
        Include "include" "They are rows like others"
        Skip "skip" "They are not processed"
    }
    OnConflict {
        Error "error" "Neither is processed"
        First "first" "The first"
        Last "last" "The last"
    }
    Again {
        All "all" "All that were done or found to be right, and those that were undone"
    }
    Verify {
        Sample "sample" "The first 20 and every 20th; all as soon as one does not hold"
        All "all" "All of them"
        Off "off" "None"
    }
    OnClosed {
        Send "send" "They are changed like the others, and each is checked afterwards"
        Skip "skip" "They are left as they are"
    }
    Detail {
        None "none" "Figures, users, reasons and row numbers; no contact"
        Full "full" "Everything: contacts, and all columns of the sheet"
    }
    Policy {
        Fixed "fixed" "N in each second, minute or hour since the start"
        Sliding "sliding" "N in any second, minute or hour"
        Token "token" "A bucket of N that is refilled continuously"
        Leaky "leaky" "A queue that lets requests through evenly, and refuses what it cannot hold"
    }
    Scope {
        Endpoint "endpoint" "Each operation: all writes have one limit"
        Path "path" "Each operation on each contact"
    }
    Links {
        Complete "complete" "They lead to the page"
        WithoutVersion "without-version" "They lack the `/v1`, as in the API's documentation, and so lead nowhere"
    }
    Headers {
        Always "always" "All"
        On429 "on-429" "Those that refuse a request for being too many"
        Never "never" "None, `Retry-After` included"
    }
}

/// The word for a choice, as it is typed.
pub(crate) fn word(choice: impl ValueEnum) -> Option<String> {
    Some(choice.to_possible_value()?.get_name().to_owned())
}
