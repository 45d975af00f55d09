//! Checks after the disturbances: every order becomes final in time, the audit finds nothing, and the clients' answers
//! were true.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};
use order_tests::binary;
use order_tests::database::Rows;
use order_tests::promises::is_final;
use order_tests::settings::Settings;
use order_tests::wait::pace;

use super::client::{Client, Shared};
use super::dice::Dice;

/// How soon everything must be final after the last disturbance.
const FINAL_WITHIN: Duration = Duration::from_secs(30);
/// The timeout of the audit.
const AUDIT_WITHIN: Duration = Duration::from_secs(300);
/// The number of orders that are read concurrently.
const AT_ONCE: usize = 16;

const OPEN_SAGAS: &str =
    "SELECT COUNT(*) AS n FROM saga_instances WHERE state NOT IN ('COMPLETED', 'COMPENSATED')";
const OPEN_ORDERS: &str = "SELECT COUNT(*) AS n FROM orders \
     WHERE state NOT IN ('CONFIRMED', 'FAILED', 'EXPIRED', 'CANCELLED')";
const OPEN_DELIVERIES: &str = "SELECT COUNT(*) AS n FROM outbox WHERE state = 'PENDING'";
const ALL_ORDERS: &str = "SELECT COUNT(*) AS n FROM orders";
/// By how many microseconds the most overdue saga is past its due time and its lease.
pub(crate) const OVERDUE: &str = "SELECT CAST(MAX((EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint \
     - GREATEST(due_us, COALESCE(lease_until_us, due_us))) AS bigint) AS n FROM saga_instances WHERE due_us IS NOT NULL";
/// Sagas and deliveries that are left for an operator.
const LEFT_OVER: &str = "SELECT concat_ws(' ', kind, saga_id, 'of order', order_id, state, 'due in', \
     (due_us - (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint) / 1000, 'ms; owner', owner, body) AS t \
     FROM saga_instances WHERE state NOT IN ('COMPLETED', 'COMPENSATED') LIMIT 10";
const LEFT_DELIVERIES: &str = "SELECT concat_ws(' ', 'delivery', kind, delivery_id, 'of order', order_id, attempts, \
     'attempts, due in', (due_us - (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint) / 1000, 'ms;', last_error) \
     AS t FROM outbox WHERE state = 'PENDING' LIMIT 10";

/// Waits until nothing is in progress, and returns how long that took. Anything left open counts as a breach.
pub(crate) async fn all_final(rows: &Rows, shared: &Arc<Shared>) -> Duration {
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
            shared.tally.breach(format!(
                "{FINAL_WITHIN:?} after the trouble is over, {sagas:?} sagas, {orders:?} orders and {deliveries:?} \
                 deliveries are open"
            ));
            for left in [LEFT_OVER, LEFT_DELIVERIES] {
                for line in rows.texts(left).await {
                    shared.tally.breach(format!("open still: {line}"));
                }
            }
            return begun.elapsed();
        }
        pace(Duration::from_millis(100)).await;
    }
}

/// Checks that every order in an answer to a client exists, has ended, and ended as answered, and that there is no
/// other order.
pub(crate) async fn answers_were_true(rows: &Rows, shared: &Arc<Shared>, dice: &Dice) {
    let known: Vec<String> = shared.tally.lock().orders.keys().cloned().collect();
    let count = i64::try_from(known.len()).expect("the numbers fit");
    let kept = rows.number(ALL_ORDERS).await;
    if kept != Some(count) {
        let what = format!("{count} orders were returned to clients, and {kept:?} are stored");
        shared.tally.breach(what);
    }
    stream::iter(known)
        .for_each_concurrent(AT_ONCE, async |order_id| {
            let found = Client::new(shared, dice.clone()).look(&order_id).await;
            if let Some(order) = found.filter(|order| !is_final(order.state())) {
                let state = order.state().as_str_name();
                shared
                    .tally
                    .breach(format!("order {order_id} is {state} still"));
            }
        })
        .await;
}

/// Runs the audit and returns the last line of its output.
pub(crate) async fn audit(settings: &Settings, shared: &Arc<Shared>) -> String {
    let done = binary::run(binary::SERVICE, &["audit"], settings, AUDIT_WITHIN).await;
    let mut lines: Vec<&str> = done.stdout.lines().collect();
    let summary = lines.pop().unwrap_or_default().to_owned();
    for line in lines {
        shared.tally.breach(format!("audit: {line}"));
    }
    if done.status.code() != Some(0) {
        let what = format!("the audit ended with {}: {}", done.status, done.stderr);
        shared.tally.breach(what);
    }
    summary
}
