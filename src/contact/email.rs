//! Email addresses by RFC 5321 and 6531, as far as a contact list may hold them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::{ReadValue, Reason, Repair, Repairs, character, label, lookalike};

/// Longest part before the `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL: usize = 64;
/// Longest label of a domain, in bytes (RFC 1035).
const LONGEST_LABEL: usize = 63;
/// Longest address, in bytes: a path of 256 with its angle brackets (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// An email address: the part before the `@` as it was written, the domain in lower case and ASCII.
///
/// Addresses that differ in case only are equal.
#[derive(Clone, Debug)]
pub struct Email(Box<str>);

impl Email {
    /// The address as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The characters by which addresses compare.
    fn folded(&self) -> impl Iterator<Item = char> {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Email) -> bool {
        match self.0.is_ascii() && other.0.is_ascii() {
            true => self.0.eq_ignore_ascii_case(&other.0),
            false => self.folded().eq(other.folded()),
        }
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A byte at a time is slow, and addresses that are equal have to be written alike.
        let mut piece = [0; 64];
        if self.0.is_ascii() {
            for bytes in self.0.as_bytes().chunks(piece.len()) {
                let piece = &mut piece[..bytes.len()];
                piece.copy_from_slice(bytes);
                piece.make_ascii_lowercase();
                state.write(piece);
            }
            state.write_u8(0xff);
            return;
        }
        let mut length = 0;
        let mut add = |byte: u8| {
            piece[length] = byte;
            length += 1;
            if length == piece.len() {
                state.write(&piece);
                length = 0;
            }
        };
        let mut bytes = [0; 4];
        self.folded()
            .for_each(|char| char.encode_utf8(&mut bytes).bytes().for_each(&mut add));
        state.write(&piece[..length]);
        state.write_u8(0xff);
    }
}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Email) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Email) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl FromStr for Email {
    type Err = Reason;

    /// Reads an address that needs no repair, its domain already in lower case and ASCII.
    fn from_str(text: &str) -> Result<Email, Reason> {
        let (email, repairs) = address(text, Letters::AsTheyStand)?;
        if repairs.is_empty() && email.as_str() == text {
            Ok(email)
        } else {
            Err(Reason::NotCanonical)
        }
    }
}

/// Which letters an address may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Letters {
    /// None that can be taken for another.
    Plain,
    /// Any: somebody said that this is the address.
    AsTheyStand,
}

/// `email:` in front says that the address is right as it stands; `mailto:` or `E-mail:` says nothing of its letters.
pub(super) fn letters_behind(label: Repairs) -> Letters {
    match label.contains(Repair::Label) || label.contains(Repair::Mailto) {
        true => Letters::Plain,
        false => Letters::AsTheyStand,
    }
}

/// Reads an address with what people and programs put around it; `text` is clean and trimmed.
pub(super) fn read(text: &str, letters: Letters) -> Result<ReadValue<Email>, Reason> {
    let mut repairs = Repairs::NONE;
    let mut text = text;
    loop {
        let before = text;
        if text.ends_with([',', ';', '.', ':']) {
            text = text.trim_end_matches([',', ';', '.', ':', ' ']);
            repairs.insert(Repair::TrailingPunctuation);
        }
        if let Some((_, inner)) = beside_name(text)? {
            text = inner;
            repairs.insert(Repair::DisplayName);
        }
        if let Some((super::Kind::Email, value, how)) = label::split(text) {
            text = value;
            repairs = repairs.union(how);
        }
        if text.len() == before.len() {
            break;
        }
    }
    // The subject or body that a link may carry; a `?` has no place in a domain.
    if let Some((local, domain)) = text.split_once('@')
        && let Some(end) = domain.find('?')
    {
        text = &text[..local.len() + 1 + end];
        repairs.insert(Repair::Mailto);
    }
    let (value, how) = address(text, letters)?;
    Ok(ReadValue {
        value,
        repairs: repairs.union(how),
    })
}

