//! Older and newer schemas, row bodies written by older binaries, and unreachable databases.

use std::time::{Duration, Instant};

use super::bench::Bench;
use super::fixtures::{apply, begin, order as order_of_today};
use crate::domain::{OrderId, OrderState, SagaId, TicketState};
use crate::store::entity::{order, saga};
use crate::store::journal::Journal as _;
use crate::store::{Error, Settings, Store, Url, row};

super::on_both! {
    a_missing_migration_is_refused_and_a_newer_schema_accepted,
    migrating_again_changes_nothing,
    debug_output_hides_the_database_address,
}

const NEWER: &str =
    "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_added_later', 1)";

async fn a_missing_migration_is_refused_and_a_newer_schema_accepted(bench: &Bench) {
    let store = &bench.store;
    bench.execute(NEWER, Vec::new()).await;
    store
        .check_schema()
        .await
        .expect("a newer schema is accepted");
    store.migrate().await.expect("there is nothing to do");
    let known = store.migrations().await.expect("it lists");
    assert!(
        known
            .iter()
            .all(|(name, applied)| *applied && name != "m9999_added_later")
    );
    bench
        .execute("DELETE FROM seaql_migrations", Vec::new())
        .await;
    let Err(Error::Schema { missing }) = store.check_schema().await else {
        panic!("an old schema must be refused");
    };
    assert_eq!(missing.len(), known.len());
}

async fn migrating_again_changes_nothing(bench: &Bench) {
    let commit = begin(order_of_today(bench.store.now()));
    apply(&bench.store, &commit).await;
    let before = bench.schema().await;
    assert!(
        before.iter().any(|part| part.contains("saga_instances")),
        "{before:?}"
    );
    bench.store.migrate().await.expect("it migrates");
    // As after a run that stopped between creating the tables and recording the migration.
    bench
        .execute("DELETE FROM seaql_migrations", Vec::new())
        .await;
    bench.store.migrate().await.expect("it migrates");
    bench
        .store
        .check_schema()
        .await
        .expect("the schema is complete");
    assert_eq!(bench.schema().await, before);
    let found = bench.store.load(commit.saga.saga_id).await;
    assert_eq!(
        found.expect("it reads").map(|(saga, _)| saga),
        Some(commit.saga)
    );
}

async fn debug_output_hides_the_database_address(bench: &Bench) {
    let shown = format!("{:?}", bench.store);
    assert!(
        !shown.contains("://") && !shown.contains("orders.sqlite"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_migrations_on_postgres_all_succeed() {
    let bench = Bench::empty_postgres().await;
    let Err(Error::Schema { .. }) = bench.store.check_schema().await else {
        panic!("an empty database has no schema");
    };
    let mut replicas = Vec::new();
    for _ in 0..4 {
        replicas.push(bench.another(Duration::from_secs(10)).await);
    }
    let runs = replicas
        .into_iter()
        .map(|store| tokio::spawn(async move { store.migrate().await }));
    for run in runs.collect::<Vec<_>>() {
        run.await.expect("it runs").expect("it migrates");
    }
    bench
        .store
        .check_schema()
        .await
        .expect("the schema is complete");
    bench.close().await;
}

#[tokio::test]
async fn an_unresponsive_database_is_unavailable_within_the_timeout() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("its address").port();
    let start = Instant::now();
    // The listener accepts connections and never answers.
    let settings = Settings {
        url: Url::Postgres(format!("postgres://me:hidden@127.0.0.1:{port}/none")),
        lease: Duration::from_secs(10),
        connections: 1,
    };
    let error = Store::open(settings)
        .await
        .expect_err("the server never answers");
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(9));
    assert!(!format!("{error:?}").contains("hidden"));
    drop(listener);
}

#[test]
fn an_order_body_of_the_first_release_still_decodes() {
    let body = r#"{"tickets":[{"seat_id":"A1","seat_label":"","holder_name":"","price":null,"ticket_id":null,
        "state":"HELD"}],"payment":{"payment_id":null,"state":"PENDING","method_type":"card","redirect_url":null},
        "contact":{"email":"a@example.com","phone":""},"added_later":1}"#;
    let id = OrderId::generate().uuid();
    let row = order::Model {
        order_id: id,
        organization_id: "acme".into(),
        user_id: "u".into(),
        event_id: "e".into(),
        saga_id: id,
        state: "PENDING".into(),
        version: 1,
        create_us: 1,
        update_us: 1,
        expire_us: None,
        body: body.into(),
    };
    let order = row::to_order(row).expect("it reads");
    assert_eq!(order.state, OrderState::Pending);
    assert_eq!(order.tickets[0].state, TicketState::Held);
    assert_eq!(order.refunds, []);
}

#[test]
fn a_saga_body_of_the_first_release_still_decodes() {
    let body = r#"{"way":"BACKWARD","cursor":0,"steps":[{"name":"hold_seats","state":"SUCCEEDED","attempts":2}],
        "failure":{"reason":"R","message":"m"},"added_later":{}}"#;
    let id = SagaId::generate().uuid();
    let row = saga::Model {
        saga_id: id,
        kind: "book_tickets".into(),
        definition_version: 1,
        organization_id: "acme".into(),
        order_id: id,
        state: "COMPENSATING".into(),
        due_us: Some(1),
        owner: None,
        lease_until_us: None,
        epoch: 3,
        version: 4,
        commit_id: id,
        create_us: 1,
        update_us: 1,
        body: body.into(),
    };
    let saga = row::to_saga(row).expect("it reads");
    assert_eq!((saga.cursor, saga.steps[0].attempts, saga.epoch), (0, 2, 3));
    assert_eq!(saga.sealed_token, None);
}
