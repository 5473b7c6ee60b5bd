//! The words for what columns hold, one file per language, written as names are compared: lower case, without accents,
//! punctuation and connecting words.

mod chinese;
mod dutch;
mod english;
mod french;
mod german;
mod indonesian;
mod italian;
mod japanese;
mod portuguese;
mod spanish;

/// The words of one language.
pub(super) struct Names {
    /// A contact, without saying how it is named.
    pub(super) contact: &'static [&'static str],
    /// The contact's own number.
    pub(super) id: &'static [&'static str],
    /// A phone number.
    pub(super) phone: &'static [&'static str],
    /// An email address.
    pub(super) email: &'static [&'static str],
    /// Who looks after a contact.
    pub(super) owner: &'static [&'static str],
    /// Any user: who looks after a contact, unless the contact itself is meant.
    pub(super) user: &'static [&'static str],
    /// What tells a new assignee from another.
    pub(super) new: &'static [&'static str],
    /// What tells the present or former assignee from another.
    pub(super) current: &'static [&'static str],
    /// What stands over, or in front of, who has a contact now.
    pub(super) from: &'static [&'static str],
    /// What stands over, or in front of, who gets it.
    pub(super) to: &'static [&'static str],
    /// A name, which says nothing of whose by itself.
    pub(super) name: &'static [&'static str],
    /// A country or region.
    pub(super) region: &'static [&'static str],
    /// Words that only connect others.
    pub(super) connecting: &'static [&'static str],
}

/// Every language.
pub(super) const ALL: [&Names; 10] = [
    &english::NAMES,
    &spanish::NAMES,
    &portuguese::NAMES,
    &german::NAMES,
    &french::NAMES,
    &italian::NAMES,
    &dutch::NAMES,
    &indonesian::NAMES,
    &chinese::NAMES,
    &japanese::NAMES,
];
