//! Redis stops, hangs and comes back: requests are still answered, and each transition is logged once.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::subscriber::DefaultGuard;

use super::super::tier::suite;
use super::super::{Redis, Settings, Tier};
use super::bench::*;
use super::proxy::{Proxy, Way};

/// Longest wait for what must come.
const PATIENCE: Duration = Duration::from_secs(30);

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

async fn through(address: &str) -> Settings {
    let address = address.parse().expect("an address");
    let redis = Redis::connect(&address).await.expect("a client");
    Settings {
        lease: Duration::from_millis(300),
        ..settings(Tier::Redis(redis))
    }
}

/// The log of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        (log, guard)
    }

    fn count(&self, text: &str) -> usize {
        let log = self.0.lock().expect("the lock is not poisoned");
        String::from_utf8_lossy(&log).matches(text).count()
    }

    fn gone(&self) -> usize {
        self.count("WARN")
    }

    fn back(&self) -> usize {
        self.count("Redis is back")
    }

    async fn wait_until_back(&self) {
        let back = async {
            while self.back() == 0 {
                tokio::task::yield_now().await;
            }
        };
        let back = tokio::time::timeout(PATIENCE, back).await;
        back.expect("Redis is found again");
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut log = self.0.lock().expect("the lock is not poisoned");
        log.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn redis_gone_half_way_is_said_once_and_found_again() {
    let (log, _guard) = Log::start();
    let proxy = Proxy::start(Way::Open).await;
    let (handler, key) = (Handler::counting().gated(), key());
    let client = handler.behind(&through(&proxy.address.to_string()).await);
    let (first, ()) = tokio::join!(client.book(&key), async {
        handler.begun().await;
        proxy.set(Way::Cut);
        handler.open();
    });
    assert_eq!(first, Seen::answer(1));
    // Without Redis, every request reaches the handler, which reads the database.
    for call in 2..=6 {
        assert_eq!(client.book(&key).await, Seen::answer(call));
    }
    assert_eq!((log.gone(), log.back()), (1, 0));
    proxy.set(Way::Open);
    log.wait_until_back().await;
    let fresh = self::key();
    assert_eq!(client.book(&fresh).await, Seen::answer(7));
    assert_eq!(client.book(&fresh).await, Seen::replay(7));
    assert_eq!((log.gone(), log.back()), (1, 1));
}

#[tokio::test]
async fn redis_that_hangs_delays_one_call_by_a_bound_and_then_none() {
    let (log, _guard) = Log::start();
    let proxy = Proxy::start(Way::Open).await;
    let handler = Handler::counting();
    let client = handler.behind(&through(&proxy.address.to_string()).await);
    proxy.set(Way::Silent);
    let begun = Instant::now();
    for call in 1..=20 {
        assert_eq!(client.book(&key()).await, Seen::answer(call));
    }
    // Twenty bounded waits would take ten seconds.
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(log.gone(), 1);
    proxy.set(Way::Open);
    log.wait_until_back().await;
    let key = key();
    assert_eq!(client.book(&key).await, Seen::answer(21));
    assert_eq!(client.book(&key).await, Seen::replay(21));
}

#[tokio::test]
async fn redis_that_is_not_there_at_the_start_is_one_warning() {
    let (log, _guard) = Log::start();
    let proxy = Proxy::start(Way::Cut).await;
    let handler = Handler::counting();
    let client = handler.behind(&through(&proxy.address.to_string()).await);
    assert_eq!(log.gone(), 1);
    for call in 1..=5 {
        assert_eq!(client.book(&key()).await, Seen::answer(call));
    }
    assert_eq!((log.gone(), log.back()), (1, 0));
    proxy.set(Way::Open);
    log.wait_until_back().await;
    let key = key();
    assert_eq!(client.book(&key).await, Seen::answer(6));
    assert_eq!(client.book(&key).await, Seen::replay(6));
}

#[tokio::test]
async fn a_password_for_redis_is_never_shown() {
    let (log, _guard) = Log::start();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = closed.local_addr().expect("it is bound");
    drop(closed);
    let address = format!("redis://ann:hunter2@{address}/");
    let redis = Redis::connect(&address.parse().expect("an address")).await;
    let shown = format!("{:?}", redis.expect("a client"));
    assert!(
        shown.contains("down: true") && !shown.contains("hunter2"),
        "{shown}"
    );
    assert_eq!((log.gone(), log.count("hunter2")), (1, 0));
}

#[tokio::test]
async fn a_redis_that_has_forgotten_the_scripts_learns_them_again() {
    let (log, _guard) = Log::start();
    let url = suite::redis_url();
    let client = Handler::counting().behind(&through(&url).await);
    let redis = ::redis::Client::open(url).expect("a URL");
    let connection = redis.get_multiplexed_async_connection().await;
    let mut connection = connection.expect("Redis is there");
    let flushed: String = ::redis::cmd("SCRIPT")
        .arg("FLUSH")
        .query_async(&mut connection)
        .await
        .expect("scripts can be flushed");
    assert_eq!(flushed, "OK");
    let key = key();
    assert_eq!(client.book(&key).await, Seen::answer(1));
    assert_eq!(client.book(&key).await, Seen::replay(1));
    assert_eq!(log.gone(), 0);
}

#[tokio::test]
async fn nothing_a_client_sent_is_readable_in_redis() {
    let url = suite::redis_url();
    let client = Handler::counting().behind(&through(&url).await);
    let redis = ::redis::Client::open(url).expect("a URL");
    let connection = redis.get_multiplexed_async_connection().await;
    let mut connection = connection.expect("Redis is there");
    let key = key();
    assert_eq!(client.book(&key).await, Seen::answer(1));
    let names: Vec<String> = ::redis::cmd("KEYS")
        .arg("order:idem:*")
        .query_async(&mut connection)
        .await
        .expect("keys can be listed");
    assert!(!names.is_empty() && !names.iter().any(|name| name.contains(&key)));
    for name in names {
        let value: Vec<Vec<u8>> = ::redis::cmd("HVALS")
            .arg(name)
            .query_async(&mut connection)
            .await
            .expect("a hash can be read");
        let value = value.concat();
        assert!(!String::from_utf8_lossy(&value).contains("answer"));
    }
}
