//! Idempotency keys: a key has one effect.

use std::time::Duration;

use super::bench::Bench;
use super::fixtures::{apply, begin_owned, end, keyed, scope, step_in};
use crate::domain::Outcome;
use crate::store::journal::Journal;

super::on_both! {
    a_taken_key_is_answered_with_its_row_and_nothing_is_written,
    exactly_one_of_32_commits_with_one_key_applies,
    an_expired_key_counts_as_absent_after_its_saga_ended,
    a_first_commit_sent_again_after_its_key_expired_takes_no_key,
    a_key_of_a_running_saga_is_never_deleted,
    a_step_in_commit_can_take_a_key,
    one_key_in_two_organizations_is_two_keys,
}

const DAY: Duration = Duration::from_secs(86_400);

async fn a_taken_key_is_answered_with_its_row_and_nothing_is_written(bench: &Bench) {
    let store = &bench.store;
    let first = keyed(begin_owned(store, "r1"), "k", 1, store.now().plus(DAY));
    apply(store, &first).await;
    let row = first.key.clone().expect("it has a key");
    for fingerprint in [1, 2] {
        let other = keyed(
            begin_owned(store, "r1"),
            "k",
            fingerprint,
            store.now().plus(DAY),
        );
        let outcome = store.commit(other.clone()).await.expect("it is answered");
        assert_eq!(outcome, Outcome::KeyTaken(Box::new(row.clone())));
        assert!(
            store
                .load(other.saga.saga_id)
                .await
                .expect("it reads")
                .is_none()
        );
        assert!(
            store
                .order(other.saga.order_id)
                .await
                .expect("it reads")
                .is_none()
        );
    }
}

async fn exactly_one_of_32_commits_with_one_key_applies(bench: &Bench) {
    let replicas = [bench.store.clone(), bench.another(DAY).await];
    let commits = (0..32).map(|n| {
        let store = replicas[n % 2].clone();
        let commit = keyed(begin_owned(&store, "r1"), "k", 1, store.now().plus(DAY));
        tokio::spawn(async move { store.commit(commit).await })
    });
    let mut applied = 0;
    for commit in commits.collect::<Vec<_>>() {
        match commit.await.expect("it runs").expect("it is answered") {
            Outcome::Applied => applied += 1,
            Outcome::KeyTaken(_) => {}
            other @ (Outcome::Stale | Outcome::Fenced) => panic!("{other:?}"),
        }
    }
    assert_eq!(applied, 1);
}

async fn an_expired_key_counts_as_absent_after_its_saga_ended(bench: &Bench) {
    let store = &bench.store;
    let first = keyed(begin_owned(store, "r1"), "k", 1, store.now());
    apply(store, &first).await;
    assert!(store.key(&scope("k")).await.expect("it reads").is_some());
    let second = keyed(begin_owned(store, "r1"), "k", 2, store.now().plus(DAY));
    let taken = store.commit(second.clone()).await.expect("it is answered");
    assert!(matches!(taken, Outcome::KeyTaken(_)), "{taken:?}");

    apply(store, &end(&first)).await;
    assert!(store.key(&scope("k")).await.expect("it reads").is_none());
    apply(store, &second).await;
    let found = store.key(&scope("k")).await.expect("it reads");
    assert_eq!(found, second.key);
}

async fn a_first_commit_sent_again_after_its_key_expired_takes_no_key(bench: &Bench) {
    let store = &bench.store;
    let first = keyed(begin_owned(store, "r1"), "k", 1, store.now());
    apply(store, &first).await;
    apply(store, &end(&first)).await;
    assert_eq!(store.expire_keys(10).await.expect("it deletes"), 1);
    apply(store, &first).await;
    let deleted = store.expire_keys(10).await.expect("it deletes");
    assert_eq!(deleted, 0, "no row was written for the key");
}

async fn a_key_of_a_running_saga_is_never_deleted(bench: &Bench) {
    let store = &bench.store;
    let first = keyed(begin_owned(store, "r1"), "k1", 1, store.now());
    let second = keyed(begin_owned(store, "r1"), "k2", 1, store.now());
    let third = keyed(begin_owned(store, "r1"), "k3", 1, store.now().plus(DAY));
    for commit in [&first, &second, &third] {
        apply(store, commit).await;
    }
    assert_eq!(store.expire_keys(10).await.expect("it deletes"), 0);
    for commit in [&first, &second, &third] {
        apply(store, &end(commit)).await;
    }
    assert_eq!(store.expire_keys(1).await.expect("it deletes"), 1);
    assert_eq!(store.expire_keys(10).await.expect("it deletes"), 1);
    assert!(store.key(&scope("k3")).await.expect("it reads").is_some());
}

async fn a_step_in_commit_can_take_a_key(bench: &Bench) {
    let store = &bench.store;
    let first = begin_owned(store, "r1");
    apply(store, &first).await;
    let late = keyed(step_in(&first), "late", 1, store.now().plus(DAY));
    let cancel = keyed(step_in(&first), "k", 1, store.now().plus(DAY));
    apply(store, &cancel).await;
    apply(store, &cancel).await;
    let again = keyed(step_in(&cancel), "k", 1, store.now().plus(DAY));
    let taken = store.commit(again).await.expect("it is answered");
    assert!(matches!(taken, Outcome::KeyTaken(_)), "{taken:?}");
    assert_eq!(
        store.commit(late).await.expect("it is answered"),
        Outcome::Stale
    );
    assert!(store.key(&scope("late")).await.expect("it reads").is_none());
}

async fn one_key_in_two_organizations_is_two_keys(bench: &Bench) {
    let store = &bench.store;
    apply(
        store,
        &keyed(begin_owned(store, "r1"), "k", 1, store.now().plus(DAY)),
    )
    .await;
    let mut other = keyed(begin_owned(store, "r1"), "k", 1, store.now().plus(DAY));
    other.key.as_mut().expect("it has a key").scope.organization = "globex".into();
    apply(store, &other).await;
}
