//! Deliveries are sent in order per order and kind, by one replica at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::bench::Bench;
use super::wishes::{apply, at, begin, delivery, order, replica};
use crate::domain::{Commit, DeliveryId, DeliveryKind, DueDelivery, Message, Order};
use crate::store::Store;
use crate::store::journal::Journal;

super::on_both! {
    a_usage_waits_behind_an_earlier_one_even_when_that_is_dead,
    a_notification_is_not_blocked_by_a_dead_one,
    a_leased_delivery_is_not_sent_by_another,
    a_failed_delivery_is_tried_again_when_it_is_due,
    two_senders_never_share_a_delivery,
    what_was_delivered_stays_delivered,
    a_delivery_that_cannot_be_read_is_dead_and_the_rest_go_on,
}

fn sale(order: &Order) -> Message {
    Message::ticket_sale(order.order_id, 1, order.create_time)
}

fn letter(order: &Order) -> Message {
    Message::notification(order.saga_id, "booking_confirmed", BTreeMap::new())
}

/// An order with these messages, made one microsecond after the other.
async fn told(store: &Store, messages: &[fn(&Order) -> Message]) -> Commit {
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
    let due = store.claim_deliveries(&replica(owner), 10).await;
    due.expect("it claims")
}

fn ids(due: &[DueDelivery]) -> Vec<DeliveryId> {
    due.iter().map(|due| due.delivery.delivery_id).collect()
}

async fn fail(store: &Store, id: DeliveryId, retry_after: Option<Duration>) {
    let failed = store.delivery_failed(id, "no", retry_after).await;
    failed.expect("it is noted");
}

async fn a_usage_waits_behind_an_earlier_one_even_when_that_is_dead(bench: &Bench) {
    let commit = told(&bench.store, &[sale, sale, letter]).await;
    let [first, second, letter] = &commit.outbox[..] else {
        panic!("three were made");
    };
    let now = due(&bench.store, "r1").await;
    assert_eq!(ids(&now), [first.delivery_id, letter.delivery_id]);
    bench
        .store
        .delivered(&[letter.delivery_id])
        .await
        .expect("it is noted");
    fail(&bench.store, first.delivery_id, None).await;
    assert_eq!(ids(&due(&bench.store, "r1").await), []);

    // Only once the dead one is delivered after all.
    let revive = "UPDATE outbox SET state = 'DELIVERED' WHERE delivery_id = $1";
    bench
        .meddle(revive, vec![first.delivery_id.uuid().into()])
        .await;
    assert_eq!(ids(&due(&bench.store, "r1").await), [second.delivery_id]);
}

async fn a_notification_is_not_blocked_by_a_dead_one(bench: &Bench) {
    let commit = told(&bench.store, &[letter, letter]).await;
    let [first, second] = &commit.outbox[..] else {
        panic!("two were made");
    };
    assert_eq!(ids(&due(&bench.store, "r1").await), [first.delivery_id]);
    fail(&bench.store, first.delivery_id, None).await;
    assert_eq!(ids(&due(&bench.store, "r1").await), [second.delivery_id]);
}

async fn a_leased_delivery_is_not_sent_by_another(bench: &Bench) {
    told(&bench.store, &[sale]).await;
    assert_eq!(due(&bench.store, "r1").await.len(), 1);
    assert_eq!(due(&bench.store, "r2").await.len(), 0);
    let given_up = bench.store.give_up(&replica("r1")).await;
    assert_eq!(given_up.expect("it gives up"), 1);
    assert_eq!(due(&bench.store, "r2").await.len(), 1);
}

async fn a_failed_delivery_is_tried_again_when_it_is_due(bench: &Bench) {
    told(&bench.store, &[sale]).await;
    let first = due(&bench.store, "r1").await;
    fail(&bench.store, ids(&first)[0], Some(Duration::from_secs(900))).await;
    assert_eq!(due(&bench.store, "r1").await.len(), 0);
    bench
        .meddle("UPDATE outbox SET due_us = 1", Vec::new())
        .await;
    let again = due(&bench.store, "r1").await;
    assert_eq!(ids(&again), ids(&first));
    assert_eq!(again[0].delivery.attempts, 1);
    assert_eq!(again[0].delivery.last_error.as_deref(), Some("no"));
    assert_eq!(again[0].delivery.message.kind(), DeliveryKind::Usage);
}

async fn two_senders_never_share_a_delivery(bench: &Bench) {
    for _ in 0..30 {
        told(&bench.store, &[sale]).await;
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

async fn what_was_delivered_stays_delivered(bench: &Bench) {
    told(&bench.store, &[sale]).await;
    let sent = ids(&due(&bench.store, "r1").await);
    bench.store.delivered(&sent).await.expect("it is noted");
    fail(&bench.store, sent[0], Some(Duration::ZERO)).await;
    assert_eq!(due(&bench.store, "r1").await.len(), 0);
}

async fn a_delivery_that_cannot_be_read_is_dead_and_the_rest_go_on(bench: &Bench) {
    let bad = told(&bench.store, &[sale]).await;
    let good = told(&bench.store, &[sale]).await;
    let break_it = "UPDATE outbox SET body = '{}' WHERE delivery_id = $1";
    bench
        .meddle(break_it, vec![bad.outbox[0].delivery_id.uuid().into()])
        .await;
    assert_eq!(
        ids(&due(&bench.store, "r1").await),
        [good.outbox[0].delivery_id]
    );
    bench
        .meddle(
            "UPDATE outbox SET owner = NULL, lease_until_us = NULL",
            Vec::new(),
        )
        .await;
    assert_eq!(
        ids(&due(&bench.store, "r1").await),
        [good.outbox[0].delivery_id]
    );
}
