//! Claims, lease renewals and releases.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::bench::Bench;
use super::fixtures::{PLANS, apply, begin, begin_owned, order, replica, step, step_in};
use crate::domain::{Claimed, Commit, Guard, Outcome, SagaState, Timestamp};
use crate::store::Store;
use crate::store::journal::{Journal, Leases};

super::on_both! {
    an_owner_without_a_lease_is_at_rest,
    a_saga_is_claimed_only_after_its_lease_ended,
    a_claim_fences_the_previous_owner,
    a_saga_is_ended_at_rest_only_while_no_replica_holds_its_lease,
    a_saga_is_claimed_only_when_it_is_due,
    only_known_plans_are_claimed,
    concurrent_replicas_never_claim_the_same_saga,
    a_renewed_lease_is_kept_and_a_lost_one_is_not_renewed,
    released_leases_can_be_claimed_at_once,
    a_saga_with_an_undecodable_row_is_parked_and_others_are_claimed,
    the_clock_follows_the_database,
}

const SHORT: Duration = Duration::from_millis(1_200);
const LONG: Duration = Duration::from_secs(60);

async fn claimed(store: &Store, owner: &str, limit: usize) -> Vec<Claimed> {
    let claimed = store.claim(&replica(owner), PLANS, limit).await;
    claimed.expect("it claims")
}

/// Claims until something is claimed, for at most 10 s.
async fn claimed_in_time(store: &Store, owner: &str) -> Vec<Claimed> {
    let start = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    loop {
        pace.tick().await;
        let claimed = claimed(store, owner, 10).await;
        if !claimed.is_empty() {
            return claimed;
        }
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "nothing was claimed"
        );
    }
}

async fn a_saga_is_claimed_only_after_its_lease_ended(bench: &Bench) {
    let short_lease = bench.another(SHORT).await;
    let first = begin_owned(&short_lease, "r1");
    let start = Instant::now();
    apply(&short_lease, &first).await;
    let claimed = claimed_in_time(&bench.store, "r2").await;
    assert!(start.elapsed() >= SHORT);
    let [Claimed::Ready(saga, order)] = &claimed[..] else {
        panic!("{claimed:?}");
    };
    assert_eq!(saga.saga_id, first.saga.saga_id);
    assert_eq!((saga.epoch, saga.version), (2, 1));
    assert_eq!(saga.owner, Some(replica("r2")));
    assert_eq!(order.order_id, first.saga.order_id);
}

async fn a_claim_fences_the_previous_owner(bench: &Bench) {
    let first = begin(order(bench.store.now()));
    apply(&bench.store, &first).await;
    assert_eq!(claimed(&bench.store, "r2", 10).await.len(), 1);
    let late = bench
        .store
        .commit(step(&first))
        .await
        .expect("it is answered");
    assert_eq!(late, Outcome::Fenced);
    let mut mine = step(&first);
    mine.guard = crate::domain::Guard::Owned {
        epoch: 2,
        version: 1,
    };
    apply(&bench.store, &mine).await;
}

async fn a_saga_is_ended_at_rest_only_while_no_replica_holds_its_lease(bench: &Bench) {
    let store = &bench.store;
    let first = begin_owned(store, "r1");
    apply(store, &first).await;
    let resolve = |last: &Commit| {
        let mut commit = step_in(last);
        commit.guard = Guard::AtRest {
            version: last.saga.version,
        };
        commit.saga.state = SagaState::Completed;
        commit.saga.due_time = None;
        commit
    };
    let outcome = |commit: Commit| async move { store.commit(commit).await.expect("it answers") };
    assert_eq!(outcome(resolve(&first)).await, Outcome::Stale, "it runs");
    let mut stuck = step(&first);
    stuck.saga.state = SagaState::NeedsAttention;
    apply(store, &stuck).await;
    let leased = resolve(&stuck);
    assert!(stuck.saga.owner.is_some(), "the lease is kept");
    assert_eq!(outcome(leased).await, Outcome::Stale, "it is leased");
    let mut rests = step(&stuck);
    rests.saga.state = SagaState::NeedsAttention;
    rests.saga.owner = None;
    apply(store, &rests).await;
    let resolved = resolve(&rests);
    assert_eq!(outcome(resolved.clone()).await, Outcome::Applied);
    assert_eq!(outcome(resolved).await, Outcome::Applied, "sent again");
}

