//! The plan of every statement that the store sends to Postgres, on tables with many rows: rows are found by an index, and
//! few rows are read in vain. The server explains the statements as it executes them.
//!
//! `plan` reads plans, `operations` finds out which operations there are.

mod operations;
mod plan;
mod rows;

use std::collections::BTreeSet;
use std::time::Duration;

use super::bench::Bench;
use super::fixtures::{
    at, begin, begin_owned, delivery, end, entries, keyed, order, replica, scope, step, step_in,
};
use crate::domain::{
    Commit, CommitId, DeliveryFilter, DeliveryId, DeliveryKind, DeliveryState, LedgerFilter,
    Message, OrderFilter, OrderId, OrderState, Outcome, PageRequest, SagaFilter, SagaId, SagaState,
    Webhook, WebhookVerdict,
};
use crate::store::journal::{Journal, Leases, Outbox};
use crate::store::{Store, Table};
use plan::Plans;

const PAGE: PageRequest = PageRequest {
    after: None,
    size: 50,
};
/// Operations at start-up and of `migrate`, which run once and on the catalogue.
const AT_START: [&str; 3] = [
    "check the connections",
    "list migrations",
    "open the database",
];
/// Most rows that one statement may read and discard.
const DISCARDED_MAX: u64 = 500;

/// Lists whose filters are applied to the rows of a tenant, an order or a time, which an index gives: a selective filter of
/// a large tenant reads more than it returns. An index per filter would cost every booking a write.
const FILTERED: [&str; 5] = [
    "list deliveries",
    "list ledger entries",
    "list orders",
    "list sagas",
    "read saga versions",
];

#[tokio::test]
async fn every_statement_finds_its_rows_by_an_index() {
    let bench = Bench::postgres().await;
    let filled = rows::fill(&bench).await;
    let plans = Plans::default();
    let capturing = plans.capture();
    let store = bench.explained().await;
    write(&store).await;
    own(&store).await;
    deliver(&store).await;
    sweep(&store).await;
    read(&store, &filled).await;
    list(&store).await;
    list_sagas(&store).await;
    audit(&store).await;
    drop(capturing);

    let complaints = plans.complaints(&FILTERED, DISCARDED_MAX);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let mut known = operations::of_the_source();
    known.retain(|operation| !AT_START.contains(&operation.as_str()));
    let missing: BTreeSet<_> = known.difference(&plans.operations()).cloned().collect();
    assert!(missing.is_empty(), "no plan was seen of {missing:?}");
    bench.close().await;
}

/// Commits of every kind, and those that a guard rejects.
async fn write(store: &Store) {
    let first = keyed(begin_owned(store, "r1"), "new", 1, at(i64::MAX));
    let mut second = step(&first);
    let made = &first.order.as_ref().expect("it has an order").order;
    second.ledger = entries(made);
    let sale = Message::ticket_sale(made.order_id, 1, store.now());
    second.outbox = vec![delivery(made, sale, store.now())];
    let stale = step(&first);
    for (commit, outcome) in [
        (&first, Outcome::Applied),
        (&second, Outcome::Applied),
        (&step_in(&second), Outcome::Applied),
        (&stale, Outcome::Stale),
        (&first, Outcome::Applied),
    ] {
        assert_eq!(
            store.commit(commit.clone()).await.expect("it commits"),
            outcome
        );
    }
    let taken = keyed(begin(order(store.now())), "new", 2, at(i64::MAX));
    let outcome = store.commit(taken).await.expect("it commits");
    assert!(matches!(outcome, Outcome::KeyTaken(_)), "{outcome:?}");
}

async fn own(store: &Store) {
    let owner = replica("r2");
    let owned: Commit = begin_owned(store, "r2");
    let outcome = store.commit(owned.clone()).await.expect("it commits");
    assert_eq!(outcome, Outcome::Applied);
    let held = [(owned.saga.saga_id, owned.saga.epoch)];
    let renewed = store.renew(&owner, &held).await.expect("it renews");
    assert_eq!(renewed.len(), 1);
    let plans = [("book_tickets", 1), ("cancel_order", 1)];
    // Among the due sagas is one that cannot be decoded.
    let claimed = store.claim(&owner, &plans, 64).await.expect("it claims");
    assert!(!claimed.is_empty());
    assert!(store.give_up(&owner).await.expect("it gives up") > 0);
    let done = end(&owned);
    store.commit(done).await.expect("it commits");
}

async fn deliver(store: &Store) {
    for kind in [DeliveryKind::Usage, DeliveryKind::Notification] {
        let due = store.claim_deliveries(&replica("r1"), kind, 32).await;
        let due = due.expect("it claims");
        let ids: Vec<DeliveryId> = due.iter().map(|due| due.delivery.delivery_id).collect();
        assert!(ids.len() > 2, "{kind:?}: {} are due", ids.len());
        store.delivered(&ids[2..]).await.expect("it is recorded");
        for (id, retry) in [(ids[0], Some(Duration::from_secs(1))), (ids[1], None)] {
            let failed = store.delivery_failed(id, "no", retry).await;
            failed.expect("it is recorded");
        }
        let mut key = keyed(begin(order(store.now())), kind.as_str(), 1, at(i64::MAX));
        let key = key.key.take();
        let retried = store.retry_delivery(ids[1], key.as_ref()).await;
        retried.expect("it is retried");
    }
}

