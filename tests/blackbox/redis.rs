//! Redis loses its data, is killed or was never there: the database alone keeps the keys' guarantees.

use std::collections::BTreeSet;

use futures::future::join_all;
use order_tests::booking::key;
use order_tests::promises;
use order_tests::redis::Redis;
use order_tests::sandbox::HOLD_SEATS;
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack};

async fn stack_with(redis: &Redis) -> Stack {
    Setup::on(Backend::Production)
        .with("REDIS_ADDR", redis.address())
        .start()
        .await
}

#[tokio::test]
async fn one_key_is_one_order_when_redis_is_killed_during_the_booking() {
    let mut redis = Redis::start().await;
    let stack = stack_with(&redis).await;
    let (key, body) = (key(), Booking::new().with_token("tok_slow_1500").json());
    let send = |count: usize| {
        let sent = (0..count).map(|_| {
            let (api, key, body) = (stack.api(), key.clone(), body.clone());
            tokio::spawn(async move { api.create(&key, &body).await })
        });
        sent.collect::<Vec<_>>()
    };
    let mut replies = send(5);
    until("the first request to hold seats", SOON, async || {
        let journal = stack.sandbox.journal("").await;
        journal
            .iter()
            .any(|entry| entry.method == HOLD_SEATS.name)
            .then_some(())
    })
    .await;
    redis.kill();
    replies.extend(send(5));
    let mut found = BTreeSet::new();
    for reply in join_all(replies).await {
        let reply = reply.expect("a request ends");
        assert!([200, 409].contains(&reply.status), "{reply:?}");
        if reply.status == 200 {
            found.insert(reply.json()["orderId"].as_str().expect("an id").to_owned());
        }
    }
    assert_eq!(found.len(), 1, "{found:?}");
    let order_id = found.first().expect("one value").clone();
    promises::hold(&stack, &order_id).await;
    assert_eq!(stack.sandbox.totals("").await.orders.len(), 1);

    redis.restart().await;
    let again = stack.api().create(&key, &body).await;
    assert_eq!(again.ok()["orderId"], order_id.as_str());
    assert_eq!(
        again.header("idempotent-replayed"),
        Some("true"),
        "{again:?}"
    );
}

#[tokio::test]
async fn an_emptied_redis_changes_no_answer() {
    let mut redis = Redis::start().await;
    let stack = stack_with(&redis).await;
    let (key, booking) = (key(), Booking::new());
    let first = stack.api().create(&key, &booking.json()).await;
    assert_eq!(first.ok()["state"], "ORDER_STATE_CONFIRMED");
    redis.kill();
    redis.restart().await;
    let second = stack.api().create(&key, &booking.json()).await;
    assert_eq!(second.ok(), first.json());
    assert_eq!(
        second.header("idempotent-replayed"),
        Some("true"),
        "{second:?}"
    );
    let reused = stack.api().create(&key, &booking.again().json()).await;
    assert_eq!(reused.status, 422, "{reused:?}");
}

#[tokio::test]
async fn without_redis_the_service_warns_once_and_keys_still_work() {
    let redis = Redis::stopped();
    let stack = stack_with(&redis).await;
    let (key, booking) = (key(), Booking::new());
    let first = stack.api().create(&key, &booking.json()).await;
    assert_eq!(first.ok()["state"], "ORDER_STATE_CONFIRMED");
    let second = stack.api().create(&key, &booking.json()).await;
    assert_eq!(second.ok(), first.json());
    let reused = stack.api().create(&key, &booking.again().json()).await;
    assert_eq!(reused.status, 422, "{reused:?}");
    let (_, log) = stack
        .logs()
        .into_iter()
        .find(|(name, _)| name.contains("service-0"))
        .expect("a log");
    let warnings = log
        .lines()
        .filter(|line| line.contains("WARN") && line.to_lowercase().contains("redis"));
    assert_eq!(warnings.count(), 1, "{log}");
}

#[tokio::test]
async fn the_service_reconnects_to_redis() {
    let mut redis = Redis::stopped();
    let stack = stack_with(&redis).await;
    assert_eq!(
        stack
            .api()
            .create(&key(), &Booking::new().json())
            .await
            .status,
        200
    );
    redis.restart().await;
    let (key, booking) = (key(), Booking::new());
    let first = stack.api().create(&key, &booking.json()).await;
    let second = stack.api().create(&key, &booking.json()).await;
    assert_eq!(second.ok(), first.ok());
    assert!(stack.api().answers("/readyz", 200).await);
}
