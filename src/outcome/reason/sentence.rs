//! Each reason as a sentence for people: what is wrong and, behind a `;`, what would fix it.

use std::fmt;

use crate::contact::{self, Assignee, Identifier};
use crate::wording::counted;
use crate::workspace::People;

use super::{Difference, Moved, Reason};

impl Reason {
    /// The sentence without what differs from row to row, to be said of several rows at once.
    pub fn of_many(&self) -> String {
        match self {
            Reason::NoSuchContact { .. } => {
                "the workspace has no such contact; correct it, or create the contact there first"
                    .to_owned()
            }
            Reason::SeveralContacts { contact, .. } => format!(
                "the workspace has several contacts with this {}; write the ID of the right one",
                kind(contact)
            ),
            Reason::ContactDiffers(difference) => format!(
                "the workspace has another {} for this contact than the row; correct the one that is wrong",
                kind(&difference.says)
            ),
            Reason::Duplicate { .. } => {
                "another row makes the same change; this row is done when that one is".to_owned()
            }
            Reason::Conflict { .. } | Reason::ConflictWithDone { .. } => {
                "these rows give the same contact to different users".to_owned()
            }
            Reason::MergedConflict { .. } => {
                "one merged cell holds the contact of several rows with different users".to_owned()
            }
            Reason::Overruled { .. } => {
                "another row decides about the contact, by `--on-conflict`".to_owned()
            }
            Reason::OtherOwner(_) => {
                format!("the contact has another owner than the sheet says; {MOVE}")
            }
            Reason::MovedSincePlan(_) => format!(
                "the contact was moved since the plan (`reassign_error` says who has it); {MOVE}"
            ),
            Reason::Still { code, .. } => code.meaning().to_owned(),
            reason => reason.to_string(),
        }
    }

    /// What is wrong, without what would fix it, where that is said for all rows together.
    pub fn what(&self, people: &People) -> String {
        let then = |moved: &Moved| match &moved.then {
            Assignee::Nobody => None,
            then => Some(user(then, people)),
        };
        // Whoever has it now is told by email, else by ID, else by name.
        let now = |moved: &Moved| {
            let now = moved.now.as_ref()?;
            Some(match now.parse() {
                Ok(who) => user(&who, people),
                Err(_) => format!("`{now}`"),
            })
        };
        let nobody = || "no owner".to_owned();
        match self {
            Reason::OtherOwner(moved) => format!(
                "the sheet says that this contact has {}; in the workspace it has {}",
                then(moved).map_or_else(nobody, |then| format!("the owner {then}")),
                now(moved).map_or_else(nobody, |now| format!("the owner {now}")),
            ),
            Reason::MovedSincePlan(moved) => format!(
                "this contact was moved since the plan: it has {} now, and had {}",
                now(moved).map_or_else(nobody, |now| format!("the owner {now}")),
                then(moved).unwrap_or_else(nobody),
            ),
            reason => reason.told(people).to_string(),
        }
    }

    /// The sentence, with users by name and email where they are known.
    pub fn told<'a>(&'a self, people: &'a People) -> impl fmt::Display + 'a {
        Told {
            reason: self,
            people,
        }
    }
}

/// A reason as a sentence for those who know these people.
struct Told<'a> {
    reason: &'a Reason,
    people: &'a People,
}

/// A user in a sentence.
fn user(who: &Assignee, people: &People) -> String {
    people.name(who).unwrap_or_else(|| format!("`{who}`"))
}

/// Numbers up to here are whole in a double, which is what many servers have for a number.
const EXACT: u64 = 1 << 53;

const MOVE: &str = "write `move` into `reassign_decision` to change it anyway";
const WRONG_ROW: &str = "write `skip` into `reassign_decision` of the row that is wrong";

fn kind(identifier: &Identifier) -> &'static str {
    match identifier {
        Identifier::Id(_) => "ID",
        Identifier::Email(_) => "email",
        Identifier::Phone(_) => "phone number",
    }
}

