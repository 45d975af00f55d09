//! Deletion of expired keys and old webhook ids.

use std::time::Duration;

use super::bench::Bench;
use super::fixtures::{apply, begin_owned, end, keyed};
use crate::domain::{Webhook, WebhookVerdict};
use crate::store::journal::Journal as _;

super::on_both! {
    concurrent_replicas_delete_each_expired_key_once,
    only_old_webhook_ids_are_deleted,
}

const DAY: Duration = Duration::from_secs(86_400);

async fn concurrent_replicas_delete_each_expired_key_once(bench: &Bench) {
    let store = &bench.store;
    for n in 0..20 {
        let first = keyed(begin_owned(store, "r1"), &format!("k{n}"), 1, store.now());
        apply(store, &first).await;
        apply(store, &end(&first)).await;
    }
    let other = bench.another(DAY).await;
    let replicas = (0..4).map(|n| {
        let store = if n % 2 == 0 { store } else { &other }.clone();
        tokio::spawn(async move {
            let mut deleted = 0;
            for _ in 0..10 {
                deleted += store.expire_keys(3).await.expect("it deletes");
            }
            deleted
        })
    });
    let mut deleted = 0;
    for replica in replicas.collect::<Vec<_>>() {
        deleted += replica.await.expect("it runs");
    }
    assert_eq!(deleted, 20, "each row once");
}

async fn only_old_webhook_ids_are_deleted(bench: &Bench) {
    let store = &bench.store;
    for webhook_id in ["old-1", "old-2", "fresh"] {
        let webhook = Webhook {
            webhook_id: webhook_id.to_owned(),
            event: "payment.captured".to_owned(),
            order_id: None,
            content: None,
        };
        let recorded = store.record_webhook(&webhook, WebhookVerdict::Noted).await;
        recorded.expect("it is recorded");
    }
    let age = "UPDATE webhooks SET receive_us = receive_us - $1 WHERE webhook_id <> 'fresh'";
    let two_days = i64::try_from(2 * DAY.as_micros()).expect("it fits");
    bench.execute(age, vec![two_days.into()]).await;
    for deleted in [1, 1, 0] {
        let answer = store.expire_webhooks(DAY, 1).await;
        assert_eq!(answer.expect("it deletes"), deleted);
    }
    let known = store.webhook("fresh").await.expect("it reads");
    assert_eq!(known, Some(WebhookVerdict::Noted));
}
