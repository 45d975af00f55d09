//! No database, participant or client makes others wait: hanging stores, stopping replicas, slow receivers, many watchers.

use std::time::{Duration, Instant};

use futures::future::join_all;
use order_proto::order::v1::{OrderState, WatchOrderRequest};
use order_tests::postgres::Postgres;
use order_tests::sandbox::{RECORD_USAGE, SEND_NOTIFICATION};
use order_tests::settings::{self, Settings, set};
use order_tests::wait::{SOON, pace, until};
use order_tests::{Backend, Booking, Setup, Stack, binary, on_both_backends};
use tonic::Code;

on_both_backends!(
    a_stopping_replica_answers_every_waiting_caller_at_once,
    a_slow_receiver_of_usage_does_not_delay_notifications,
);

/// What an answer may take beyond the time that its caller waits.
const GRACE: Duration = Duration::from_secs(1);

/// A stack on a Postgres of its own.
async fn on(postgres: &Postgres) -> Stack {
    let url = postgres.url("postgres");
    let mut settings = Settings::new();
    set(&mut settings, "POSTGRES_URL", &url);
    set(&mut settings, "DATA_KEY", settings::data_key());
    let done = binary::run(binary::SERVICE, &["migrate", "up"], &settings, SOON).await;
    assert!(done.status.success(), "{done:?}");
    Setup::on(Backend::Production)
        .with("POSTGRES_URL", url)
        .start()
        .await
}

#[tokio::test]
async fn a_database_that_hangs_is_unavailable_within_the_callers_wait() {
    let postgres = Postgres::start().await;
    let stack = on(&postgres).await;
    stack.book(&Booking::new()).await;
    postgres.freeze();
    let wait = Duration::from_secs(2);
    let calls = (0..100).map(|_| {
        let mut request = Booking::new().proto();
        request.wait = Some(prost_types::Duration {
            seconds: 2,
            nanos: 0,
        });
        let mut orders = stack.orders();
        async move {
            let begun = Instant::now();
            let answer = orders.create_order(request).await;
            (begun.elapsed(), answer.map(|order| order.into_inner()))
        }
    });
    let answers = join_all(calls).await;
    postgres.thaw();
    for (elapsed, answer) in answers {
        let status = answer.expect_err("the database does not answer");
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert!(elapsed < wait + GRACE, "{elapsed:?}");
    }
    until("bookings to work again", SOON, async || {
        let booked = stack.orders().create_order(Booking::new().proto()).await;
        let state = booked.ok().map(|order| order.into_inner().state());
        (state == Some(OrderState::Confirmed)).then_some(())
    })
    .await;
}

async fn a_stopping_replica_answers_every_waiting_caller_at_once(backend: Backend) {
    let mut stack = Setup::on(backend)
        .with("STEP_DEADLINE", "30s")
        .start()
        .await;
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let mut orders = stack.orders();
            let booking = Booking::new().with_token("tok_slow_20000");
            let mut request = booking.proto();
            request.wait = Some(prost_types::Duration {
                seconds: 20,
                nanos: 0,
            });
            tokio::spawn(async move {
                let answer = orders.create_order(request).await;
                (Instant::now(), answer.map(|order| order.into_inner()))
            })
        })
        .collect();
    let authorize = order_tests::sandbox::AUTHORIZE_PAYMENT;
    until("every payment to be authorized", SOON, async || {
        let calls = stack.sandbox.journal("").await;
        let begun = calls.iter().filter(|call| call.method == "HoldSeats");
        (begun.count() >= 20).then_some(())
    })
    .await;
    assert_eq!(authorize.name, "AuthorizePayment");
    let begun = Instant::now();
    stack.replica(0).signal("TERM");
    for call in calls {
        let (answered, answer) = call.await.expect("the call does not panic");
        let order = answer.expect("an order that exists is returned");
        assert_eq!(order.state(), OrderState::Pending, "{order:?}");
        let waited = answered.saturating_duration_since(begun);
        assert!(waited < GRACE, "{waited:?}");
    }
}

