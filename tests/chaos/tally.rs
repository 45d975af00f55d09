//! Collects the clients' answers and the broken promises during the run.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use order_proto::order::v1::{Order, OrderState};
use order_tests::promises::is_final;

/// The number of broken promises that are printed in full.
const SHOWN_MAX: usize = 50;

/// The knowledge of a client about one order.
#[derive(Debug, Clone)]
pub(crate) struct KnownOrder {
    /// The first final state in an answer.
    pub(crate) end: Option<OrderState>,
    /// Whether a cancel, or a refund that can cancel the order, was requested.
    pub(crate) may_be_cancelled: bool,
}

/// All counters of the run.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Every order that an answer to a client contained.
    pub(crate) orders: BTreeMap<String, KnownOrder>,
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    pub(crate) duplicates: u64,
    pub(crate) keys_reused: u64,
    pub(crate) cancels: u64,
    pub(crate) refunds: u64,
    pub(crate) kills: u64,
    pub(crate) pauses: u64,
    pub(crate) restarts: u64,
    pub(crate) redis_losses: u64,
    pub(crate) postgres_restarts: u64,
    pub(crate) faults: u64,
    /// The longest time for which a due saga had no lease after its earlier lease expired, in microseconds.
    pub(crate) overdue_us: i64,
    breaches: Vec<String>,
}

/// The counters, shared by all clients.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

impl Tally {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a broken promise.
    pub(crate) fn breach(&self, what: String) {
        self.lock().breaches.push(what);
    }

    pub(crate) fn breaches(&self) -> Vec<String> {
        let counts = self.lock();
        counts.breaches.iter().take(SHOWN_MAX).cloned().collect()
    }

    /// Records an answer; one that contradicts an earlier answer is a breach.
    pub(crate) fn record_answer(&self, order: &Order) {
        let state = order.state();
        let mut counts = self.lock();
        let known = counts
            .orders
            .entry(order.order_id.clone())
            .or_insert(KnownOrder {
                end: None,
                may_be_cancelled: false,
            });
        let contradicted = known.end.filter(|end| !may_follow(*end, known, state));
        if known.end.is_none() && is_final(state) {
            known.end = Some(state);
        }
        drop(counts);
        if let Some(end) = contradicted {
            self.breach(format!(
                "order {} was {} and is {}",
                order.order_id,
                end.as_str_name(),
                state.as_str_name()
            ));
        }
    }

    /// Records that the order may be cancelled from now on.
    pub(crate) fn cancelling(&self, order_id: &str) {
        if let Some(known) = self.lock().orders.get_mut(order_id) {
            known.may_be_cancelled = true;
        }
    }
}

/// Whether an order that was answered with final state `end` may later be in this state.
fn may_follow(end: OrderState, known: &KnownOrder, state: OrderState) -> bool {
    let cancelled = [OrderState::Cancelling, OrderState::Cancelled].contains(&state);
    state == end || (end == OrderState::Confirmed && known.may_be_cancelled && cancelled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(state: OrderState) -> Order {
        Order {
            order_id: "o".to_owned(),
            state: state.into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_confirmed_order_that_fails_later_is_a_breach_and_one_that_is_cancelled_is_not() {
        let tally = Tally::default();
        tally.record_answer(&order(OrderState::Pending));
        tally.record_answer(&order(OrderState::Confirmed));
        tally.cancelling("o");
        tally.record_answer(&order(OrderState::Cancelled));
        assert_eq!(tally.breaches(), [] as [&str; 0]);
        tally.record_answer(&order(OrderState::Failed));
        assert_eq!(tally.breaches().len(), 1);
    }

    #[test]
    fn a_cancel_that_no_client_requested_is_a_breach() {
        let tally = Tally::default();
        tally.record_answer(&order(OrderState::Confirmed));
        tally.record_answer(&order(OrderState::Cancelled));
        assert_eq!(tally.breaches().len(), 1);
    }
}
