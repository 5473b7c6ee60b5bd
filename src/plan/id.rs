//! A plan's ID: what an approval names.

use std::fmt;

use sha2::{Digest, Sha256};

/// The plan's ID: the same for the same changes in the same workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanId(String);

impl PlanId {
    /// The ID of changes, each a contact and who gets it, in the order of sending.
    pub fn of<C: fmt::Display, A: fmt::Display>(
        workspace: &str,
        changes: impl IntoIterator<Item = (C, A)>,
    ) -> PlanId {
        let mut hash = Sha256::new();
        hash.update(format!("reassign-plan 1\n{workspace}\n"));
        for (contact, assignee) in changes {
            hash.update(format!("{contact}\t{assignee}\n"));
        }
        let digest = hash.finalize();
        let bytes = digest.iter().take(PlanId::BYTES);
        PlanId(bytes.map(|byte| format!("{byte:02x}")).collect())
    }

    const BYTES: usize = 6;
}

impl std::str::FromStr for PlanId {
    type Err = String;

    /// The ID alone, or the sentence that a page asks an approver to send back: `Approved 4eb110d10e03`.
    fn from_str(text: &str) -> Result<PlanId, String> {
        let text = text.trim().trim_end_matches('.');
        let text = match text.split_once(char::is_whitespace) {
            Some((word, id)) if word.eq_ignore_ascii_case("approved") => id.trim(),
            _ => text,
        };
        let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && text.len() == PlanId::BYTES * 2 {
            Ok(PlanId(text.to_ascii_lowercase()))
        } else {
            Err(format!(
                "a plan's ID is the {} digits and letters that `reassign plan` shows; the sentence `Approved ID` will do, too",
                PlanId::BYTES * 2
            ))
        }
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_is_taken_as_it_is_sent_back() {
        let id: PlanId = "4eb110d10e03".parse().expect("an ID");
        for text in [
            "Approved 4eb110d10e03",
            "approved  4EB110D10E03.",
            " 4eb110d10e03 ",
        ] {
            assert_eq!(text.parse(), Ok(id.clone()), "{text}");
        }
        assert!("Rejected 4eb110d10e03".parse::<PlanId>().is_err());
    }
}
