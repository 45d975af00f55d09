//! Commits are atomic and apply at most once.

use super::bench::Bench;
use super::fixtures::{
    apply, begin, begin_owned, delivery, end, entries, keyed, ledger_of, line, order, replica,
    scope, step, step_in,
};
use crate::domain::{
    Commit, CommitId, Guard, Message, Order, OrderState, Outcome, Saga, SagaId, SagaPayload,
    Successor,
};
use crate::store::Error;
use crate::store::journal::{Journal, Leases, Outbox};

super::on_both! {
    what_a_commit_writes_is_read_back,
    a_stale_version_is_refused,
    another_epoch_is_fenced,
    a_commit_to_a_missing_saga_is_fenced,
    a_commit_sent_again_applies_once,
    a_commit_sent_again_is_recognized_after_later_commits,
    a_first_commit_sent_again_applies_once,
    an_order_that_changed_makes_the_whole_commit_stale,
    stepping_in_keeps_the_lease_and_the_epoch,
    a_commit_without_an_owner_ends_the_lease,
    an_ended_saga_is_never_due,
    a_successor_saga_starts_with_the_commit_that_ends_its_predecessor,
    a_rejected_commit_is_an_error_and_writes_nothing,
    nul_characters_in_text_are_replaced,
}

async fn loaded(bench: &Bench, commit: &Commit) -> (Saga, Order) {
    let loaded = bench.store.load(commit.saga.saga_id).await;
    loaded.expect("it loads").expect("it is there")
}

async fn outcome(bench: &Bench, commit: &Commit) -> Outcome {
    let outcome = bench.store.commit(commit.clone()).await;
    outcome.expect("it is answered")
}

async fn what_a_commit_writes_is_read_back(bench: &Bench) {
    let store = &bench.store;
    let first = keyed(begin_owned(store, "r1"), "k", 1, store.now());
    apply(store, &first).await;
    let (saga, read) = loaded(bench, &first).await;
    assert_eq!(saga, first.saga);
    assert_eq!(read, first.order.clone().expect("it has an order").order);
    let key = store.key(&scope("k")).await.expect("it reads");
    assert_eq!(key, first.key);

    let mut second = step(&first);
    let write = second.order.as_mut().expect("it has an order");
    write.order.state = OrderState::Confirmed;
    second.ledger = entries(&write.order);
    let sale = Message::ticket_sale(write.order.order_id, 1, store.now());
    second.outbox = vec![delivery(&write.order, sale, store.now())];
    second.saga.payload = SagaPayload::default();
    apply(store, &second).await;
    let (saga, read) = loaded(bench, &second).await;
    assert_eq!(saga, second.saga);
    assert_eq!(read, second.order.clone().expect("it has an order").order);
    assert_eq!(ledger_of(store, read.order_id).await, second.ledger);
    let due = store
        .claim_deliveries(&replica("r1"), crate::domain::DeliveryKind::Usage, 10)
        .await
        .expect("it claims");
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].delivery, second.outbox[0]);
    assert_eq!(due[0].order, read);
    let history = store.history(saga.saga_id).await.expect("it reads");
    assert_eq!(history, [first.history, second.history].concat());
}

async fn a_stale_version_is_refused(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let (mine, theirs) = (step(&first), step_in(&first));
    apply(&bench.store, &theirs).await;
    assert_eq!(outcome(bench, &mine).await, Outcome::Stale);
    assert_eq!(loaded(bench, &first).await.0.version, 2);
    let history = bench
        .store
        .history(first.saga.saga_id)
        .await
        .expect("it reads");
    assert_eq!(history.len(), 2);
}

async fn another_epoch_is_fenced(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    bench
        .execute("UPDATE saga_instances SET epoch = 2", Vec::new())
        .await;
    assert_eq!(outcome(bench, &step(&first)).await, Outcome::Fenced);
    assert_eq!(loaded(bench, &first).await.1.version, 1);
}

async fn a_commit_to_a_missing_saga_is_fenced(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    assert_eq!(outcome(bench, &step(&first)).await, Outcome::Fenced);
    assert_eq!(outcome(bench, &step_in(&first)).await, Outcome::Fenced);
}

async fn a_commit_sent_again_applies_once(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let mut second = step(&first);
    second.ledger = entries(&second.order.as_ref().expect("it has an order").order);
    apply(&bench.store, &second).await;
    apply(&bench.store, &second).await;
    let (saga, order) = loaded(bench, &first).await;
    assert_eq!((saga.version, order.version), (2, 2));
    assert_eq!(ledger_of(&bench.store, order.order_id).await.len(), 2);
}

async fn a_commit_sent_again_is_recognized_after_later_commits(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let second = step(&first);
    apply(&bench.store, &second).await;
    apply(&bench.store, &step_in(&second)).await;
    apply(&bench.store, &second).await;
    apply(&bench.store, &first).await;
    assert_eq!(loaded(bench, &first).await.0.version, 3);
}

async fn a_first_commit_sent_again_applies_once(bench: &Bench) {
    let first = keyed(begin_owned(&bench.store, "r1"), "k", 1, bench.store.now());
    apply(&bench.store, &first).await;
    apply(&bench.store, &first).await;
    let history = bench.store.history(first.saga.saga_id).await;
    assert_eq!(history.expect("it reads").len(), 1);
    let mut impostor = first.clone();
    impostor.commit_id = CommitId::generate();
    impostor.key = None;
    assert_eq!(outcome(bench, &impostor).await, Outcome::Fenced);
}

