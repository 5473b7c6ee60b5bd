//! What a cell says about itself in front of its value: `id:`, `phone:`, `Tel:`, `mailto:`.

use super::{Kind, Repair, Repairs};

const PHONE: &str = "phone tel telephone mobile mob cell ph p m t sms callto whatsapp wa";

/// The kind that the text names in front of its value, and the value; `None` if it names none.
pub(super) fn split(text: &str) -> Option<(Kind, &str, Repairs)> {
    // The longest label, with room for a space before the colon.
    let colon = text.bytes().take(16).position(|byte| byte == b':')?;
    let (written, value) = (&text[..colon], &text[colon + 1..]);
    let name = written.trim_end().trim_end_matches('.');
    let mut repairs = Repairs::NONE;
    let kind = if is_one_of(name, "id") {
        Kind::Id
    } else if is_one_of(name, "email e-mail mail mailto") {
        Kind::Email
    } else if is_one_of(name, PHONE) {
        Kind::Phone
    } else {
        return None;
    };
    let is_own = is_one_of(written, "id email phone");
    if name.eq_ignore_ascii_case("mailto") {
        repairs.insert(Repair::Mailto);
    } else if !is_own {
        repairs.insert(Repair::Label);
    }
    let trimmed = value.trim_start();
    if trimmed.len() < value.len() {
        repairs.insert(Repair::Spaces);
    }
    // `tel://` and the like; behind a label of our own, slashes may begin an address.
    let slashes = if is_own { "" } else { "//" };
    Some((
        kind,
        trimmed.strip_prefix(slashes).unwrap_or(trimmed),
        repairs,
    ))
}

fn is_one_of(name: &str, words: &str) -> bool {
    words.split(' ').any(|word| name.eq_ignore_ascii_case(word))
}
