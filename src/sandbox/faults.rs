//! Requests that go wrong on purpose, the same ones each time.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use super::error::list;
use super::{Endpoint, Error};

const NAMES: [&str; 5] = ["449", "500", "drop", "lost", "stall"];
const CLOSED: &str = "closed";
/// All that may be given, for messages.
const KNOWN: [&str; 6] = ["449", "500", "drop", "lost", "stall", CLOSED];

/// A sum of shares that people write as 1 may be a hair more in binary.
const ROUNDING: f64 = 1e-9;

/// Which share of requests goes wrong, and how; written `449=0.02,500=0.01,drop=0.005,lost=0.005,stall=0.001`.
/// `closed=0.05` is of another kind: see below.
///
/// * `449`: the write answers that the contact's request is queued, and does nothing.
/// * `500`: the write or the read of a contact answers an unexpected error, and does nothing.
/// * `drop`: the connection of a write or of the read of a contact is closed without an answer; nothing was done.
/// * `lost`: the write is done, then the connection is closed without an answer.
/// * `stall`: the write or the read of a contact never gets an answer, until the client gives up; nothing was done.
///
/// Shares are of 1, per request, and exclude each other. Which requests are struck follows from the seed, the contact
/// and how many requests this endpoint has had for it, and from nothing else: neither order nor time matters.
///
/// * `closed`: the conversations of this share of the contacts are closed, whatever the CSV says. They show as `closed`,
///   and their writes answer 200 and change nothing. Which they are follows from the seed and the contact alone, so
///   they stay so; other faults may strike them, too.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Faults {
    /// In the order of `NAMES`.
    shares: [f64; NAMES.len()],
    /// The share of contacts whose conversations are closed.
    closed: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Queued,
    Failure,
    Drop,
    Lost,
    Stall,
}

const ORDER: [Fault; NAMES.len()] = [
    Fault::Queued,
    Fault::Failure,
    Fault::Drop,
    Fault::Lost,
    Fault::Stall,
];

impl FromStr for Faults {
    type Err = Error;

    fn from_str(text: &str) -> Result<Faults, Error> {
        let mut shares = [None; KNOWN.len()];
        for part in text.split(',') {
            let part = part.trim();
            let (name, share) = part.split_once('=').ok_or_else(|| {
                Error::Option(format!(
                    "`{part}` is not a fault; write its name, `=` and its share of the requests, such as `500=0.01`"
                ))
            })?;
            let (name, share) = (name.trim(), share.trim());
            let index = KNOWN
                .iter()
                .position(|known| *known == name)
                .ok_or_else(|| {
                    Error::Option(format!("unknown fault `{name}` (known: {})", list(KNOWN)))
                })?;
            let share = share
                .parse()
                .ok()
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or_else(|| {
                    Error::Option(format!(
                        "`{share}` is not a share for the fault `{name}`; write a number from 0 to 1, such as `0.01`"
                    ))
                })?;
            if shares[index].replace(share).is_some() {
                return Err(Error::Option(format!(
                    "the fault `{name}` is given twice; give each once"
                )));
            }
        }
        let [struck @ .., closed] = shares.map(|share| share.unwrap_or(0.0));
        let shares: [f64; NAMES.len()] = struck;
        let sum: f64 = shares.iter().sum();
        if sum > 1.0 + ROUNDING {
            return Err(Error::Option(format!(
                "the faults' shares add up to {sum}, which is more than 1; lower one of them"
            )));
        }
        Ok(Faults { shares, closed })
    }
}

impl Faults {
    fn strike(&self, point: f64) -> Option<Fault> {
        let mut upper = 0.0;
        for (share, fault) in self.shares.iter().zip(ORDER) {
            upper += share;
            if point < upper {
                return Some(fault);
            }
        }
        None
    }
}

/// Draws the faults, counting the attempts on each contact.
#[derive(Debug)]
pub(super) struct Draws {
    faults: Faults,
    seed: u64,
    attempts: Mutex<HashMap<(Endpoint, i64), u64>>,
}

impl Draws {
    pub(super) fn new(faults: Faults, seed: u64) -> Draws {
        Draws {
            faults,
            seed,
            attempts: Mutex::default(),
        }
    }

    /// Whether the conversation of `contact` is closed on purpose.
    pub(super) fn is_closed(&self, contact: i64) -> bool {
        // The zeroth attempt, which no request is.
        self.faults.closed > 0.0
            && point(self.seed, Endpoint::SetAssignee, contact, 0) < self.faults.closed
    }

    /// Counts one more attempt on `contact`, and says what goes wrong with it.
    pub(super) fn next(&self, endpoint: Endpoint, contact: i64) -> Option<Fault> {
        if self.faults.shares == Faults::default().shares {
            return None; // nothing to remember about a hundred thousand contacts
        }
        let attempt = {
            let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
            let attempt = attempts.entry((endpoint, contact)).or_insert(0);
            *attempt += 1;
            *attempt
        };
        let fault = self
            .faults
            .strike(point(self.seed, endpoint, contact, attempt))?;
        match (endpoint, fault) {
            (Endpoint::SetAssignee, _) => Some(fault),
            // A read is not queued, and there is nothing in it to be lost.
            (Endpoint::GetContact, Fault::Failure | Fault::Drop | Fault::Stall) => Some(fault),
            _ => None,
        }
    }
}

