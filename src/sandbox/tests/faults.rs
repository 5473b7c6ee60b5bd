use super::*;

#[test]
fn a_queued_write_answers_449_and_does_nothing() {
    let sandbox = Running::start(&faults("449=1"));
    sandbox
        .assign("id:10001", "105")
        .refuses(449, "Your request cannot be processed at the moment");
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(
        sandbox.get("/v1/contact/id:10001").status,
        200,
        "a read is not queued"
    );
}

#[test]
fn a_failed_request_answers_500_and_does_nothing() {
    let sandbox = Running::start(&faults("500=1"));
    sandbox
        .assign("id:10001", "105")
        .refuses(500, "Unexpected error occurred");
    sandbox
        .get("/v1/contact/id:10001")
        .refuses(500, "Unexpected error occurred");
    assert_eq!(sandbox.writes(), 0);
    assert_eq!(
        sandbox.get("/v1/space/user").status,
        200,
        "lists are left alone"
    );
}

#[test]
fn a_dropped_connection_was_closed_before_the_write() {
    let sandbox = Running::start(&faults("drop=1"));
    assert!(sandbox.try_assign("id:10001", "105").is_none());
    assert!(
        sandbox
            .attempt("GET", "/v1/contact/id:10001", None)
            .is_none()
    );
    assert_eq!(sandbox.writes(), 0);
}

#[test]
fn a_lost_answer_was_written_all_the_same() {
    let sandbox = Running::start(&faults("lost=1"));
    assert!(sandbox.try_assign("id:10001", "105").is_none());
    assert_eq!(
        sandbox.recorded("10001"),
        ("elena.garcia@example.com".to_owned(), 1)
    );
    assert_eq!(
        sandbox.get("/v1/contact/id:10001").json()["assignee"]["id"],
        105
    );
}

#[test]
fn a_stalled_request_never_gets_an_answer_until_the_server_ends() {
    let mut sandbox = Running::start(&faults("stall=1"));
    let mut write = sandbox.open(&request(
        "POST",
        &assignee_path("id:10001"),
        Some("{\"assignee\":105}"),
    ));
    let mut read = sandbox.open(&request("GET", "/v1/contact/id:10001", None));
    for _ in 0..20 {
        // By the end, a request that does not stall has its answer.
        assert_eq!(
            sandbox.get("/v1/space/user").status,
            200,
            "others are served meanwhile"
        );
    }
    for stalled in [&mut write, &mut read] {
        stalled.set_nonblocking(true).expect("a socket");
        let error = stalled.read(&mut [0]).expect_err("nothing to read yet");
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        stalled.set_nonblocking(false).expect("a socket");
    }
    assert_eq!(sandbox.writes(), 0);
    sandbox.stop();
    for stalled in [&mut write, &mut read] {
        assert_eq!(stalled.read(&mut [0]).expect("the end"), 0);
    }
}

#[test]
fn what_would_be_refused_anyway_is_not_struck() {
    let sandbox = Running::start(&faults("drop=1"));
    assert_eq!(sandbox.assign("id:1", "105").status, 404);
    assert_eq!(sandbox.assign("id:10001", "999").status, 400);
    assert_eq!(sandbox.assign("nonsense", "105").status, 400);
}

#[test]
fn the_same_seed_strikes_the_same_requests() {
    let strikes = |seed| {
        let options = Options {
            seed,
            ..faults("449=0.3,500=0.2,drop=0.1,lost=0.1")
        };
        let sandbox = Running::start(&options);
        let contacts = 10_001..10_041;
        let statuses: Vec<Option<u16>> = contacts
            .flat_map(|contact| {
                let identifier = format!("id:{contact}");
                [1, 2].map(|_| {
                    sandbox
                        .try_assign(&identifier, "105")
                        .map(|answer| answer.status)
                })
            })
            .collect();
        (statuses, sandbox.writes())
    };
    let (statuses, writes) = strikes(7);
    assert_eq!(strikes(7), (statuses.clone(), writes));
    assert_ne!(strikes(8), (statuses.clone(), writes));
    for seen in [Some(200), Some(449), Some(500), None] {
        assert!(statuses.contains(&seen), "{seen:?} never came");
    }
    let answered = statuses
        .iter()
        .filter(|status| **status == Some(200))
        .count();
    let unanswered = statuses.iter().filter(|status| status.is_none()).count();
    assert!((answered..=answered + unanswered).contains(&(writes as usize)));
}

#[test]
fn the_way_a_contact_is_addressed_does_not_change_the_draw() {
    let statuses = |identifier: &str| {
        let sandbox = Running::start(&faults("449=0.5"));
        (0..12)
            .map(|_| sandbox.assign(identifier, "105").status)
            .collect::<Vec<u16>>()
    };
    assert_eq!(
        statuses("id:10001"),
        statuses("email:lucia.nunez@example.com")
    );
}
