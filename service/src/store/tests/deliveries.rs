//! Deliveries are claimed in order per order and kind, by one replica at a time (RULE 25).

use std::collections::BTreeMap;
use std::time::Duration;

use super::bench::Bench;
use super::fixtures::{apply, at, begin, delivery, order, replica};
use crate::domain::{Commit, DeliveryId, DeliveryKind, DueDelivery, Message, Order};
use crate::store::Store;
use crate::store::journal::{Journal, Leases, Outbox};

super::on_both! {
    a_usage_delivery_waits_for_earlier_ones_even_if_they_are_dead,
    a_notification_is_not_blocked_by_a_dead_one,
    a_leased_delivery_is_not_claimed_by_another_replica,
    a_failed_delivery_is_retried_when_it_is_due,
    concurrent_replicas_never_claim_the_same_delivery,
    a_delivered_delivery_stays_delivered,
    a_delivery_with_an_undecodable_row_becomes_dead_and_others_are_claimed,
}

fn sale(order: &Order) -> Message {
    Message::ticket_sale(order.order_id, 1, order.create_time)
}

fn notification(order: &Order) -> Message {
    Message::notification(order.saga_id, "booking_confirmed", BTreeMap::new())
}

/// Commits an order with these messages, created one microsecond apart.
async fn with_messages(store: &Store, messages: &[fn(&Order) -> Message]) -> Commit {
    let mut commit = begin(order(store.now().minus(Duration::from_secs(1))));
    let order = commit
        .order
        .as_ref()
        .expect("it has an order")
        .order
        .clone();
    for (message, n) in messages.iter().zip(1..) {
        let made = at(order.create_time.micros() + n);
        commit.outbox.push(delivery(&order, message(&order), made));
    }
    apply(store, &commit).await;
    commit
}

async fn due(store: &Store, owner: &str) -> Vec<DueDelivery> {
    let mut due = Vec::new();
    for kind in [DeliveryKind::Usage, DeliveryKind::Notification] {
        let claimed = store.claim_deliveries(&replica(owner), kind, 10).await;
        due.extend(claimed.expect("it claims"));
    }
    due.sort_by_key(|due| (due.delivery.create_time, due.delivery.delivery_id));
    due
}

fn ids(due: &[DueDelivery]) -> Vec<DeliveryId> {
    due.iter().map(|due| due.delivery.delivery_id).collect()
}

async fn fail(store: &Store, id: DeliveryId, retry_after: Option<Duration>) {
    let failed = store.delivery_failed(id, "no", retry_after).await;
    failed.expect("it is recorded");
}

async fn a_usage_delivery_waits_for_earlier_ones_even_if_they_are_dead(bench: &Bench) {
    let commit = with_messages(&bench.store, &[sale, sale, notification]).await;
    let [first, second, notification] = &commit.outbox[..] else {
        panic!("three deliveries are created");
    };
    let now = due(&bench.store, "r1").await;
    assert_eq!(ids(&now), [first.delivery_id, notification.delivery_id]);
    bench
        .store
        .delivered(&[notification.delivery_id])
        .await
        .expect("it is recorded");
    fail(&bench.store, first.delivery_id, None).await;
    assert_eq!(ids(&due(&bench.store, "r1").await), []);

    // The later one is due only after the dead one is delivered.
    let deliver = "UPDATE outbox SET state = 'DELIVERED' WHERE delivery_id = $1";
    bench
        .execute(deliver, vec![first.delivery_id.uuid().into()])
        .await;
    assert_eq!(ids(&due(&bench.store, "r1").await), [second.delivery_id]);
}

async fn a_notification_is_not_blocked_by_a_dead_one(bench: &Bench) {
    let commit = with_messages(&bench.store, &[notification, notification]).await;
    let [first, second] = &commit.outbox[..] else {
        panic!("two deliveries are created");
    };
    assert_eq!(ids(&due(&bench.store, "r1").await), [first.delivery_id]);
    fail(&bench.store, first.delivery_id, None).await;
    assert_eq!(ids(&due(&bench.store, "r1").await), [second.delivery_id]);
}

async fn a_leased_delivery_is_not_claimed_by_another_replica(bench: &Bench) {
    with_messages(&bench.store, &[sale]).await;
    assert_eq!(due(&bench.store, "r1").await.len(), 1);
    assert_eq!(due(&bench.store, "r2").await.len(), 0);
    let given_up = bench.store.give_up(&replica("r1")).await;
    assert_eq!(given_up.expect("it gives up"), 1);
    assert_eq!(due(&bench.store, "r2").await.len(), 1);
}

async fn a_failed_delivery_is_retried_when_it_is_due(bench: &Bench) {
    with_messages(&bench.store, &[sale]).await;
    let first = due(&bench.store, "r1").await;
    fail(&bench.store, ids(&first)[0], Some(Duration::from_secs(900))).await;
    assert_eq!(due(&bench.store, "r1").await.len(), 0);
    bench
        .execute("UPDATE outbox SET due_us = 1", Vec::new())
        .await;
    let again = due(&bench.store, "r1").await;
    assert_eq!(ids(&again), ids(&first));
    assert_eq!(again[0].delivery.attempts, 1);
    assert_eq!(again[0].delivery.last_error.as_deref(), Some("no"));
    assert_eq!(again[0].delivery.message.kind(), DeliveryKind::Usage);
}

async fn concurrent_replicas_never_claim_the_same_delivery(bench: &Bench) {
    for _ in 0..30 {
        with_messages(&bench.store, &[sale]).await;
    }
    let other = bench.another(Duration::from_secs(60)).await;
    let senders = (0..6).map(|n| {
        let store = if n % 2 == 0 {
            bench.store.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..6 {
                mine.extend(ids(&due(&store, &format!("r{n}")).await));
            }
            mine
        })
    });
    let mut all = Vec::new();
    for sender in senders.collect::<Vec<_>>() {
        all.extend(sender.await.expect("it runs"));
    }
    assert_eq!(all.len(), 30);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 30);
}

async fn a_delivered_delivery_stays_delivered(bench: &Bench) {
    with_messages(&bench.store, &[sale]).await;
    let sent = ids(&due(&bench.store, "r1").await);
    bench.store.delivered(&sent).await.expect("it is recorded");
    fail(&bench.store, sent[0], Some(Duration::ZERO)).await;
    assert_eq!(due(&bench.store, "r1").await.len(), 0);
}

async fn a_delivery_with_an_undecodable_row_becomes_dead_and_others_are_claimed(bench: &Bench) {
    let bad = with_messages(&bench.store, &[sale]).await;
    let good = with_messages(&bench.store, &[sale]).await;
    let corrupt = "UPDATE outbox SET body = '{}' WHERE delivery_id = $1";
    bench
        .execute(corrupt, vec![bad.outbox[0].delivery_id.uuid().into()])
        .await;
    assert_eq!(
        ids(&due(&bench.store, "r1").await),
        [good.outbox[0].delivery_id]
    );
    bench
        .execute(
            "UPDATE outbox SET owner = NULL, lease_until_us = NULL",
            Vec::new(),
        )
        .await;
    assert_eq!(
        ids(&due(&bench.store, "r1").await),
        [good.outbox[0].delivery_id]
    );
}