impl fmt::Display for Reason {
    /// One sentence about one row: what is wrong and, behind a `;`, what would fix it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told(&People::default()).fmt(f)
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = |who: &Assignee| user(who, self.people);
        match self.reason {
            Reason::Cell(reason) => reason.fmt(f),
            Reason::LongNumber => f.write_str(
                "this number has more digits than a workbook keeps, so the last ones were lost; export again, with the \
                 column as text",
            ),
            Reason::Date => contact::Reason::Date.fmt(f),
            Reason::Boolean => contact::Reason::Boolean.fmt(f),
            Reason::FailedFormula => contact::Reason::FormulaError.fmt(f),
            Reason::UncomputedFormula => f.write_str(
                "this formula was never computed; open and save the workbook in a spreadsheet program, or type the value",
            ),
            Reason::HiddenByFormat => f.write_str(
                "the format of this cell hides its value, or shows it in a way that is not known here; format the column \
                 as text and type what it shows",
            ),
            Reason::CoveredCell => f.write_str(
                "a merged cell covers this one, so it is not known what belongs here; unmerge the cells and fill in the \
                 value",
            ),
            Reason::UnknownCountry => f.write_str(
                "this is no country that is known, and the phone number needs one; write a two-letter code such as `MY`, \
                 or the number with `+` and country code",
            ),
            Reason::User(no_user) => no_user.fmt(f),
            Reason::Undecodable { cell, encoding } => write!(
                f,
                "cell {cell} holds bytes that are not {encoding}; save the sheet as `CSV UTF-8`, or name its encoding with \
                 `--encoding`"
            ),
            Reason::NulCharacter { cell } => write!(
                f,
                "cell {cell} holds a NUL character, so the file is damaged here; type the cell again"
            ),
            Reason::UnclosedQuote => f.write_str(
                "a `\"` opens a cell and none closes it; add the closing `\"`, or take the first one out",
            ),
            Reason::RowTooLong { megabytes } => write!(
                f,
                "the row is longer than {megabytes} MB; look for a missing line break"
            ),
            Reason::TooManyCells { most } => {
                write!(f, "the row has more than {most} cells; look for a missing line break")
            }
            Reason::MoreCells => {
                f.write_str(
                    "this row has more cells than the header; put quotes around the cell whose comma parts it, or, in the results, \
                     correct the row and empty `reassign_surplus`",
                )
            }
            Reason::Total => f.write_str(
                "this looks like a total of the rows above; delete the row, or write its contact as in `id:123` if it is one",
            ),
            Reason::Still { code, said } if said.is_empty() => f.write_str(code.meaning()),
            Reason::Still { said, .. } => f.write_str(said),
            Reason::BlankLeftOut => {
                f.write_str("the row has no new owner and stays as it is")
            }
            Reason::NoData => f.write_str("total or footer row"),
            Reason::Heading => f.write_str("a heading in a merged cell"),
            Reason::HeaderAgain => f.write_str("the header again"),
            Reason::PrefilledRow => {
                f.write_str("no contact and no new owner, only what was filled in for rows to come")
            }
            Reason::HiddenRow => f.write_str(
                "the workbook hides the row (by hand or by a filter), and `--hidden-rows skip` leaves such rows out",
            ),
            Reason::SkipDecided => f.write_str("left as it is, because `reassign_decision` holds `skip`"),
            Reason::NotPlanned => {
                f.write_str("the saved or approved plan has no such change for this row; apply again to make it, after it was approved where that is asked for")
            }
            Reason::Undone => f.write_str(
                "an undo of this row was applied; write `again` into `reassign_decision` to do it once more, or `skip`",
            ),
            Reason::NoAnswer => f.write_str(
                "the change was sent to the workspace and no answer was seen; the next run looks the contact up first",
            ),
            Reason::NewRow => {
                f.write_str("the row was added to the results, and no run has seen it yet")
            }
            Reason::NoSuchContact { contact } => write!(
                f,
                "the workspace has no contact `{contact}`; correct it, or create the contact there first"
            ),
            Reason::Overruled { by } => {
                write!(f, "row {by} decides about this contact, by `--on-conflict`")
            }
            Reason::Duplicate { of, id: None } => write!(f, "the same change as row {of}"),
            Reason::Duplicate { of, id: Some(id) } => write!(
                f,
                "the same change as row {of}, which names this contact in another way (id:{id})"
            ),
            Reason::MergedConflict { with } => write!(
                f,
                "row {with} gives this contact to another user, and one merged cell holds the contact of both rows; \
                 {WRONG_ROW}, or unmerge the cell and correct it"
            ),
            Reason::Conflict {
                with,
                theirs,
                id: None,
            } => match theirs {
                Assignee::Nobody => {
                    write!(f, "row {with} leaves this contact without an owner; {WRONG_ROW}, or correct it")
                }
                theirs => write!(
                    f,
                    "row {with} gives this contact to {}; {WRONG_ROW}, or correct it",
                    user(theirs)
                ),
            },
            Reason::Conflict {
                with,
                theirs,
                id: Some(id),
            } => {
                write!(f, "row {with} names this contact in another way (id:{id}) and ")?;
                match theirs {
                    Assignee::Nobody => write!(f, "leaves it without an owner; {WRONG_ROW}"),
                    theirs => write!(f, "gives it to {}; {WRONG_ROW}", user(theirs)),
                }
            }
            Reason::ConflictWithDone {
                with,
                theirs,
                id,
                is_later,
            } => {
                let named = match id {
                    Some(id) => format!(" names this contact in another way (id:{id}),"),
                    None => String::new(),
                };
                let has_done = match theirs {
                    Assignee::Nobody => "has left this contact without an owner".to_owned(),
                    theirs => format!("has given this contact to {}", user(theirs)),
                };
                let decides = if *is_later { "last" } else { "first" };
                write!(
                    f,
                    "row {with}{named} {has_done}; write `skip` into `reassign_decision` here, or do this row, too, with \
                     `--on-conflict {decides}`"
                )
            }
            Reason::Replaced { by, now } => match now {
                Assignee::Nobody => {
                    write!(f, "this was done; then row {by} left the contact without an owner, by `--on-conflict`")
                }
                now => write!(
                    f,
                    "this was done; then row {by} gave the contact to {}, by `--on-conflict`",
                    user(now)
                ),
            },
            Reason::SeveralContacts { contact, ids } => {
                let ids: Vec<String> = ids.iter().map(|id| format!("`id:{id}`")).collect();
                write!(
                    f,
                    "the workspace has {} contacts with {} `{contact}`; write {}",
                    ids.len(),
                    kind(contact),
                    ids.join(" or ")
                )
            }
            Reason::ContactDiffers(difference) => {
                let Difference {
                    contact,
                    name,
                    has,
                    says,
                } = &**difference;
                write!(f, "the workspace says that `{contact}` is ")?;
                if !name.is_empty() {
                    write!(f, "{name}, ")?;
                }
                write!(f, "`{has}`, and the row says `{says}`; correct the one that is wrong")
            }
            Reason::OtherOwner(_) | Reason::MovedSincePlan(_) => {
                write!(f, "{}; {MOVE}", self.reason.what(self.people))
            }
            Reason::Refused { message } | Reason::UnreadableAnswer { message } => {
                f.write_str(message)
            }
            Reason::OtherContact { asked, answered } => match asked {
                Identifier::Id(id) if id.max(answered) > &EXACT && *id as f64 == *answered as f64 => write!(
                    f,
                    "the API answered for id:{answered} instead of {asked}: something on the way rounds long IDs; write the \
                     contact's `email:` or `phone:` instead"
                ),
                asked => write!(
                    f,
                    "the API answered for another contact, id:{answered}, instead of {asked}; write `id:{answered}` if that \
                     is the one: contacts may have been merged"
                ),
            },
            Reason::NameOfAnother {
                name,
                shown,
                answered,
            } => write!(
                f,
                "the workspace showed id:{shown} for `{name}`, and now answers for id:{answered}; write `id:{shown}` \
                 or `id:{answered}`"
            ),
            Reason::AttemptsUsedUp { message, attempts } => {
                write!(f, "{message}; tried {}", counted(*attempts as usize, "time", "times"))
            }
            Reason::InQueue { message, seconds } => write!(
                f,
                "{message}; it was tried for {seconds} seconds; run again later"
            ),
            Reason::ClosedLeftOut => f.write_str(
                "the conversation is closed, and `--closed skip` leaves such contacts as they are",
            ),
            Reason::ConversationClosed => f.write_str(
                "the workspace accepted the change and did not make it, because the conversation is closed; open it in the workspace, \
                 then run again",
            ),
            Reason::NotMade { owner } => match owner {
                None => f.write_str(
                    "the workspace accepted the change, and still nobody has this contact; run again to make it once more",
                ),
                Some(owner) => write!(
                    f,
                    "the workspace accepted the change, and {owner} still has this contact; run again to make it once more"
                ),
            },
            Reason::MovedAfterwards { owner } => write!(
                f,
                "the workspace accepted the change, and {} has this contact now; {MOVE}",
                owner.as_deref().unwrap_or("nobody")
            ),
            Reason::NotReached { last: None } => f.write_str("the run ended before this row's turn"),
            Reason::NotReached { last: Some(last) } => write!(
                f,
                "the run ended before it could be tried again; the last answer was: {last}"
            ),
        }
    }
}
