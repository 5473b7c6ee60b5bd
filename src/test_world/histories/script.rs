//! Histories as scripts that can be played again, and made shorter as long as they fail.

use super::*;

/// What a history does: a kind and the dice of each step.
pub(super) type Script = Vec<(usize, u64)>;

pub(super) fn script(seed: u64) -> Script {
    let mut random = Random(seed ^ 0x5EED);
    (0..STEPS)
        .map(|_| (random.below(History::KINDS), random.next()))
        .collect()
}

/// How a history went.
pub(super) struct Played {
    pub(super) history: History,
    pub(super) held: Held,
}

pub(super) fn play(seed: u64, script: &Script) -> Played {
    let mut history = History::new(seed);
    let mut held = Ok(());
    for (kind, dice) in script {
        history.random = Random(*dice);
        held = history.step(*kind);
        if held.is_err() {
            return Played { history, held };
        }
    }
    history.random = Random(seed);
    if held.is_ok() {
        held = history.settle();
    }
    if held.is_ok() {
        held = history.take_back();
    }
    Played { history, held }
}

/// Leaves out steps as long as it fails.
pub(super) fn shrink(seed: u64, mut script: Script, mut failed: Played) -> Played {
    let mut place = script.len();
    while place > 0 {
        place -= 1;
        let mut shorter = script.clone();
        shorter.remove(place);
        let played = play(seed, &shorter);
        if played.held.is_err() {
            (script, failed) = (shorter, played);
        }
    }
    failed
}

pub(super) fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}
