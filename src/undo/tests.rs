use proptest::prelude::*;

use super::*;

fn write(run: usize, row: u32, id: u64, assignee: u64, held: Option<u64>) -> Write {
    let who = |user: u64| match user {
        0 => Assignee::Nobody,
        user => Assignee::User(user),
    };
    Write {
        run,
        row,
        contact: Identifier::Id(id),
        contact_id: Some(id),
        assignee: who(assignee),
        held: held.map(who),
        certainty: Certainty::Done,
        answered: WriteAnsweredBy::Itself,
        at: "today".to_owned(),
    }
}

fn ways(undo: &Undo) -> Vec<(String, String, String)> {
    let rows = undo.back.iter();
    rows.map(|back| {
        (
            back.contact.to_string(),
            back.from.to_string(),
            back.to.to_string(),
        )
    })
    .collect()
}

fn way(contact: &str, from: &str, to: &str) -> (String, String, String) {
    (contact.to_owned(), from.to_owned(), to.to_owned())
}

#[test]
fn a_contact_that_two_runs_changed_goes_back_to_who_had_it_first() {
    let writes = [write(1, 2, 7, 11, Some(10)), write(2, 2, 7, 12, Some(11))];
    assert_eq!(ways(&undo(&writes, Runs::All)), [way("id:7", "12", "10")]);
    assert_eq!(
        ways(&undo(&writes, Runs::Only(2))),
        [way("id:7", "12", "11")]
    );
    let first = undo(&writes, Runs::Only(1));
    assert_eq!((ways(&first), first.changed_again), (vec![], vec![2]));
}

#[test]
fn who_had_it_right_before_a_run_counts_although_somebody_moved_it_since_the_run_before() {
    let writes = [write(1, 2, 7, 11, Some(10)), write(2, 2, 7, 11, Some(99))];
    assert_eq!(
        ways(&undo(&writes, Runs::Only(2))),
        [way("id:7", "11", "99")]
    );
}

#[test]
fn nobody_before_means_unassign_and_is_counted() {
    let undo = undo(&[write(1, 2, 7, 11, Some(0))], Runs::All);
    assert_eq!(ways(&undo), [way("id:7", "11", "unassign")]);
    assert_eq!(undo.unassigned(), 1);
}

#[test]
fn what_nobody_knows_is_listed_and_not_guessed() {
    let undo = undo(
        &[write(1, 2, 7, 11, None), write(2, 2, 7, 12, Some(11))],
        Runs::All,
    );
    assert_eq!((ways(&undo), undo.unknown.clone()), (vec![], vec![2]));
    assert!(undo.is_partial());
}

#[test]
fn a_blind_write_to_a_contact_whose_id_another_run_learned_is_about_the_same_contact() {
    let mut blind = write(1, 2, 7, 11, Some(10));
    blind.contact = "email:ann@example.org".parse().expect("an email");
    blind.contact_id = None;
    let mut read = write(2, 2, 7, 12, Some(11));
    read.contact = blind.contact.clone();
    assert_eq!(
        ways(&undo(&[blind, read], Runs::All)),
        [way("id:7", "12", "10")]
    );
}

#[test]
fn only_what_may_have_changed_a_contact_counts() {
    use Certainty::{Done, InDoubt};
    for (status, http, expected) in [
        (Status::Assigned, Some(200), Some(Done)),
        (Status::Unassigned, Some(200), Some(Done)),
        (Status::Conflict, Some(200), Some(Done)),
        (Status::Conflict, None, None),
        (Status::Failed, Some(404), None),
        (Status::Failed, Some(449), Some(InDoubt)),
        (Status::Failed, Some(502), Some(InDoubt)),
        (Status::Failed, None, Some(InDoubt)),
        (Status::Busy, Some(449), Some(InDoubt)),
        (Status::NotApplied, Some(200), Some(InDoubt)),
        (Status::NotAttempted, None, Some(InDoubt)),
        (Status::Drifted, Some(200), None),
        (Status::Unchanged, Some(200), None),
    ] {
        assert_eq!(certainty(Some((status, http))), expected, "{status}");
    }
    assert_eq!(certainty(None), Some(InDoubt));
}

proptest! {
    /// A workspace in which runs write one after the other: what the undo says brings it back.
    #[test]
    fn undoing_all_runs_gives_the_workspace_as_it_was(
        before in prop::collection::vec(0_u64..4, 4),
        changes in prop::collection::vec((1_usize..4, 0_usize..4, 0_u64..4), 0..12),
    ) {
        let mut now = before.clone();
        let mut sorted = changes;
        sorted.sort_by_key(|(run, ..)| *run);
        let mut writes = Vec::new();
        for (row, (run, contact, user)) in (2..).zip(sorted) {
            if now[contact] != user {
                writes.push(write(run, row, contact as u64 + 1, user, Some(now[contact])));
                now[contact] = user;
            }
        }
        let undo = undo(&writes, Runs::All);
        prop_assert!(!undo.is_partial());
        for back in &undo.back {
            let Identifier::Id(id) = back.contact else { panic!("{back:?}") };
            let place = id as usize - 1;
            let user = |who: &Assignee| match who { Assignee::User(id) => *id, _ => 0 };
            prop_assert_eq!(user(&back.from), now[place]);
            now[place] = user(&back.to);
        }
        prop_assert_eq!(now, before);
    }
}

#[test]
fn a_write_that_another_contact_answered_for_is_listed_with_that_contact() {
    let other = Write {
        answered: WriteAnsweredBy::Another(Some(4711)),
        ..write(1, 3, 20, 5, Some(6))
    };
    let undone = undo(&[write(1, 2, 10, 5, Some(6)), other], Runs::All);
    assert_eq!(
        undone.answered_by_others,
        [(3, Identifier::Id(20), Some(4711))]
    );
    let rows: Vec<u32> = undone.back.iter().map(|back| back.row).collect();
    assert_eq!(rows, [2]);
    assert!(undone.is_partial());
}