async fn a_saga_is_claimed_only_when_it_is_due(bench: &Bench) {
    let mut first = begin(order(bench.store.now()));
    first.saga.due_time = Some(bench.store.now().plus(SHORT));
    apply(&bench.store, &first).await;
    assert_eq!(claimed(&bench.store, "r1", 10).await.len(), 0);
    let start = Instant::now();
    assert_eq!(claimed_in_time(&bench.store, "r1").await.len(), 1);
    assert!(start.elapsed() > SHORT / 4);
}

async fn only_known_plans_are_claimed(bench: &Bench) {
    let mut newer = begin(order(bench.store.now()));
    newer.saga.definition_version = 2;
    apply(&bench.store, &newer).await;
    let mut other = begin(order(bench.store.now()));
    other.saga.kind = "another_kind".into();
    apply(&bench.store, &other).await;
    let known = begin(order(bench.store.now()));
    apply(&bench.store, &known).await;
    let ids = |claimed: Vec<Claimed>| {
        let ids = claimed.into_iter().map(|claimed| match claimed {
            Claimed::Ready(saga, _) => saga.saga_id,
            Claimed::Parked(saga_id, why) => panic!("{saga_id} is parked: {why}"),
        });
        ids.collect::<Vec<_>>()
    };
    let first = claimed(&bench.store, "r1", 10).await;
    assert_eq!(ids(first), [known.saga.saga_id]);
    let plans = [("cancel_order", 1), ("book_tickets", 2)];
    let rest = bench.store.claim(&replica("r1"), &plans, 10).await;
    assert_eq!(ids(rest.expect("it claims")), [newer.saga.saga_id]);
}

async fn concurrent_replicas_never_claim_the_same_saga(bench: &Bench) {
    for _ in 0..60 {
        apply(&bench.store, &begin(order(bench.store.now()))).await;
    }
    let other = bench.another(LONG).await;
    let claimers = (0..8).map(|n| {
        let store = if n % 2 == 0 {
            bench.store.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move {
            let mut mine = Vec::new();
            // A claim may find every due row locked and skip them all; skipped rows stay due.
            for _ in 0..20 {
                mine.extend(claimed(&store, &format!("r{n}"), 5).await);
            }
            mine
        })
    });
    let mut seen = HashSet::new();
    for claimer in claimers.collect::<Vec<_>>() {
        for claimed in claimer.await.expect("it runs") {
            let Claimed::Ready(saga, _) = claimed else {
                panic!("{claimed:?}");
            };
            assert!(
                seen.insert(saga.saga_id),
                "{} was claimed twice",
                saga.saga_id
            );
            assert_eq!(saga.epoch, 2);
        }
    }
    assert_eq!(seen.len(), 60);
}

async fn a_renewed_lease_is_kept_and_a_lost_one_is_not_renewed(bench: &Bench) {
    let short_lease = bench.another(SHORT).await;
    let (kept, lost) = (
        begin_owned(&short_lease, "r1"),
        begin_owned(&short_lease, "r1"),
    );
    apply(&short_lease, &kept).await;
    apply(&short_lease, &lost).await;
    // Renewed by a replica with a long lease, so that only the other lease expires.
    let mine = [(kept.saga.saga_id, 1), (lost.saga.saga_id, 7)];
    let renewed = bench.store.renew(&replica("r1"), &mine).await;
    assert_eq!(renewed.expect("it renews"), [kept.saga.saga_id]);
    let stolen = bench
        .store
        .renew(&replica("r2"), &[(kept.saga.saga_id, 1)])
        .await;
    assert_eq!(stolen.expect("it renews"), []);
    let claimed = claimed_in_time(&bench.store, "r2").await;
    let [Claimed::Ready(saga, _)] = &claimed[..] else {
        panic!("{claimed:?}");
    };
    assert_eq!(saga.saga_id, lost.saga.saga_id);
    let late = short_lease
        .renew(&replica("r1"), &[(lost.saga.saga_id, 1)])
        .await;
    assert_eq!(late.expect("it renews"), []);
}