/// A point in 0..1. Written out instead of taken from std, whose hash may change from one release to the next.
fn point(seed: u64, endpoint: Endpoint, contact: i64, attempt: u64) -> f64 {
    let mut state = 0;
    for part in [seed, endpoint as u64, contact.cast_unsigned(), attempt] {
        state = mix(state ^ part);
    }
    // The upper 53 bits: as many as the fraction of an f64 holds.
    (state >> 11) as f64 / (1_u64 << 53) as f64
}

/// The finalizer of SplitMix64: every bit of the input reaches every bit of the output.
fn mix(input: u64) -> u64 {
    let mut z = input.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        text.parse().expect("faults")
    }

    fn share_of(fault: Fault, endpoint: Endpoint, draws: &Draws) -> f64 {
        let struck = (0..20_000)
            .filter(|contact| draws.next(endpoint, *contact) == Some(fault))
            .count();
        struck as f64 / 20_000.0
    }

    #[test]
    fn every_fault_strikes_its_share_of_the_writes() {
        let text = "449=0.1,500=0.2,drop=0.05,lost=0.15,stall=0.3";
        for (fault, share) in ORDER.into_iter().zip([0.1, 0.2, 0.05, 0.15, 0.3]) {
            let draws = Draws::new(faults(text), 1);
            let seen = share_of(fault, Endpoint::SetAssignee, &draws);
            assert!(
                (seen - share).abs() < 0.01,
                "{fault:?}: {seen} instead of {share}"
            );
        }
    }

    #[test]
    fn reads_of_a_contact_are_neither_queued_nor_lost_and_lists_are_left_alone() {
        let every = |name: &str| Draws::new(faults(&format!("{name}=1")), 1);
        for (name, strikes) in [
            ("449", false),
            ("500", true),
            ("drop", true),
            ("lost", false),
            ("stall", true),
        ] {
            assert_eq!(
                every(name).next(Endpoint::GetContact, 7).is_some(),
                strikes,
                "{name}"
            );
            assert_eq!(every(name).next(Endpoint::ListContacts, 7), None);
        }
    }

    #[test]
    fn the_same_seed_draws_the_same_faults_in_any_order() {
        let all = faults("449=0.2,500=0.2,drop=0.2,lost=0.2,stall=0.1");
        let draw = |seed, contacts: &mut dyn Iterator<Item = i64>| {
            let draws = Draws::new(all, seed);
            let mut drawn: Vec<_> = contacts
                .map(|id| (id, draws.next(Endpoint::SetAssignee, id)))
                .collect();
            drawn.sort_by_key(|(id, _)| *id);
            drawn
        };
        assert_eq!(draw(7, &mut (0..500)), draw(7, &mut (0..500).rev()));
        assert_ne!(draw(7, &mut (0..500)), draw(8, &mut (0..500)));
    }

    #[test]
    fn the_draw_is_the_same_on_every_machine() {
        let drawn: Vec<u64> = (1..=4)
            .map(|attempt| (point(42, Endpoint::SetAssignee, 10_001, attempt) * 1e6) as u64)
            .collect();
        assert_eq!(drawn, [384_958, 970_527, 286_323, 260_360]);
    }

    #[test]
    fn each_attempt_is_drawn_anew() {
        let draws = Draws::new(faults("500=0.5"), 3);
        let drawn: Vec<bool> = (0..64)
            .map(|_| draws.next(Endpoint::GetContact, 10_001).is_some())
            .collect();
        assert!(drawn.contains(&true) && drawn.contains(&false));
    }

    #[test]
    fn faults_that_make_no_sense_are_refused_with_what_would_work() {
        for (text, says) in [
            ("", "`` is not a fault"),
            ("500", "`500` is not a fault"),
            (
                "503=0.1",
                "unknown fault `503` (known: `449`, `500`, `drop`, `lost`, `stall`, `closed`)",
            ),
            ("500=1.5", "`1.5` is not a share for the fault `500`"),
            ("500=-0.1", "`-0.1` is not a share"),
            ("drop=NaN", "`NaN` is not a share"),
            ("drop=ten", "`ten` is not a share"),
            ("500=0.1,500=0.2", "`500` is given twice"),
            ("500=0.6,449=0.6", "add up to 1.2"),
        ] {
            let error = text.parse::<Faults>().expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn closed_conversations_are_a_share_of_the_contacts_and_stay_so() {
        let draws = Draws::new(faults("closed=0.05,500=1"), 1);
        let closed = || -> Vec<i64> { (0..20_000).filter(|id| draws.is_closed(*id)).collect() };
        let first = closed();
        assert!(
            (800..1_200).contains(&first.len()),
            "{} of 20,000",
            first.len()
        );
        draws.next(Endpoint::SetAssignee, first[0]);
        assert_eq!(closed(), first);
        assert!(!Draws::new(faults("500=1"), 1).is_closed(first[0]));
    }

    #[test]
    fn shares_may_add_up_to_one() {
        assert_eq!(
            faults("449=0.1, 500=0.2, drop=0.7").shares,
            [0.1, 0.2, 0.7, 0.0, 0.0]
        );
    }
}
