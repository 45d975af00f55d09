//! After the storm: everything becomes final in time, the audit is clean, and clients were told the truth.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use order_tests::binary;
use order_tests::database::Rows;
use order_tests::promises::is_final;
use order_tests::settings::Settings;
use order_tests::wait::pace;

use super::client::{Client, Field};
use super::dice::Dice;

/// How soon everything must be final once the trouble is over.
const FINAL_WITHIN: Duration = Duration::from_secs(30);
/// How long an audit may take.
const AUDIT_WITHIN: Duration = Duration::from_secs(300);
/// Orders read at once.
const AT_ONCE: usize = 16;

const OPEN_SAGAS: &str =
    "SELECT COUNT(*) AS n FROM saga_instances WHERE state NOT IN ('COMPLETED', 'COMPENSATED')";
const OPEN_ORDERS: &str = "SELECT COUNT(*) AS n FROM orders \
     WHERE state NOT IN ('CONFIRMED', 'FAILED', 'EXPIRED', 'CANCELLED')";
const OPEN_DELIVERIES: &str = "SELECT COUNT(*) AS n FROM outbox WHERE state = 'PENDING'";
const ALL_ORDERS: &str = "SELECT COUNT(*) AS n FROM orders";
/// By how much the saga that waited longest past its lease is late now.
pub(crate) const OVERDUE: &str = "SELECT CAST(MAX((EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint \
     - GREATEST(due_us, COALESCE(lease_until_us, due_us))) AS bigint) AS n FROM saga_instances WHERE due_us IS NOT NULL";
/// What is open still, for a person.
const LEFT_OVER: &str = "SELECT concat_ws(' ', kind, saga_id, 'of order', order_id, state, 'due in', \
     (due_us - (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint) / 1000, 'ms; owner', owner, body) AS t \
     FROM saga_instances WHERE state NOT IN ('COMPLETED', 'COMPENSATED') LIMIT 10";
const LEFT_DELIVERIES: &str = "SELECT concat_ws(' ', 'delivery', kind, delivery_id, 'of order', order_id, attempts, \
     'attempts, due in', (due_us - (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint) / 1000, 'ms;', last_error) \
     AS t FROM outbox WHERE state = 'PENDING' LIMIT 10";

/// Waits until nothing is under way; answers how long that took. What is open in the end is a breach.
pub(crate) async fn all_final(rows: &Rows, field: &Arc<Field>) -> Duration {
    let begun = Instant::now();
    loop {
        let open = [
            rows.number(OPEN_SAGAS).await,
            rows.number(OPEN_ORDERS).await,
            rows.number(OPEN_DELIVERIES).await,
        ];
        if open == [Some(0); 3] {
            return begun.elapsed();
        }
        if begun.elapsed() >= FINAL_WITHIN {
            let [sagas, orders, deliveries] = open;
            field.tally.breach(format!(
                "{FINAL_WITHIN:?} after the trouble is over, {sagas:?} sagas, {orders:?} orders and {deliveries:?} \
                 deliveries are open"
            ));
            for left in [LEFT_OVER, LEFT_DELIVERIES] {
                for line in rows.texts(left).await {
                    field.tally.breach(format!("open still: {line}"));
                }
            }
            return begun.elapsed();
        }
        pace(Duration::from_millis(100)).await;
    }
}

/// Every order that a client was told of is there, ended, and as it was told; and there is no other.
pub(crate) async fn as_told(rows: &Rows, field: &Arc<Field>, dice: &Dice) {
    let told: Vec<String> = field.tally.lock().orders.keys().cloned().collect();
    let count = i64::try_from(told.len()).expect("they fit");
    let kept = rows.number(ALL_ORDERS).await;
    if kept != Some(count) {
        let what = format!("{count} orders were told to clients, and {kept:?} are kept");
        field.tally.breach(what);
    }
    stream::iter(told)
        .for_each_concurrent(AT_ONCE, async |order_id| {
            let found = Client::new(field, dice.clone()).look(&order_id).await;
            if let Some(order) = found.filter(|order| !is_final(order.state())) {
                let state = order.state().as_str_name();
                field
                    .tally
                    .breach(format!("order {order_id} is {state} still"));
            }
        })
        .await;
}

/// Runs the audit; answers its last line.
pub(crate) async fn audit(settings: &Settings, field: &Arc<Field>) -> String {
    let done = binary::run(binary::SERVICE, &["audit"], settings, AUDIT_WITHIN).await;
    let mut lines: Vec<&str> = done.stdout.lines().collect();
    let summary = lines.pop().unwrap_or_default().to_owned();
    for line in lines {
        field.tally.breach(format!("audit: {line}"));
    }
    if done.status.code() != Some(0) {
        let what = format!("the audit ended with {}: {}", done.status, done.stderr);
        field.tally.breach(what);
    }
    summary
}
