//! Concurrent commits: batches, races, and invalid commits among valid ones.

use std::time::Duration;

use super::bench::Bench;
use super::fixtures::{apply, begin_owned, end, entries, ledger_of, step, step_in};
use crate::domain::Outcome;
use crate::store::Error;
use crate::store::journal::Journal;

super::on_both! {
    two_hundred_concurrent_commits_all_apply,
    an_invalid_commit_fails_alone_in_its_batch,
    exactly_one_of_many_concurrent_step_ins_applies,
    concurrent_replicas_do_not_fail_each_others_commits,
}

async fn two_hundred_concurrent_commits_all_apply(bench: &Bench) {
    let runs = (0..200).map(|_| {
        let store = bench.store.clone();
        tokio::spawn(async move {
            let first = begin_owned(&store, "r1");
            apply(&store, &first).await;
            let mut second = step(&first);
            second.ledger = entries(&second.order.as_ref().expect("it has an order").order);
            apply(&store, &second).await;
            apply(&store, &end(&second)).await;
            first.saga.saga_id
        })
    });
    for run in runs.collect::<Vec<_>>() {
        let saga_id = run.await.expect("it runs");
        let loaded = bench.store.load(saga_id).await.expect("it loads");
        let (saga, order) = loaded.expect("it is there");
        assert_eq!((saga.version, order.version), (3, 3));
        assert_eq!(
            bench.store.history(saga_id).await.expect("it reads").len(),
            3
        );
        assert_eq!(ledger_of(&bench.store, order.order_id).await.len(), 2);
    }
}

async fn an_invalid_commit_fails_alone_in_its_batch(bench: &Bench) {
    let taken = begin_owned(&bench.store, "r1");
    apply(&bench.store, &taken).await;
    let commits = (0..64).map(|n| {
        let mut commit = begin_owned(&bench.store, "r1");
        let is_invalid = n == 40;
        if is_invalid {
            let write = commit.order.as_mut().expect("it has an order");
            write.order.order_id = taken.saga.order_id;
        }
        let store = bench.store.clone();
        (
            is_invalid,
            tokio::spawn(async move { store.commit(commit).await }),
        )
    });
    for (is_invalid, commit) in commits.collect::<Vec<_>>() {
        let answer = commit.await.expect("it runs");
        if is_invalid {
            assert!(matches!(answer, Err(Error::Refused { .. })), "{answer:?}");
        } else {
            assert_eq!(answer.expect("it commits"), Outcome::Applied);
        }
    }
}

async fn exactly_one_of_many_concurrent_step_ins_applies(bench: &Bench) {
    let first = begin_owned(&bench.store, "r1");
    apply(&bench.store, &first).await;
    let other = bench.another(Duration::from_secs(60)).await;
    let commits = (0..20).map(|n| {
        let commit = step_in(&first);
        let store = if n % 2 == 0 {
            bench.store.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move { store.commit(commit).await })
    });
    let mut applied = 0;
    for commit in commits.collect::<Vec<_>>() {
        match commit.await.expect("it runs").expect("it is answered") {
            Outcome::Applied => applied += 1,
            Outcome::Stale => {}
            other @ (Outcome::Fenced | Outcome::KeyTaken(_)) => panic!("{other:?}"),
        }
    }
    assert_eq!(applied, 1);
}

/// Both replicas write the same 20 sagas in opposite orders: for each saga, exactly one of the two commits applies.
async fn concurrent_replicas_do_not_fail_each_others_commits(bench: &Bench) {
    let other = bench.another(Duration::from_secs(60)).await;
    let mut firsts = Vec::new();
    for _ in 0..20 {
        let first = begin_owned(&bench.store, "r1");
        apply(&bench.store, &first).await;
        firsts.push(first);
    }
    let mine = firsts
        .iter()
        .map(|first| (bench.store.clone(), step_in(first)));
    let theirs = firsts
        .iter()
        .rev()
        .map(|first| (other.clone(), step_in(first)));
    let runs = mine
        .chain(theirs)
        .map(|(store, commit)| tokio::spawn(async move { store.commit(commit).await }));
    let mut applied = 0;
    for run in runs.collect::<Vec<_>>() {
        let outcome = run.await.expect("it runs").expect("it is answered");
        assert!(
            matches!(outcome, Outcome::Applied | Outcome::Stale),
            "{outcome:?}"
        );
        applied += usize::from(outcome == Outcome::Applied);
    }
    assert_eq!(applied, 20);
}