#[tokio::test]
async fn a_key_answers_as_soon_as_its_order_rests_after_a_kill() {
    let mut stack = Setup::on(Backend::Production)
        .with("LEASE", "1s")
        .with("STEP_DEADLINE", "2s")
        .start()
        .await;
    let key = order_tests::booking::key();
    let booking = Booking::new().with_token("tok_slow_1000");
    let body = booking.json();
    let calling = {
        let (api, key, body) = (stack.api(), key.clone(), body.clone());
        tokio::spawn(async move { api.create(&key, &body).await })
    };
    until("the payment to be under way", SOON, async || {
        let calls = stack.sandbox.journal("").await;
        calls
            .iter()
            .any(|call| call.method == "HoldSeats")
            .then_some(())
    })
    .await;
    stack.kill(0);
    let killed = Instant::now();
    calling.await.expect("the call does not panic");
    stack.restart(0).await;
    let list = format!(
        "/v1/orders?organizationId={}",
        body["organizationId"].as_str().expect("text")
    );
    let api = stack.api();
    let order = until("the order to be confirmed", SOON, async || {
        let listed = api.get(&list).await;
        let listed = (listed.status == 200).then(|| listed.json())?;
        let order = listed["orders"].get(0)?.clone();
        (order["state"] == "ORDER_STATE_CONFIRMED").then_some(order)
    })
    .await;
    let again = api.create(&key, &body).await;
    assert_eq!(again.ok()["orderId"], order["orderId"]);
    // The claim of the killed process would have lasted for 10 s.
    let waited = killed.elapsed();
    assert!(waited < Duration::from_secs(9), "{waited:?}");
}

async fn a_slow_receiver_of_usage_does_not_delay_notifications(backend: Backend) {
    let stack = Setup::on(backend)
        .with("STEP_DEADLINE", "10s")
        .start()
        .await;
    stack
        .sandbox
        .delay(RECORD_USAGE, 0, Duration::from_secs(8))
        .await;
    let first = stack.book(&Booking::new()).await;
    until("the first usage record to be sent", SOON, async || {
        notified(&stack, &first.order_id).await.then_some(())
    })
    .await;
    let begun = Instant::now();
    let second = stack.book(&Booking::new()).await;
    until("the second buyer to be notified", SOON, async || {
        notified(&stack, &second.order_id).await.then_some(())
    })
    .await;
    let waited = begun.elapsed();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

async fn notified(stack: &Stack, order_id: &str) -> bool {
    let calls = stack.sandbox.journal(order_id).await;
    calls
        .iter()
        .any(|call| call.method == SEND_NOTIFICATION.name)
}

#[tokio::test]
async fn a_thousand_watchers_of_one_order_cost_one_poll() {
    let mut stack = Stack::on(Backend::Production).await;
    let order = stack
        .book(&Booking::new().with_token("tok_requires_action"))
        .await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    let mut streams = Vec::new();
    for _ in 0..1_000 {
        let request = WatchOrderRequest {
            order_id: order.order_id.clone(),
        };
        let stream = stack.orders().watch_order(request).await;
        let mut stream = stream.expect("it is watched").into_inner();
        let now = stream.message().await.expect("no error");
        assert!(now.is_some(), "the order now");
        streams.push(stream);
    }
    let transactions = "SELECT CAST(xact_commit AS text) AS t FROM pg_stat_database \
                        WHERE datname = current_database()";
    // The server counts with a delay of about a second.
    pace(Duration::from_secs(3)).await;
    let read = async || -> u64 { stack.read(transactions).await.parse().expect("a number") };
    let before = read().await;
    let (used, begun) = (stack.replica(0).processor_time(), Instant::now());
    pace(Duration::from_secs(5)).await;
    let read = async || -> u64 { stack.read(transactions).await.parse().expect("a number") };
    let transactions = read().await - before;
    let used = stack.replica(0).processor_time() - used;
    let share = used.as_secs_f64() / begun.elapsed().as_secs_f64();
    assert!(
        transactions < 300 && share < 0.3,
        "{transactions} transactions in 5 s, and {share:.2} of a core"
    );
    drop(streams);
}