async fn released_leases_can_be_claimed_at_once(bench: &Bench) {
    let (mine, theirs) = (
        begin_owned(&bench.store, "r1"),
        begin_owned(&bench.store, "r2"),
    );
    apply(&bench.store, &mine).await;
    apply(&bench.store, &theirs).await;
    let given_up = bench.store.give_up(&replica("r1")).await;
    assert_eq!(given_up.expect("it gives up"), 1);
    let claimed = claimed(&bench.store, "r3", 10).await;
    let [Claimed::Ready(saga, _)] = &claimed[..] else {
        panic!("{claimed:?}");
    };
    assert_eq!(saga.saga_id, mine.saga.saga_id);
}

async fn a_saga_with_an_undecodable_row_is_parked_and_others_are_claimed(bench: &Bench) {
    let good = begin(order(bench.store.now()));
    apply(&bench.store, &good).await;
    let unreadable = [
        // The reason does not quote the row.
        (r#"{"way":"SIDEWAYS"}"#, "SIDEWAYS", false),
        (
            r#"{"way":"FORWARD","cursor":0,"steps":[]}"#,
            "it has no step 0",
            true,
        ),
    ];
    let mut bad = Vec::new();
    for (body, text, is_named) in unreadable {
        let commit = begin(order(bench.store.now()));
        apply(&bench.store, &commit).await;
        let saga_id = commit.saga.saga_id;
        let corrupt = "UPDATE saga_instances SET body = $2 WHERE saga_id = $1";
        let values = vec![saga_id.uuid().into(), body.into()];
        bench.execute(corrupt, values).await;
        bad.push((saga_id, text, is_named));
    }

    let claimed = claimed(&bench.store, "r1", 10).await;
    assert_eq!(claimed.len(), 3);
    for found in &claimed {
        match found {
            Claimed::Parked(id, why) => {
                let (_, text, is_named) =
                    bad.iter().find(|(bad, ..)| bad == id).expect("it is bad");
                assert_eq!(why.contains(text), *is_named, "{why}");
            }
            Claimed::Ready(saga, _) => assert_eq!(saga.saga_id, good.saga.saga_id),
        }
    }
    // After the row is repaired by hand, the saga is still parked.
    let repair =
        "UPDATE saga_instances SET body = (SELECT body FROM saga_instances WHERE saga_id = $1)";
    bench
        .execute(repair, vec![good.saga.saga_id.uuid().into()])
        .await;
    for (saga_id, ..) in bad {
        let history = bench.store.history(saga_id).await.expect("it reads");
        let last = history.last().map(|line| line.event.as_str());
        assert_eq!(last, Some("parked"));
        let found = bench.store.load(saga_id).await.expect("it loads");
        let (saga, _) = found.expect("it is there");
        assert_eq!(saga.state, SagaState::NeedsAttention);
        assert_eq!((saga.due_time, saga.owner, saga.version), (None, None, 2));
    }
}

async fn the_clock_follows_the_database(bench: &Bench) {
    let other = bench.another(LONG).await;
    let (mine, theirs) = (bench.store.now(), other.now());
    let apart = mine.since(theirs).max(theirs.since(mine));
    assert!(apart < Duration::from_millis(500), "{apart:?}");
    bench.store.ping().await.expect("it answers");
    assert!(bench.store.now() >= mine);
    assert!(mine > Timestamp::from_micros(1_600_000_000_000_000));
}

async fn an_owner_without_a_lease_is_at_rest(bench: &Bench) {
    use sea_orm::ConnectionTrait as _;
    let store = &bench.store;
    let first = begin_owned(store, "r1");
    apply(store, &first).await;
    let mut rests = step(&first);
    rests.saga.state = SagaState::NeedsAttention;
    rests.saga.owner = None;
    apply(store, &rests).await;
    let sql = "UPDATE saga_instances SET owner = 'r1', lease_until_us = NULL";
    store
        .pools
        .writes
        .execute_unprepared(sql)
        .await
        .expect("it executes");
    let mut commit = step_in(&rests);
    commit.guard = Guard::AtRest {
        version: rests.saga.version,
    };
    commit.saga.state = SagaState::Completed;
    commit.saga.due_time = None;
    let outcome = store.commit(commit).await;
    assert!(matches!(outcome, Ok(Outcome::Applied)), "{outcome:?}");
}