/// The name beside an address, if there is one.
pub(crate) fn name_beside(text: &str) -> Option<&str> {
    let text = text.trim_end_matches([',', ';', '.', ':', ' ']);
    let (name, _) = beside_name(text).ok().flatten()?;
    (!name.is_empty() && !name.contains('@')).then_some(name)
}

/// What stands around the address of `Ann Lee <a@x>`, `Ann Lee (a@x)`, `Ann Lee [a@x]` and `a@x (Ann Lee)`, and the address.
fn beside_name(text: &str) -> Result<Option<(&str, &str)>, Reason> {
    const BRACKETS: [(char, char); 3] = [('<', '>'), ('(', ')'), ('[', ']')];
    let pair = BRACKETS
        .into_iter()
        .find(|(_, close)| text.ends_with(*close));
    let Some((open, close)) = pair else {
        return Ok(None);
    };
    let within = text
        .strip_suffix(close)
        .and_then(|text| text.split_once(open));
    let Some((outer, inner)) = within else {
        return Ok(None);
    };
    let (outer, inner) = (outer.trim(), inner.trim());
    let bare = |text: &str| text.trim_start_matches("mailto:").to_lowercase();
    let (name, address) = match (outer.contains('@'), inner.contains('@')) {
        (true, true) if bare(outer.trim_matches(['"', '\'', '[', ']'])) != bare(inner) => {
            return Err(Reason::SeveralEmails);
        }
        (_, true) => (outer, inner),
        // A name behind an address stands in parentheses; in other brackets it could be anything.
        (true, false) if open == '(' => (inner, outer),
        (true, false) => return Ok(None),
        (false, false) if open == '<' => (outer, inner),
        (false, false) => return Ok(None),
    };
    if inner.contains([open, close]) {
        return Ok(None);
    }
    let name = name.trim_matches(['"', '\'']).trim();
    if name.contains(['\n', '\r']) {
        return Err(Reason::SeveralLines);
    }
    Ok(Some((name, address)))
}

fn address(text: &str, letters: Letters) -> Result<(Email, Repairs), Reason> {
    let Some((local, domain)) = text.split_once('@') else {
        return Err(Reason::NotAnEmail);
    };
    if domain.contains('@') {
        let apart = text.contains([',', ';', '/', '|', '<', '\n', '\r', ' ', '\t']);
        return Err(if apart {
            Reason::SeveralEmails
        } else {
            Reason::SeveralAts
        });
    }
    if text.bytes().any(|byte| byte <= b' ') {
        let lines = text.contains(['\n', '\r']);
        return Err(if lines {
            Reason::SeveralLines
        } else {
            Reason::EmailSpace
        });
    }
    if let Some(reason) = chat_id(local, domain) {
        return Err(reason);
    }
    check_local(local, letters)?;
    let (domain, repairs) = ascii_domain(domain, local.chars().count() + 1, letters)?;
    check_domain(&domain)?;
    let length = local.len() + 1 + domain.len();
    if length > LONGEST {
        return Err(Reason::EmailTooLong);
    }
    let mut address = String::with_capacity(length);
    address.push_str(local);
    address.push('@');
    address.push_str(&domain);
    address[local.len()..].make_ascii_lowercase();
    Ok((Email(address.into_boxed_str()), repairs))
}

/// What WhatsApp calls chats by looks like an address.
fn chat_id(local: &str, domain: &str) -> Option<Reason> {
    const OF_PEOPLE: [&str; 2] = ["c.us", "s.whatsapp.net"];
    const OF_OTHERS: [&str; 4] = ["g.us", "lid", "broadcast", "newsletter"];
    let is_one_of = |all: &[&str]| all.iter().any(|one| domain.eq_ignore_ascii_case(one));
    // A device may follow the number: `60123456701:12@s.whatsapp.net`.
    let digits = local.split([':', '.']).next().unwrap_or(local);
    let is_digits = super::damage::is_digits(digits);
    if is_one_of(&OF_PEOPLE) && is_digits {
        let number = format!("+{digits}").parse().ok();
        return Some(Reason::ChatId { number });
    }
    is_one_of(&OF_OTHERS).then_some(Reason::ChatId { number: None })
}

