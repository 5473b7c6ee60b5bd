//! IDs of contacts and users: whole numbers from 1.

use super::damage::{self, Whole};
use super::{ReadValue, Reason, Repair, Repairs};

/// Reads an ID; `12.0` is 12.
///
/// Zeros in front are refused: what has them is more likely a phone number or a code of another system.
pub(super) fn read(text: &str) -> Result<ReadValue<u64>, Reason> {
    damage::refuse(text)?;
    let mut repairs = Repairs::NONE;
    let digits = match damage::whole(text).ok_or(Reason::NotAnId)?? {
        Whole::Plain(digits) => digits,
        Whole::WithZeros(digits) => {
            repairs.insert(Repair::DecimalZero);
            digits
        }
    };
    Ok(ReadValue {
        value: strict(digits)?,
        repairs,
    })
}

/// Reads an ID in its only canonical form: digits, the first of which is not 0.
pub(super) fn strict(digits: &str) -> Result<u64, Reason> {
    if !damage::is_digits(digits) {
        return Err(Reason::NotAnId);
    }
    if digits.starts_with('0') {
        let zero = digits.bytes().all(|byte| byte == b'0');
        return Err(if zero {
            Reason::ZeroId
        } else {
            Reason::LeadingZero
        });
    }
    digits.parse().map_err(|_| Reason::IdTooLong)
}
