//! What is old is swept, once, and nothing else.

use std::time::Duration;

use super::bench::Bench;
use super::wishes::{apply, begin_owned, end, keyed};
use crate::domain::{Webhook, WebhookVerdict};
use crate::store::journal::Journal as _;

super::on_both! {
    replicas_that_sweep_at_once_share_the_work,
    only_a_webhook_of_long_ago_is_forgotten,
}

const DAY: Duration = Duration::from_secs(86_400);

async fn replicas_that_sweep_at_once_share_the_work(bench: &Bench) {
    let store = &bench.store;
    for n in 0..20 {
        let first = keyed(begin_owned(store, "r1"), &format!("k{n}"), 1, store.now());
        apply(store, &first).await;
        apply(store, &end(&first)).await;
    }
    let other = bench.another(DAY).await;
    let sweepers = (0..4).map(|n| {
        let store = if n % 2 == 0 { store } else { &other }.clone();
        tokio::spawn(async move {
            let mut swept = 0;
            for _ in 0..10 {
                swept += store.expire(3).await.expect("it sweeps");
            }
            swept
        })
    });
    let mut swept = 0;
    for sweeper in sweepers.collect::<Vec<_>>() {
        swept += sweeper.await.expect("it runs");
    }
    assert_eq!(swept, 20, "each row once");
}

async fn only_a_webhook_of_long_ago_is_forgotten(bench: &Bench) {
    let store = &bench.store;
    for webhook_id in ["old-1", "old-2", "fresh"] {
        let webhook = Webhook {
            webhook_id: webhook_id.to_owned(),
            event: "payment.captured".to_owned(),
            order_id: None,
            told: None,
        };
        let recorded = store.record_webhook(&webhook, WebhookVerdict::Noted).await;
        recorded.expect("it is recorded");
    }
    let age = "UPDATE webhooks SET receive_us = receive_us - $1 WHERE webhook_id <> 'fresh'";
    let two_days = i64::try_from(2 * DAY.as_micros()).expect("it fits");
    bench.meddle(age, vec![two_days.into()]).await;
    for swept in [1, 1, 0] {
        let answer = store.expire_webhooks(DAY, 1).await;
        assert_eq!(answer.expect("it sweeps"), swept);
    }
    let known = store.webhook("fresh").await.expect("it reads");
    assert_eq!(known, Some(WebhookVerdict::Noted));
}
