//! New, under way, done, another request: on both tiers alike.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use http::{Request, Response};
use order_proto::order::v1::CreateOrderRequest;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer as _, Service, ServiceExt as _};

use super::super::tier::suite;
use super::super::{Layer, Redis, Settings, Tier};
use super::bench::*;
use crate::domain::InDoubt;
use crate::vault::Vault;

/// A key that no earlier run has used: Redis remembers.
fn fresh(name: &str) -> String {
    format!("{name}-{}", uuid::Uuid::new_v4())
}

async fn a_repeat_is_replayed_byte_for_byte(settings: Settings) {
    let (handler, key) = (Handler::counting(), fresh("k"));
    let client = handler.behind(&settings);
    assert_eq!(client.book(&key).await, Seen::answer(1));
    for spelling in [key.clone(), format!("\"{key}\"")] {
        assert_eq!(client.book(&spelling).await, Seen::replay(1));
    }
    assert_eq!(handler.calls(), 1);
}

async fn a_repeat_may_wait_longer(settings: Settings) {
    let (handler, key) = (Handler::counting(), fresh("k"));
    let client = handler.behind(&settings);
    assert_eq!(client.book(&key).await, Seen::answer(1));
    let patient = CreateOrderRequest {
        wait: Some(prost_types::Duration {
            seconds: 9,
            nanos: 0,
        }),
        ..booking("ann")
    };
    let seen = client.send(post(CREATE, &patient, &[&key])).await;
    assert_eq!(seen, Seen::replay(1));
}

async fn a_request_under_way_is_in_use(settings: Settings) {
    let (handler, key) = (Handler::counting().gated(), fresh("k"));
    let client = handler.behind(&settings);
    let (first, second) = tokio::join!(client.book(&key), async {
        handler.begun().await;
        let second = client.book(&key).await;
        handler.open();
        second
    });
    assert_eq!(first, Seen::answer(1));
    assert_eq!(second, Seen::refused("KeyInUse"));
    assert_eq!(client.book(&key).await, Seen::replay(1));
}

async fn another_request_under_the_key_is_refused_at_any_time(settings: Settings) {
    let (handler, key) = (Handler::counting().gated(), fresh("k"));
    let client = handler.behind(&settings);
    let other = || {
        let mut other = booking("ann");
        other.event_id = "ga-circus".into();
        client.send(post(CREATE, &other, &[&key]))
    };
    let (first, meanwhile) = tokio::join!(client.book(&key), async {
        handler.begun().await;
        let meanwhile = other().await;
        handler.open();
        meanwhile
    });
    assert_eq!(first, Seen::answer(1));
    assert_eq!(meanwhile, Seen::refused("KeyReused"));
    assert_eq!(other().await, Seen::refused("KeyReused"));
    assert_eq!(handler.calls(), 1);
}

async fn an_error_frees_the_key(settings: Settings) {
    let key = fresh("k");
    let handler = Handler::new(|call| match call {
        1 => Status::invalid_argument("no seats").into_http(),
        _ => ok(call, Some(FINAL)),
    });
    let client = handler.behind(&settings);
    assert_eq!(client.book(&key).await, Seen::refused("no seats"));
    assert_eq!(client.book(&key).await, Seen::answer(2));
}

async fn an_error_in_doubt_keeps_the_key(settings: Settings) {
    let as_source = Handler::new(|_| {
        let mut status = Status::unavailable("lost");
        status.set_source(Arc::new(InDoubt));
        status.into_http()
    });
    let as_extension = Handler::new(|_| {
        let mut response = Status::unavailable("lost").into_http();
        response.extensions_mut().insert(InDoubt);
        response
    });
    for handler in [as_source, as_extension] {
        let (client, key) = (handler.behind(&settings), fresh("k"));
        assert_eq!(client.book(&key).await, Seen::refused("lost"));
        assert_eq!(client.book(&key).await, Seen::refused("KeyInUse"));
        assert_eq!(handler.calls(), 1);
    }
}

async fn a_reply_that_will_move_is_not_stored(settings: Settings) {
    for disposition in [Some(MOVING), None] {
        let (handler, key) = (Handler::new(move |call| ok(call, disposition)), fresh("k"));
        let client = handler.behind(&settings);
        assert_eq!(client.book(&key).await, Seen::answer(1));
        assert_eq!(client.book(&key).await, Seen::answer(2));
    }
}

async fn a_client_that_goes_away_changes_nothing(settings: Settings) {
    let (handler, key) = (Handler::counting().gated(), fresh("k"));
    let client = handler.behind(&settings);
    tokio::select! {
        _ = client.book(&key) => panic!("the gate is shut"),
        () = handler.begun() => {}
    }
    assert_eq!(client.book(&key).await, Seen::refused("KeyInUse"));
    handler.open();
    settings.tasks.close();
    settings.tasks.wait().await;
    assert_eq!(client.book(&key).await, Seen::replay(1));
}

