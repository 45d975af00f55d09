//! What is true of a saga after every transition, whatever led to it.

use std::collections::BTreeMap;

use crate::domain::{
    Account, Commit, Currency, Direction, Event, Guard, LedgerEntry, Money, Order, OrderState,
    Saga, SagaState, StepState, TicketState, TransactionId, Way,
};
use crate::saga::machine::tests::bench::Bench;

/// Looks at every transition since it looked last.
pub(super) struct Watch {
    seen: usize,
    saga: Saga,
    order: Order,
    /// What the provider had of the order before this saga.
    before: i128,
}

impl Watch {
    /// From here on.
    pub(super) fn new(bench: &Bench) -> Self {
        let watch = Self {
            seen: bench.written.len(),
            saga: bench.saga.clone(),
            order: bench.order.clone(),
            before: owned(&bench.order) - clearing(&bench.ledger),
        };
        alive(&watch.saga);
        watch
    }

    /// Checks what was written since.
    pub(super) fn looks(&mut self, bench: &Bench) {
        for commit in &bench.written[self.seen..] {
            self.follows(commit);
            self.saga = commit.saga.clone();
            if let Some(write) = &commit.order {
                self.order = write.order.clone();
            }
            alive(&self.saga);
            steps(&self.saga);
            ends(&self.saga, &self.order, commit.successor.is_some());
            balances(&commit.ledger);
        }
        self.seen = bench.written.len();
        assert!(refundable(&bench.order) >= 0, "{:?}", bench.order.refunds);
        assert_eq!(
            clearing(&bench.ledger) + self.before,
            owned(&bench.order),
            "the books do not say what the order does: {:?}",
            bench.order
        );
    }

    /// The commit is one legal transition of the saga.
    fn follows(&self, commit: &Commit) {
        let (saga, next) = (&self.saga, &commit.saga);
        assert!(!saga.state.has_ended(), "it had ended: {saga:?}");
        assert_eq!(next.version, saga.version + 1);
        assert_eq!(next.epoch, saga.epoch, "only a claim raises the epoch");
        match commit.guard {
            Guard::Owned { epoch, version } => {
                assert_eq!((epoch, version), (saga.epoch, saga.version));
            }
            Guard::StepIn { version } | Guard::AtRest { version } => {
                assert_eq!(version, saga.version);
                assert_eq!(next.owner, saga.owner, "the lease is another's");
            }
            Guard::Begin => panic!("it was begun before"),
        }
        if let Some(write) = &commit.order {
            assert_eq!(write.seen, Some(self.order.version));
            assert_eq!(write.order.version, self.order.version + 1);
            let (from, to) = (self.order.state, write.order.state);
            let is_settled = from.may_be_settled(to) && is_resolved(commit);
            assert!(from.may_become(to) || is_settled, "{from:?} to {to:?}");
        }
    }
}

fn is_resolved(commit: &Commit) -> bool {
    commit
        .history
        .iter()
        .any(|line| line.event == Event::SagaResolved)
}

/// No saga is forgotten: it is due, it has ended, or it names the operator's moves.
fn alive(saga: &Saga) {
    match saga.state {
        SagaState::Running | SagaState::Waiting | SagaState::Compensating => {
            assert!(saga.due_time.is_some(), "nobody will drive it: {saga:?}");
        }
        SagaState::Completed | SagaState::Compensated => assert_eq!(saga.due_time, None),
        SagaState::NeedsAttention => {
            let why = saga.failure.as_ref().expect("it says why");
            assert!(
                !why.reason.as_str().is_empty() && !why.next_moves.is_empty(),
                "{why:?}"
            );
        }
    }
}

/// Step by step forward, and back the same way.
fn steps(saga: &Saga) {
    let (before, after) = saga.steps.split_at(saga.cursor.min(saga.steps.len()));
    match saga.way {
        Way::Forward => {
            for step in before {
                let state = step.state;
                let is_over = matches!(state, StepState::Succeeded | StepState::Skipped);
                assert!(is_over, "{step:?} is passed over: {saga:?}");
            }
            for step in after.iter().skip(1).filter(|_| !saga.state.has_ended()) {
                assert_eq!(
                    step.state,
                    StepState::Pending,
                    "{step:?} is early: {saga:?}"
                );
            }
        }
        Way::Backward => {
            for step in after.iter().skip(1) {
                let is_undone = matches!(
                    step.state,
                    StepState::Compensated | StepState::Skipped | StepState::Pending
                );
                assert!(is_undone, "{step:?} is left behind: {saga:?}");
            }
        }
    }
}

/// Promises 1 and 2, as far as one saga can keep them.
fn ends(saga: &Saga, order: &Order, goes_on: bool) {
    if !saga.state.has_ended() || goes_on {
        return;
    }
    assert_eq!(saga.sealed_token, None, "the token is needed no more");
    let live = |state: TicketState| state == TicketState::Booked;
    match order.state {
        OrderState::Confirmed => {
            let total = order.charges.expect("it is priced").total;
            assert_eq!(order.captured, Some(total), "{order:?}");
            assert!(order.booking_id.is_some(), "{order:?}");
            assert!(order.tickets.iter().any(|ticket| live(ticket.state)));
            assert!(
                order
                    .tickets
                    .iter()
                    .all(|ticket| ticket.ticket_id.is_some())
            );
        }
        OrderState::Failed | OrderState::Expired | OrderState::Cancelled => {
            assert_eq!(owned(order), 0, "captured is not refunded: {order:?}");
            assert!(
                !order.tickets.iter().any(|ticket| live(ticket.state)),
                "{order:?}"
            );
        }
        OrderState::Pending | OrderState::AwaitingPayment | OrderState::Cancelling => {
            panic!("the saga has ended, and the order is {:?}", order.state)
        }
    }
}

/// Promise 8: every transaction comes to nothing, in every currency.
fn balances(entries: &[LedgerEntry]) {
    let mut sums: BTreeMap<(TransactionId, Currency), i128> = BTreeMap::new();
    for entry in entries {
        assert!(entry.amount.minor > 0, "{entry:?}");
        let key = (entry.transaction_id, entry.amount.currency);
        *sums.entry(key).or_default() += signed(entry);
    }
    assert!(sums.values().all(|sum| *sum == 0), "{entries:?}");
}

/// What the provider has of it, as the books say.
fn clearing(entries: &[LedgerEntry]) -> i128 {
    let entries = entries.iter();
    let entries = entries.filter(|entry| entry.account == Account::ProviderClearing);
    entries.map(signed).sum()
}

fn signed(entry: &LedgerEntry) -> i128 {
    let minor = i128::from(entry.amount.minor);
    match entry.direction {
        Direction::Debit => minor,
        Direction::Credit => -minor,
    }
}

/// What the provider has of it, as the order says.
fn owned(order: &Order) -> i128 {
    minor(order.captured) - minor(order.refunded)
}

fn refundable(order: &Order) -> i128 {
    minor(order.refundable())
}

fn minor(money: Option<Money>) -> i128 {
    money.map_or(0, |money| i128::from(money.minor))
}
