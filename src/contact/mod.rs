//! Who a row is about, and who shall have them: [`Identifier`] and [`Assignee`], one type each.
//!
//! The room turns the text of one cell into a value or into a [`Reason`] why not, and says which
//! [`Repair`]s that took. It knows nothing of rows, columns or files: the caller adds where the text
//! stood, and decides what a blank cell means.
//!
//! What a cell says about itself wins over what its column says: `phone:`, `email:` and `id:` (any case),
//! an `@`, and a leading `+` each leave no doubt, so they are read as such in any column. Only bare digits
//! take their meaning from the column, and are refused when the column says nothing.

mod assignee;
mod character;
mod damage;
mod email;
mod error;
mod id;
mod label;
mod lookalike;
mod phone;
mod read;
mod reason;
mod region;
mod repair;
mod rules;
mod survived_saving;
mod text;

pub use assignee::Assignee;
pub use email::Email;
pub(crate) use email::name_beside;
pub use error::Error;
pub use phone::Phone;
pub use reason::Reason;
pub use region::Region;
pub use repair::{ReadValue, Repair, Repairs};
pub use rules::{BareDigits, BarePhones, Kind, Rules};
pub use survived_saving::{agrees, agrees_rounded};
pub use text::clean;
pub(crate) use text::is_invisible;

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What names a contact in a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identifier {
    /// The workspace's own number for the contact, at least 1.
    Id(u64),
    /// The contact's email address.
    Email(Email),
    /// The contact's phone number.
    Phone(Phone),
}

impl fmt::Display for Identifier {
    /// `id:123`, `email:ann@example.com` or `phone:+60121233112`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Identifier::Id(id) => write!(f, "id:{id}"),
            Identifier::Email(email) => write!(f, "email:{email}"),
            Identifier::Phone(phone) => write!(f, "phone:{phone}"),
        }
    }
}

impl FromStr for Identifier {
    type Err = Reason;

    /// Reads exactly what [`Display`](fmt::Display) writes; anything else is an error, with no repair tried.
    fn from_str(text: &str) -> Result<Identifier, Reason> {
        match text.split_once(':') {
            Some(("id", id)) => id::strict(id).map(Identifier::Id),
            Some(("email", email)) => email.parse().map(Identifier::Email),
            Some(("phone", phone)) => phone.parse().map(Identifier::Phone),
            _ => Err(Reason::NotCanonical),
        }
    }
}

/// In JSON these are the text that the results file shows.
macro_rules! as_text {
    ($($kind:ty),*) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )*};
}
as_text!(Identifier, Assignee, Phone);

#[cfg(test)]
mod tests;