async fn of_32_at_once_one_is_processed(settings: Settings) {
    let (handler, key) = (Handler::counting().gated(), fresh("k"));
    let client = handler.behind(&settings);
    let requests = (0..32).map(|_| client.book(&key));
    let (seen, ()) = tokio::join!(join_all(requests), async {
        handler.begun().await;
        handler.open();
    });
    let count = |kind: &Seen| seen.iter().filter(|seen| *seen == kind).count();
    assert_eq!(handler.calls(), 1);
    assert_eq!(count(&Seen::answer(1)), 1);
    let rest = count(&Seen::refused("KeyInUse")) + count(&Seen::replay(1));
    assert_eq!(rest, 31);
}

async fn a_change_of_keys_is_not_another_request(settings: Settings) {
    let (handler, key) = (Handler::counting(), fresh("k"));
    let (old, new) = (Vault::generate(), Vault::generate());
    let with = |list: String| Settings {
        vault: Vault::new(&list).expect("a list of keys"),
        ..settings.clone()
    };
    let before = handler.behind(&with(format!("{old},{new}")));
    let after = handler.behind(&with(format!("{new},{old}")));
    assert_eq!(before.book(&key).await, Seen::answer(1));
    assert_eq!(after.book(&key).await, Seen::replay(1));
    let key = fresh("k");
    assert_eq!(after.book(&key).await, Seen::answer(2));
    assert_eq!(before.book(&key).await, Seen::replay(2));
}

macro_rules! both {
    ($($test:ident),* $(,)?) => {
        mod in_this_process {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::embedded()).await;
            })*
        }
        mod in_redis {
            $(#[tokio::test]
            async fn $test() {
                super::$test(super::redis().await).await;
            })*
        }
    };
}

both!(
    a_repeat_is_replayed_byte_for_byte,
    a_repeat_may_wait_longer,
    a_request_under_way_is_in_use,
    another_request_under_the_key_is_refused_at_any_time,
    an_error_frees_the_key,
    an_error_in_doubt_keeps_the_key,
    a_reply_that_will_move_is_not_stored,
    a_client_that_goes_away_changes_nothing,
    of_32_at_once_one_is_processed,
    a_change_of_keys_is_not_another_request,
);

async fn redis() -> Settings {
    let redis = Redis::connect(&suite::redis_address()).await;
    settings(Tier::Redis(redis.expect("a client")))
}

#[tokio::test]
async fn of_two_replicas_over_one_redis_one_processes() {
    let (handler, key) = (Handler::counting().gated(), fresh("k"));
    let vault = Vault::new(&Vault::generate()).expect("a key");
    let mut replicas = [redis().await, redis().await];
    for replica in &mut replicas {
        replica.vault = vault.clone();
    }
    let clients = replicas.map(|settings| handler.behind(&settings));
    let requests = (0..32).map(|i| clients[i % 2].book(&key));
    let (_, ()) = tokio::join!(join_all(requests), async {
        handler.begun().await;
        handler.open();
    });
    assert_eq!(handler.calls(), 1);
    for client in clients {
        assert_eq!(client.book(&key).await, Seen::replay(1));
    }
}

/// A service that may be called only on the very clone that was polled ready.
#[derive(Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<Body>> for Strict {
    type Response = Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        assert!(self.ready, "called without having been polled ready");
        self.ready = false;
        Box::pin(async { Ok(ok(1, None)) })
    }
}

#[tokio::test]
async fn the_service_that_was_polled_ready_is_the_one_called() {
    let mut service = Layer::new(embedded()).layer(Strict::default());
    for keys in [&[][..], &["k"], &["l"]] {
        let service = service.ready().await.expect("it is infallible");
        let response = service.call(post(CREATE, &booking("ann"), keys)).await;
        let response = response.expect("it is infallible");
        assert!(response.headers().get("grpc-status").is_none());
    }
}

#[tokio::test]
async fn a_claim_that_a_dead_process_left_does_not_hide_an_order_at_rest() {
    let handler = Handler::counting().gated();
    let client = handler.behind(&embedded());
    let book = |key: &'static str| {
        let client = client.clone();
        tokio::spawn(async move { client.book(key).await })
    };
    // Both claims are held while their first requests wait.
    let first = [book(SETTLED), book("moving")];
    handler.begun().await;
    handler.begun().await;
    let again = book("moving").await.expect("it is answered");
    assert_eq!(again, Seen::refused("KeyInUse"));
    let again = book(SETTLED);
    // It reaches the handler, which finds the key's row.
    handler.begun().await;
    handler.open();
    assert_eq!(again.await.expect("it is answered"), Seen::answer(3));
    for first in first {
        first.await.expect("it is answered");
    }
}

#[tokio::test]
async fn work_whose_client_has_left_keeps_its_place() {
    let handler = Handler::counting().gated();
    let client = handler.behind(&embedded());
    let place = Arc::new(());
    let mut request = post(CREATE, &booking("ann"), &["k"]);
    request.extensions_mut().insert(Arc::clone(&place));
    let leaving = tokio::spawn(async move { client.send(request).await });
    handler.begun().await;
    leaving.abort();
    let left = leaving.await.expect_err("the client has left");
    assert!(left.is_cancelled());
    assert!(Arc::strong_count(&place) > 1, "the work still runs");
    handler.open();
    let freed = async {
        while Arc::strong_count(&place) > 1 {
            tokio::task::yield_now().await;
        }
    };
    let freed = tokio::time::timeout(Duration::from_secs(30), freed).await;
    freed.expect("the place is free when the work has ended");
}