fn check_local(local: &str, letters: Letters) -> Result<(), Reason> {
    if local.is_empty() {
        return Err(Reason::EmailNoLocal);
    }
    if local.starts_with('"') {
        return Err(Reason::EmailQuoted);
    }
    if has_empty_part(local) {
        return Err(Reason::EmailDot);
    }
    if !local.bytes().all(is_atom) {
        check_foreign_local(local, letters)?;
    }
    if local.len() > LONGEST_LOCAL {
        Err(Reason::EmailLocalTooLong)
    } else {
        Ok(())
    }
}

fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// A part before the `@` with letters outside ASCII goes by the rule of domains: accepted unless a letter can be taken for
/// another one.
fn check_foreign_local(local: &str, letters: Letters) -> Result<(), Reason> {
    for character in local.chars() {
        let fits = match u8::try_from(character) {
            Ok(byte) if character.is_ascii() => is_atom(byte),
            _ => character.is_alphabetic() || character::script(character).is_some(),
        };
        if !fits {
            return Err(Reason::EmailLocalCharacter(character));
        }
    }
    let parts = local.split(|char: char| !char.is_alphabetic() && char.is_ascii());
    let found = parts.into_iter().find_map(lookalike::in_label);
    match found.filter(|_| letters == Letters::Plain) {
        Some(character) => Err(mistakable(local, character, 0)),
        None => Ok(()),
    }
}

/// A letter of `text` that can be taken for another one; `before` is how many characters stand in front of the text.
fn mistakable(text: &str, character: char, before: usize) -> Reason {
    let at = text.chars().position(|other| other == character);
    let position = u32::try_from(before + at.unwrap_or(0) + 1);
    Reason::LookAlike {
        character,
        position: position.unwrap_or(u32::MAX),
    }
}

/// The domain in ASCII; `before` is how many characters stand in front of it.
fn ascii_domain(
    domain: &str,
    before: usize,
    letters: Letters,
) -> Result<(Cow<'_, str>, Repairs), Reason> {
    let mut repairs = Repairs::NONE;
    if domain.is_ascii() && !has_a_label(domain) {
        return Ok((Cow::Borrowed(domain), repairs));
    }
    let found = domain.split('.').find_map(lookalike::in_label);
    if let Some(character) = found.filter(|_| letters == Letters::Plain) {
        return Err(mistakable(domain, character, before));
    }
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| Reason::EmailDomain)?;
    if !domain.is_ascii() {
        repairs.insert(Repair::InternationalDomain);
    }
    Ok((Cow::Owned(ascii), repairs))
}

/// Whether some label may claim to be the ASCII form of an internationalized one, which must then be a true one.
fn has_a_label(domain: &str) -> bool {
    domain
        .as_bytes()
        .windows(4)
        .any(|four| four.eq_ignore_ascii_case(b"xn--"))
}

/// Whether a dot stands at either end, or beside another one.
fn has_empty_part(text: &str) -> bool {
    text.split('.').any(str::is_empty)
}

fn check_domain(domain: &str) -> Result<(), Reason> {
    if domain.is_empty() {
        return Err(Reason::EmailNoDomain);
    }
    if has_empty_part(domain) {
        return Err(Reason::EmailDot);
    }
    if let Some(character) = domain
        .chars()
        .find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.')))
    {
        return Err(Reason::EmailDomainCharacter(character));
    }
    let Some((_, last)) = domain.rsplit_once('.') else {
        return Err(Reason::EmailNoDomain);
    };
    if domain.split('.').any(|label| label.len() > LONGEST_LABEL) {
        return Err(Reason::EmailTooLong);
    }
    // No top-level domain is a number, or one letter.
    let top = last.len() >= 2 && !last.bytes().all(|byte| byte.is_ascii_digit());
    if !top
        || domain
            .split('.')
            .any(|label| label.starts_with('-') || label.ends_with('-'))
    {
        return Err(Reason::EmailDomain);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
