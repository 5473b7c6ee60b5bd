use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::asker::Unanswered;
use super::*;
use crate::api::{
    Allowance, Answered, Caller, Class, Client, Connection, Failure, Operation, Patience, Sent,
};

fn asker(give_up_after: Duration) -> Asker {
    let connection = Connection {
        address: "http://127.0.0.1:9/v1".parse().expect("an address"),
        token: "token".to_owned().into(),
        timeout: Duration::from_secs(1),
        ca_file: None,
    };
    let patience = Patience {
        give_up_after,
        ..Patience::default()
    };
    let client = Client::new(&connection).expect("a client");
    Asker::new(&Arc::new(Caller::new(client, None, patience)))
}

fn failure(http: Option<u16>, class: Class) -> Failure {
    Failure {
        http,
        class,
        message: "why".to_owned(),
        allowance: Allowance::default(),
        is_web_page: false,
    }
}

fn gone() -> Failure {
    failure(Some(503), Class::Transient)
}

fn throttled(retry_after: Option<Duration>) -> Failure {
    failure(Some(429), Class::Throttled { retry_after })
}

/// Asks a question that is answered like this, one answer after the other; says how many attempts and seconds it took.
async fn ask(
    asker: &Asker,
    answers: Vec<Result<u8, Failure>>,
) -> (Result<u8, Unanswered>, usize, f64) {
    let count = answers.len();
    let left = RefCell::new(answers.into_iter());
    let begun = Instant::now();
    let answer = asker
        .ask(Operation::Read, 7, || {
            let next = left.borrow_mut().next().expect("no further attempt");
            let allowance = Allowance::default();
            async move { next.map(|value| Answered { value, allowance }) }
        })
        .await;
    let attempts = count - left.borrow().len();
    (answer, attempts, begun.elapsed().as_secs_f64())
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_kept_and_uses_up_no_attempt() {
    let asker = asker(Duration::from_secs(60));
    let mut answers: Vec<_> = (0..20)
        .map(|_| Err(throttled(Some(Duration::from_secs(2)))))
        .collect();
    answers.push(Ok(1));
    let (answer, attempts, seconds) = ask(&asker, answers).await;
    assert_eq!((answer.ok(), attempts), (Some(1), 21));
    assert!(seconds >= 40.0, "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_hours_is_not_slept_through() {
    let asker = asker(Duration::from_secs(60));
    let long = Duration::from_secs(2 * 3600);
    let (answer, ..) = ask(&asker, vec![Err(throttled(Some(long)))]).await;
    assert!(matches!(answer, Err(Unanswered::Over(Error::LongPause(pause))) if pause == long));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_for_and_given_up_in_the_end() {
    let waiting = asker(Duration::from_secs(300));
    let mut answers: Vec<_> = (0..12).map(|_| Err(gone())).collect();
    answers.push(Ok(1));
    let (answer, attempts, _) = ask(&waiting, answers).await;
    assert_eq!(
        (answer.ok(), attempts),
        (Some(1), 13),
        "more attempts than one question has by itself"
    );

    let short = asker(Duration::from_secs(60));
    let (answer, _, seconds) = ask(&short, (0..200).map(|_| Err(gone())).collect()).await;
    assert!(
        matches!(answer, Err(Unanswered::Over(Error::Gone(_)))),
        "{answer:?}"
    );
    assert!((60.0..95.0).contains(&seconds), "{seconds} s");
}

#[tokio::test(start_paused = true)]
async fn a_question_that_alone_fails_is_given_up_while_others_are_answered() {
    let asker = asker(Duration::from_secs(300));
    let others = async {
        loop {
            ask(&asker, vec![Ok(1)]).await.0.expect("an answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let question = ask(&asker, (0..50).map(|_| Err(gone())).collect());
    tokio::select! {
        () = others => unreachable!("others are answered all the time"),
        (answer, attempts, _) = question => {
            assert!(matches!(answer, Err(Unanswered::Failed(_))), "{answer:?}");
            // Those that were to find out whether the API is there do not count; how many these are, random pauses decide
            // (at most 20 in 300 tries, mostly under 12).
            assert!((8..=28).contains(&attempts), "{attempts}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_connection_that_cannot_be_made_and_a_refused_token_end_the_look_at_once() {
    let lost = || failure(None, Class::Lost { sent: Sent::No });
    let (answer, attempts, _) = ask(&asker(Duration::from_secs(60)), vec![Err(lost())]).await;
    assert!(
        matches!(answer, Err(Unanswered::Over(Error::Unreachable(_)))),
        "{answer:?}"
    );
    assert_eq!(attempts, 1);
    let known = asker(Duration::from_secs(60));
    ask(&known, vec![Ok(1)]).await.0.expect("an answer");
    let (answer, attempts, _) = ask(&known, vec![Err(lost()), Ok(2)]).await;
    assert_eq!(
        (answer.ok(), attempts),
        (Some(2), 2),
        "later it is tried again"
    );
    let refused = failure(Some(401), Class::Unauthorized);
    let (answer, ..) = ask(&known, vec![Err(refused)]).await;
    assert!(matches!(
        answer,
        Err(Unanswered::Over(Error::TokenRefused(_)))
    ));
}