async fn an_order_that_changed_makes_the_whole_commit_stale(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let mut second = keyed(step(&first), "k", 1, bench.store.now());
    second.order.as_mut().expect("it has an order").seen = Some(9);
    assert_eq!(outcome(bench, &second).await, Outcome::Stale);
    assert_eq!(loaded(bench, &first).await.0.version, 1);
    assert_eq!(bench.store.key(&scope("k")).await.expect("it reads"), None);

    // The same holds for a commit that starts another saga of the order.
    let mut other = begin(order(bench.store.now()));
    other.saga.order_id = first.saga.order_id;
    other.order.clone_from(&second.order);
    assert_eq!(outcome(bench, &other).await, Outcome::Stale);
    assert!(
        bench
            .store
            .load(other.saga.saga_id)
            .await
            .expect("it reads")
            .is_none()
    );
}

async fn stepping_in_keeps_the_lease_and_the_epoch(bench: &Bench) {
    let mut first = begin_owned(&bench.store, "r1");
    first.saga.due_time = Some(bench.store.now().plus(std::time::Duration::from_secs(900)));
    apply(&bench.store, &first).await;
    let asked = bench.store.now();
    let mut cancel = step_in(&first);
    cancel.saga.owner = None;
    apply(&bench.store, &cancel).await;
    let (saga, _) = loaded(bench, &first).await;
    assert_eq!(
        (saga.owner, saga.epoch, saga.version),
        (Some(replica("r1")), 1, 2)
    );
    let due = saga.due_time.expect("it is due");
    assert!(
        due.since(asked) < std::time::Duration::from_secs(60),
        "{due:?} after {asked:?}"
    );
}

async fn a_commit_without_an_owner_ends_the_lease(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let plans = super::fixtures::PLANS;
    let none = bench.store.claim(&replica("r2"), plans, 10).await;
    assert_eq!(none.expect("it claims").len(), 0);
    let mut second = step(&first);
    second.saga.owner = None;
    apply(&bench.store, &second).await;
    let one = bench.store.claim(&replica("r2"), plans, 10).await;
    assert_eq!(one.expect("it claims").len(), 1);
}

async fn an_ended_saga_is_never_due(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    apply(&bench.store, &end(&first)).await;
    let none = bench
        .store
        .claim(&replica("r2"), super::fixtures::PLANS, 10)
        .await;
    assert_eq!(none.expect("it claims").len(), 0);
    assert!(loaded(bench, &first).await.0.state.has_ended());
}

async fn a_rejected_commit_is_an_error_and_writes_nothing(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let mut invalid = begin_owned(&bench.store, "r1");
    let write = invalid.order.as_mut().expect("it has an order");
    write.order.order_id = first.saga.order_id;
    let refused = bench.store.commit(invalid.clone()).await;
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
    assert!(
        bench
            .store
            .load(invalid.saga.saga_id)
            .await
            .expect("it reads")
            .is_none()
    );
}

async fn nul_characters_in_text_are_replaced(bench: &Bench) {
    let mut first = begin_owned(&bench.store, "r1");
    first.history[0].detail = "a\0b".into();
    first.saga.payload = "a\0b".to_owned().into();
    apply(&bench.store, &first).await;
    assert_eq!(loaded(bench, &first).await.0.payload.as_str(), "a\0b");
    let history = bench
        .store
        .history(first.saga.saga_id)
        .await
        .expect("it reads");
    assert_eq!(history[0].detail, "a\u{fffd}b");
}

async fn a_successor_saga_starts_with_the_commit_that_ends_its_predecessor(bench: &Bench) {
    let store = &bench.store;
    let first = begin_owned(store, "r1");
    apply(store, &first).await;
    let mut last = end(&first);
    let saga = Saga {
        saga_id: SagaId::generate(),
        kind: "cancel_order".into(),
        owner: None,
        due_time: Some(store.now()),
        ..first.saga.clone()
    };
    let successor = Successor {
        saga: saga.clone(),
        line: line("saga_started"),
    };
    last.successor = Some(Box::new(successor));
    let stale = Commit {
        commit_id: CommitId::generate(),
        guard: Guard::Owned {
            epoch: 1,
            version: 7,
        },
        ..last.clone()
    };
    assert_eq!(outcome(bench, &stale).await, Outcome::Stale);
    let none = store.load(saga.saga_id).await.expect("it reads");
    assert!(none.is_none(), "a rejected commit starts no successor");
    for _ in 0..2 {
        assert_eq!(outcome(bench, &last).await, Outcome::Applied);
    }
    let (begun, _) = store
        .load(saga.saga_id)
        .await
        .expect("it reads")
        .expect("it is there");
    assert_eq!(begun, saga);
    let lines = store.history(saga.saga_id).await.expect("it reads");
    assert_eq!(lines, [line("saga_started")]);
    let claimed = store.claim(&replica("r2"), &[("cancel_order", 1)], 9).await;
    assert_eq!(claimed.expect("it claims").len(), 1);
}
