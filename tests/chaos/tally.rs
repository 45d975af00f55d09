//! What clients were told and what went wrong, added up while it happens.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use order_proto::order::v1::{Order, OrderState};
use order_tests::promises::is_final;

/// Most broken promises that are written out.
const SHOWN_MAX: usize = 50;

/// What a client knows of an order.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// The final state that it was told first.
    pub(crate) end: Option<OrderState>,
    /// Whether its cancel was asked for, or a refund that may cancel it.
    pub(crate) may_be_cancelled: bool,
}

/// Everything that is counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Every order that a client was told of, and how it was said to end.
    pub(crate) orders: BTreeMap<String, Told>,
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
    /// The longest that a due saga was nobody's after its lease had ended, in microseconds.
    pub(crate) overdue_us: i64,
    breaches: Vec<String>,
}

/// Shared by all who count.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

impl Tally {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A promise that was broken.
    pub(crate) fn breach(&self, what: String) {
        self.lock().breaches.push(what);
    }

    pub(crate) fn breaches(&self) -> Vec<String> {
        let counts = self.lock();
        counts.breaches.iter().take(SHOWN_MAX).cloned().collect()
    }

    /// Notes what a client was told, and whether it contradicts what it was told before.
    pub(crate) fn told(&self, order: &Order) {
        let state = order.state();
        let mut counts = self.lock();
        let told = counts.orders.entry(order.order_id.clone()).or_insert(Told {
            end: None,
            may_be_cancelled: false,
        });
        let contradicted = told.end.filter(|end| !may_follow(*end, told, state));
        if told.end.is_none() && is_final(state) {
            told.end = Some(state);
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

    /// From now on the order may be cancelled.
    pub(crate) fn cancelling(&self, order_id: &str) {
        if let Some(told) = self.lock().orders.get_mut(order_id) {
            told.may_be_cancelled = true;
        }
    }
}

/// Whether an order that was told to have ended so may later stand in this state.
fn may_follow(end: OrderState, told: &Told, state: OrderState) -> bool {
    let cancelled = [OrderState::Cancelling, OrderState::Cancelled].contains(&state);
    state == end || (end == OrderState::Confirmed && told.may_be_cancelled && cancelled)
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
        tally.told(&order(OrderState::Pending));
        tally.told(&order(OrderState::Confirmed));
        tally.cancelling("o");
        tally.told(&order(OrderState::Cancelled));
        assert_eq!(tally.breaches(), [] as [&str; 0]);
        tally.told(&order(OrderState::Failed));
        assert_eq!(tally.breaches().len(), 1);
    }

    #[test]
    fn nobody_asked_for_the_cancel_of_this_order() {
        let tally = Tally::default();
        tally.told(&order(OrderState::Confirmed));
        tally.told(&order(OrderState::Cancelled));
        assert_eq!(tally.breaches().len(), 1);
    }
}
