//! A phone number as people write it: its digits, and how they were set apart.

use crate::contact::Reason;
use crate::contact::damage::{self, Whole};

/// More than any numbering plan has; longer runs are two numbers, or none.
const MOST_DIGITS: usize = 24;
/// From here on, two groups beside each other are two numbers.
const A_NUMBER_BY_ITSELF: usize = 7;

/// The digits of a written number, in ASCII.
#[derive(Clone, Copy, Default)]
pub(super) struct WrittenNumber {
    digits: [u8; MOST_DIGITS],
    len: usize,
    /// Whether a plus sign stood in front.
    pub(super) plus: bool,
    /// Whether anything set the digits apart.
    pub(super) punctuation: bool,
    /// How many digits stood in front of the first thing that set them apart; `None` if nothing did.
    pub(super) first_group: Option<usize>,
    /// Whether `.0` stood behind it.
    pub(super) decimal_zero: bool,
    /// Where a zero stood in parentheses by itself.
    pub(super) zero_in_parentheses: Option<usize>,
}

impl WrittenNumber {
    /// Takes the text apart; `text` is clean and trimmed.
    pub(super) fn scan(text: &str) -> Result<WrittenNumber, Reason> {
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        let mut decimal_zero = false;
        let mut rest = text;
        match damage::whole(unsigned) {
            Some(Ok(Whole::WithZeros(digits))) => {
                decimal_zero = true;
                rest = &text[..text.len() - unsigned.len() + digits.len()];
            }
            Some(Err(Reason::DigitsLost)) => return Err(Reason::DigitsLost),
            // One or two decimals behind a number long enough to be a phone: an amount, or a broken export.
            Some(Err(_)) if unsigned.len() - unsigned.find('.').unwrap_or(0) <= 3 => {
                return Err(Reason::Fraction);
            }
            _ => {}
        }
        let mut written = WrittenNumber {
            decimal_zero,
            ..WrittenNumber::default()
        };
        written.take_all(rest)?;
        if written.len == 0 {
            return Err(if written.plus {
                Reason::PhoneTooShort
            } else {
                Reason::NotAPhone
            });
        }
        Ok(written)
    }

    fn take_all(&mut self, text: &str) -> Result<(), Reason> {
        let mut long_groups = 0;
        let mut group = 0;
        for (at, character) in text.char_indices() {
            let ends_group = match character {
                '0'..='9' => {
                    if character == '0'
                        && text[..at].ends_with('(')
                        && text[at + 1..].starts_with(')')
                    {
                        self.zero_in_parentheses = Some(self.len);
                    }
                    let slot = self.digits.get_mut(self.len).ok_or(Reason::PhoneTooLong)?;
                    *slot = character as u8;
                    self.len += 1;
                    group += 1;
                    false
                }
                '+' if self.len == 0 && !self.plus => {
                    self.plus = true;
                    self.punctuation |= at > 0;
                    false
                }
                // Another number, if something follows.
                '+' if self.len >= A_NUMBER_BY_ITSELF && at + 1 < text.len() => {
                    return Err(Reason::SeveralPhones);
                }
                '+' => return Err(Reason::MisplacedPlus),
                '\u{2010}'..='\u{2015}' => false,
                _ if "-.()[]\u{2212}\u{30FC}".contains(character) => false,
                ' ' | '\t' | '/' => true,
                _ => return Err(misfit(text, at, character)),
            };
            self.punctuation |= !character.is_ascii_digit() && character != '+';
            if !character.is_ascii_digit() && self.len > 0 {
                self.first_group.get_or_insert(self.len);
            }
            if ends_group {
                long_groups += usize::from(group >= A_NUMBER_BY_ITSELF);
                group = 0;
            }
        }
        long_groups += usize::from(group >= A_NUMBER_BY_ITSELF);
        if long_groups > 1 {
            Err(Reason::SeveralPhones)
        } else {
            Ok(())
        }
    }

    pub(super) fn digits(&self) -> &str {
        // Only ASCII digits are ever written to it.
        str::from_utf8(&self.digits[..self.len]).unwrap_or_default()
    }

    /// The same number without the digit at `position`.
    pub(super) fn without(mut self, position: usize) -> WrittenNumber {
        self.digits.copy_within(position + 1..self.len, position);
        self.len -= 1;
        self
    }
}

/// The number in front of a remark in parentheses that says what kind of phone it is.
///
/// Only words that leave the number as it is: `(old)` or `(wrong number)` are for a person to judge.
pub(super) fn before_remark(text: &str) -> Option<&str> {
    const WORDS: [&str; 12] = [
        "mobile", "cell", "home", "work", "office", "main", "phone", "tel", "whatsapp", "wa", "hp",
        "m",
    ];
    let (number, remark) = text.strip_suffix(')')?.rsplit_once('(')?;
    let remark = remark.trim();
    WORDS
        .iter()
        .any(|word| remark.eq_ignore_ascii_case(word))
        .then(|| number.trim_end())
}

/// Why this character cannot stand in a phone number, judged by what stands around it.
fn misfit(text: &str, at: usize, character: char) -> Reason {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let (before, after) = (digits(&text[..at]), digits(&text[at..]));
    let tail = text[at..].to_ascii_lowercase();
    let tail = tail.trim_start_matches([';', ',', ' ']);
    let words = "ext x # extension ramal poste int durchwahl dw".split(' ');
    let mut behind = words.filter_map(|word| tail.strip_prefix(word));
    let named = behind.any(|rest| {
        rest.trim_start_matches(['.', ':', '=', ' ', 't', 'n'])
            .starts_with(|c: char| c.is_ascii_digit())
    });
    if before > 0 && named {
        return Reason::Extension;
    }
    if before >= A_NUMBER_BY_ITSELF && after >= A_NUMBER_BY_ITSELF {
        return Reason::SeveralPhones;
    }
    match character {
        '\n' | '\r' => Reason::SeveralLines,
        _ if digits(text) == 0 => Reason::NotAPhone,
        _ if character.is_alphabetic() => Reason::PhoneLetters,
        _ => Reason::Character(character),
    }
}
