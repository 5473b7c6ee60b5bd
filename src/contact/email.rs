//! Email addresses by RFC 5321 and 6531, as far as a contact list may hold them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use super::{Read, Reason, Repair, Repairs, label, lookalike};

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

    /// The bytes by which addresses compare. Letters outside ASCII are accepted only from scripts that
    /// have no case, so ASCII is all there is to fold.
    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Email) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Email {}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
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
        let (email, repairs) = address(text)?;
        if repairs.is_empty() && email.as_str() == text {
            Ok(email)
        } else {
            Err(Reason::NotCanonical)
        }
    }
}

/// Reads an address with what people and programs put around it; `text` is clean and trimmed.
pub(super) fn read(text: &str) -> Result<Read<Email>, Reason> {
    let mut repairs = Repairs::NONE;
    let mut text = text;
    loop {
        let before = text;
        if text.ends_with([',', ';', '.', ':']) {
            text = text.trim_end_matches([',', ';', '.', ':', ' ']);
            repairs.insert(Repair::TrailingPunctuation);
        }
        if let Some(inner) = beside_name(text)? {
            text = inner;
            repairs.insert(Repair::DisplayName);
        }
        if let Some((super::Kind::Email, value, how)) = label::split(text) {
            // The subject or body that a link may carry; a `?` has no place in a domain.
            text = match value.split_once('@') {
                Some((local, domain)) if how.contains(Repair::Mailto) => {
                    &value[..local.len() + 1 + domain.find('?').unwrap_or(domain.len())]
                }
                _ => value,
            };
            repairs = repairs.union(how);
        }
        if text.len() == before.len() {
            break;
        }
    }
    let (value, how) = address(text)?;
    Ok(Read {
        value,
        repairs: repairs.union(how),
    })
}

/// The address of `Ann Lee <ann@example.com>`.
fn beside_name(text: &str) -> Result<Option<&str>, Reason> {
    let Some((name, inner)) = text.strip_suffix('>').and_then(|text| text.split_once('<')) else {
        return Ok(None);
    };
    let (name, inner) = (name.trim().trim_matches(['"', '\'']), inner.trim());
    if name.contains('@') && !name.eq_ignore_ascii_case(inner) {
        return Err(Reason::SeveralEmails);
    }
    if name.contains(['\n', '\r']) {
        return Err(Reason::SeveralLines);
    }
    Ok(Some(inner))
}

fn address(text: &str) -> Result<(Email, Repairs), Reason> {
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
    check_local(local)?;
    let (domain, repairs) = ascii_domain(domain, local.chars().count() + 1)?;
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

fn check_local(local: &str) -> Result<(), Reason> {
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
        check_foreign_local(local)?;
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

/// A part before the `@` with letters outside ASCII is accepted only if none of them, and nothing among
/// them, can be taken for something else: all letters of scripts unlike Latin, and no ASCII letter.
fn check_foreign_local(local: &str) -> Result<(), Reason> {
    let mixed = local.bytes().any(|byte| byte.is_ascii_alphabetic());
    for (position, character) in (1..).zip(local.chars()) {
        if character.is_ascii() {
            if !u8::try_from(character).is_ok_and(is_atom) {
                return Err(Reason::EmailLocalCharacter(character));
            }
        } else if !character.is_alphabetic() && lookalike::script(character).is_none() {
            return Err(Reason::EmailLocalCharacter(character));
        } else if mixed || !lookalike::is_unmistakable(character) {
            return Err(Reason::LookAlike {
                character,
                position,
            });
        }
    }
    Ok(())
}

/// The domain in ASCII; `before` is how many characters stand in front of it.
fn ascii_domain(domain: &str, before: usize) -> Result<(Cow<'_, str>, Repairs), Reason> {
    let mut repairs = Repairs::NONE;
    if domain.is_ascii() && !has_a_label(domain) {
        return Ok((Cow::Borrowed(domain), repairs));
    }
    if let Some(character) = domain.split('.').find_map(lookalike::in_label) {
        let at = before
            + domain
                .chars()
                .position(|other| other == character)
                .unwrap_or(0)
            + 1;
        return Err(Reason::LookAlike {
            character,
            position: u32::try_from(at).unwrap_or(u32::MAX),
        });
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
