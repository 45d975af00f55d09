//! Fills the tables: one commit by the store, copied many times by the server.

use super::super::fixtures::{apply, at, begin, delivery, entries, keyed, order};
use crate::domain::{Message, OrderId, SagaId};
use crate::store::tests::bench::Bench;

/// One of the filled rows.
#[derive(Debug)]
pub(super) struct Filled {
    pub(super) order_id: OrderId,
    pub(super) saga_id: SagaId,
}

/// Copies of each row. Every second one belongs to the tenant `acme`.
const COPIES: u32 = 20_000;
/// Sagas and deliveries that are due.
const DUE: u32 = 200;

/// The columns of each copy, where they differ from those of the original.
fn copies() -> Vec<String> {
    // Sorted by time, as UUIDv7 are.
    let id =
        |salt: &str| format!("(lpad(to_hex(n), 12, '0') || substr(md5({salt} || n), 1, 20))::uuid");
    let organization = "CASE WHEN n % 2 = 0 THEN 'acme' ELSE 'org-' || n % 100 END";
    let ended = "CASE WHEN n % 1000 = 0 THEN 'FAILED' ELSE 'CONFIRMED' END";
    let (order, saga) = (id("'order'"), id("'saga'"));
    let series = format!("generate_series(1, {COPIES}) n");
    let mut all = vec![
        format!(
            "INSERT INTO orders SELECT {order}, {organization}, 'buyer-' || n % 5000, 'event-' || n % 500, {saga}, {ended}, \
             version, n, n, expire_us, body FROM orders, {series}"
        ),
        format!(
            "INSERT INTO saga_instances (saga_id, kind, definition_version, organization_id, order_id, state, due_us, \
             owner, lease_until_us, epoch, version, commit_id, create_us, update_us, body) \
             SELECT {saga}, kind, definition_version, {organization}, {order}, \
             CASE WHEN n <= {DUE} THEN 'RUNNING' ELSE 'COMPLETED' END, \
             CASE WHEN n <= {DUE} THEN n END, NULL, NULL, epoch, version, commit_id, n, n, \
             CASE WHEN n = 1 THEN 'broken' ELSE body END FROM saga_instances, {series}"
        ),
        format!(
            "INSERT INTO saga_history SELECT {saga}, version, line, commit_id, n, event, step, detail, actor \
             FROM saga_history, {series}"
        ),
        format!(
            "INSERT INTO ledger_entries SELECT {}, {}, {organization}, {order}, account, \
             direction, currency, minor, kind, n FROM ledger_entries, {series}",
            id("entry_id::text"),
            id("'transaction'")
        ),
        format!(
            "INSERT INTO outbox SELECT {}, {order}, {organization}, kind, \
             CASE WHEN n <= {DUE} THEN 'PENDING' ELSE 'DELIVERED' END, 1, NULL, CASE WHEN n <= {DUE} THEN n END, NULL, \
             NULL, n, body FROM outbox, {series}",
            id("delivery_id::text")
        ),
        format!(
            "INSERT INTO idempotency_keys SELECT {organization}, 'buyer-' || n % 5000, method, 'key-' || n, fingerprint, \
             {order}, {saga}, CASE WHEN n > {COPIES} - 100 THEN n ELSE expire_us END FROM idempotency_keys, {series}"
        ),
        format!(
            "INSERT INTO webhooks SELECT 'webhook-' || n, 'payment.captured', {order}, 'NOTED', \
             (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint - n FROM {series}"
        ),
    ];
    all.push("ANALYZE".to_owned());
    all
}

pub(super) async fn fill(bench: &Bench) -> Filled {
    let order = order(at(7));
    let mut commit = keyed(begin(order.clone()), "original", 1, at(i64::MAX));
    commit.saga.due_time = None;
    commit.ledger = entries(&order);
    let sale = Message::ticket_sale(order.order_id, 1, order.create_time);
    let notification = Message::Notification {
        notification_id: "n-1".into(),
        template: "booking_confirmed".into(),
        data: Default::default(),
    };
    for message in [sale, notification] {
        let mut message = delivery(&order, message, order.create_time);
        message.next_attempt_time = None;
        commit.outbox.push(message);
    }
    apply(&bench.store, &commit).await;
    for copy in copies() {
        bench.execute(&copy, Vec::new()).await;
    }
    Filled {
        order_id: order.order_id,
        saga_id: commit.saga.saga_id,
    }
}
