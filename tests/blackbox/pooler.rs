//! The service behind PgBouncer: it books in session mode, and refuses transaction mode in one line.

use order_proto::order::v1::OrderState;
use order_tests::backend::empty_database;
use order_tests::binary;
use order_tests::pgbouncer::PgBouncer;
use order_tests::settings::{self, Settings, set};
use order_tests::wait::SOON;
use order_tests::{Backend, Booking, Setup};

/// Settings of `serve` on this database.
fn serve(url: &str) -> Settings {
    let mut settings = settings::participants_at("http://127.0.0.1:9");
    set(&mut settings, "DATA_KEY", settings::data_key());
    set(&mut settings, "GRPC_PORT", 0);
    set(&mut settings, "POSTGRES_URL", url);
    settings
}

#[tokio::test]
async fn bookings_work_through_a_pooler_in_session_mode() {
    let database = empty_database().await;
    let pooler = PgBouncer::start("session", &database).await;
    let settings = serve(&pooler.url(&database));
    let done = binary::run(binary::SERVICE, &["migrate", "up"], &settings, SOON).await;
    assert!(done.status.success(), "{done:?}");
    let stack = Setup::on(Backend::Production)
        .with("POSTGRES_URL", pooler.url(&database))
        .with("POSTGRES_CONNECTIONS", 12)
        .start()
        .await;
    for _ in 0..5 {
        let order = stack.book(&Booking::new()).await;
        assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    }
}

#[tokio::test]
async fn a_pooler_in_transaction_mode_is_refused_in_one_line() {
    let database = empty_database().await;
    for mode in ["transaction", "statement"] {
        let pooler = PgBouncer::start(mode, &database).await;
        let settings = serve(&pooler.url(&database));
        for args in [["serve"].as_slice(), &["migrate", "up"], &["check"]] {
            let done = binary::run(binary::SERVICE, args, &settings, SOON).await;
            assert!(!done.status.success(), "{mode} {args:?}: {done:?}");
            let named = |line: &&str| line.starts_with("error: POSTGRES_URL: ");
            let lines: Vec<&str> = done.stderr.lines().filter(named).collect();
            assert_eq!(lines.len(), 1, "{mode} {args:?}: {done:?}");
            assert!(
                lines[0].contains("session mode"),
                "{mode} {args:?}: {done:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_process_opens_no_more_connections_than_it_may() {
    let database = empty_database().await;
    let name = database.rsplit('/').next().unwrap_or_default().to_owned();
    let stack = Setup::on(Backend::Production)
        .with("POSTGRES_URL", &database)
        .with("POSTGRES_CONNECTIONS", 12);
    let settings = serve(&database);
    let done = binary::run(binary::SERVICE, &["migrate", "up"], &settings, SOON).await;
    assert!(done.status.success(), "{done:?}");
    let stack = stack.start().await;
    let bookings = (0..60).map(|_| async {
        let order = stack.book(&Booking::new()).await;
        assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    });
    let counted = async {
        let query = format!(
            "SELECT CAST(count(*) AS text) AS t FROM pg_stat_activity WHERE datname = '{name}' \
             AND pid <> pg_backend_pid()"
        );
        let mut most = 0;
        for _ in 0..10 {
            let count: u32 = stack.read(&query).await.parse().expect("a number");
            most = most.max(count);
        }
        most
    };
    let (most, _) = tokio::join!(counted, futures::future::join_all(bookings));
    assert!((6..=12).contains(&most), "{most} connections");
}