async fn sweep(store: &Store) {
    assert!(store.expire_keys(500).await.expect("it sweeps") > 0);
    let week = Duration::from_secs(7 * 24 * 60 * 60);
    store.expire_webhooks(week, 500).await.expect("it sweeps");
    store.ping().await.expect("it answers");
}

async fn read(store: &Store, filled: &rows::Filled) {
    let (order_id, saga_id) = (filled.order_id, filled.saga_id);
    store.order(order_id).await.expect("it reads");
    store.load(saga_id).await.expect("it reads");
    store.saga(saga_id).await.expect("it reads");
    store.history(saga_id).await.expect("it reads");
    let recorded = store.has_recorded(saga_id, CommitId::generate()).await;
    recorded.expect("it reads");
    let delivery = store.delivery(DeliveryId::generate()).await;
    delivery.expect("it reads");
    store.key(&scope("new")).await.expect("it reads");
    store.webhook("webhook-7").await.expect("it reads");
    let webhook = Webhook {
        webhook_id: "webhook-new".into(),
        event: "payment.captured".into(),
        order_id: None,
        content: None,
    };
    let recorded = store.record_webhook(&webhook, WebhookVerdict::Noted).await;
    recorded.expect("it is recorded");
    store
        .sagas_by_id(&[saga_id, SagaId::generate()])
        .await
        .expect("it reads");
}

/// Lists of sagas, and the versions that watchers read, by each filter.
async fn list_sagas(store: &Store) {
    let organization_id: crate::domain::OrganizationId = "acme".parse().expect("an id");
    let all = SagaFilter::default();
    for filter in [
        all.clone(),
        SagaFilter {
            organization_id: Some(organization_id),
            ..all.clone()
        },
        SagaFilter {
            order_id: Some(OrderId::generate()),
            ..all.clone()
        },
        SagaFilter {
            states: vec![SagaState::Waiting],
            ..all.clone()
        },
        SagaFilter {
            stuck_only: true,
            ..all.clone()
        },
    ] {
        store.sagas(&filter, PAGE).await.expect("it lists");
        let versions = store.saga_versions(&filter, store.now(), 50).await;
        versions.expect("it reads");
    }
}

/// Every other list, by each of its filters, of a tenant that has half of all rows.
async fn list(store: &Store) {
    let organization_id: crate::domain::OrganizationId = "acme".parse().expect("an id");
    let orders = OrderFilter {
        organization_id: organization_id.clone(),
        user_id: None,
        event_id: None,
        states: Vec::new(),
        create_time_after: None,
        create_time_before: None,
    };
    for filter in [
        orders.clone(),
        OrderFilter {
            user_id: Some("buyer-7".parse().expect("an id")),
            ..orders.clone()
        },
        OrderFilter {
            event_id: Some("event-7".parse().expect("an id")),
            ..orders.clone()
        },
        OrderFilter {
            states: vec![OrderState::Expired],
            create_time_after: Some(at(1)),
            ..orders.clone()
        },
    ] {
        store.orders(&filter, PAGE).await.expect("it lists");
    }
    for filter in [
        DeliveryFilter::default(),
        DeliveryFilter {
            organization_id: Some(organization_id.clone()),
            kind: Some(DeliveryKind::Usage),
            states: vec![DeliveryState::Dead],
            ..DeliveryFilter::default()
        },
        DeliveryFilter {
            order_id: Some(OrderId::generate()),
            ..DeliveryFilter::default()
        },
    ] {
        store.deliveries(&filter, PAGE).await.expect("it lists");
    }
    for order_id in [None, Some(OrderId::generate())] {
        let filter = LedgerFilter {
            organization_id: organization_id.clone(),
            order_id,
            account: Some("fees".into()),
        };
        store.ledger_entries(&filter, PAGE).await.expect("it lists");
    }
    let balances = store.balances(&"org-7".parse().expect("an id")).await;
    balances.expect("it reads");
}

async fn audit(store: &Store) {
    for since in [None, Some(store.now())] {
        let read = store.order_records_after(since, None, 20).await;
        read.expect("it reads");
        for table in Table::ALL {
            let read = store.order_references(table, since, None, 50).await;
            read.expect("it reads");
        }
    }
    let read = store.order_records(OrderId::generate()).await;
    read.expect("it reads");
    store.next_organization(None).await.expect("it reads");
    let after = "org-3".parse().expect("an id");
    store
        .next_organization(Some(&after))
        .await
        .expect("it reads");
}
