//! One transition in the making: the saga and order as they become, and what is written with them.

use std::time::Duration;

use crate::domain::{
    Attention, Commit, Delivery, DeliveryId, DeliveryState, EntryId, Event, Failure, Guard,
    HistoryEntry, Order, OrderState, OrderWrite, Reason, Saga, SagaState, StepState, Successor,
    Timestamp, TransactionId, Way,
};
use crate::saga::moment::{Moment, Source};
use crate::saga::step::Change;

/// Who acts when no person does.
pub(super) const SYSTEM: &str = "system";

/// One transition in the making.
pub(super) struct Draft {
    pub(super) saga: Saga,
    pub(super) change: Change,
    seen: Order,
    history: Vec<HistoryEntry>,
    guard: Guard,
    now: Timestamp,
    keeps_lease: bool,
    actor: String,
    /// Why the saga needed attention when it was last stopped, while it is called again and has not progressed since: a stop
    /// for the same reason belongs to the same stay and is recorded once (rule 30).
    stay: Option<Reason>,
    /// A saga that begins with the transition.
    pub(super) successor: Option<Box<Successor>>,
}

impl Draft {
    pub(super) fn new(saga: &Saga, order: &Order, moment: &mut Moment<'_>) -> Self {
        Self {
            guard: Guard::Owned {
                epoch: saga.epoch,
                version: saga.version,
            },
            saga: saga.clone(),
            change: Change {
                order: order.clone(),
                ledger: Vec::new(),
                outbox: Vec::new(),
                erase_token: false,
                refund_id: moment.source.refund_id(),
                saga_id: saga.saga_id,
                next: None,
            },
            successor: None,
            seen: order.clone(),
            history: Vec::new(),
            now: moment.now,
            keeps_lease: true,
            stay: stay_of(saga).cloned(),
            actor: SYSTEM.to_owned(),
        }
    }

    /// A transition by a caller that does not own the saga: the lease is unchanged.
    pub(super) fn stepping_in(
        saga: &Saga,
        order: &Order,
        actor: &str,
        moment: &mut Moment<'_>,
    ) -> Self {
        Self {
            guard: Guard::StepIn {
                version: saga.version,
            },
            actor: actor.to_owned(),
            ..Self::new(saga, order, moment)
        }
    }

    pub(super) fn note(&mut self, event: Event, detail: impl Into<String>) {
        let step = self.saga.steps.get(self.saga.cursor);
        let step = step.map(|step| step.name.clone()).unwrap_or_default();
        self.note_of(&step, event, detail);
    }

    /// A line about a step that need not be the current one.
    pub(super) fn note_of(&mut self, step: &str, event: Event, detail: impl Into<String>) {
        self.history.push(HistoryEntry {
            time: self.now,
            event,
            step: step.to_owned(),
            detail: detail.into(),
            actor: self.actor.clone(),
        });
    }

    /// The current step, as it becomes.
    pub(super) fn step(&mut self) -> &mut crate::domain::Step {
        let cursor = self.saga.cursor;
        self.saga
            .steps
            .get_mut(cursor)
            .expect("the cursor was checked against the plan")
    }

    /// The current step is over.
    pub(super) fn end_step(&mut self, state: StepState) {
        let now = self.now;
        let step = self.step();
        step.state = state;
        step.end_time = Some(now);
    }

    /// The database's time at this transition.
    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    /// Goes on at once.
    pub(super) fn go_on(&mut self) {
        self.saga.due_time = Some(self.now);
        self.keeps_lease = true;
    }

    /// The current step is asked for, anew or for the first time.
    pub(super) fn begin_again(&mut self) {
        self.leave_stay();
        self.saga.state = SagaState::Running;
        let step = self.step();
        step.state = StepState::Running;
        step.attempts = 1;
        step.asked = false;
        self.go_on();
    }

    /// Whether no step before the current one was needed.
    pub(super) fn is_first(&self) -> bool {
        let before = &self.saga.steps[..self.saga.cursor];
        before.iter().all(|step| step.state == StepState::Skipped)
    }

    /// Goes on after a pause, keeping the lease over a short one.
    pub(super) fn pause(&mut self, pause: Duration, keeps_lease: bool) {
        self.saga.due_time = Some(self.now.plus(pause));
        self.keeps_lease = keeps_lease;
    }

    /// Moves no more by itself.
    pub(super) fn rest(&mut self, state: SagaState) {
        self.saga.state = state;
        self.saga.due_time = None;
        self.keeps_lease = false;
        if state.has_ended() {
            self.change.erase_token = true;
        }
    }

    /// A person must decide, by one of these moves. `again` keeps trying, rarely, where the last outcome was unknown.
    pub(super) fn stop(&mut self, why: Failure, next_moves: Vec<String>, again: Option<Duration>) {
        if self.stay.as_ref() != Some(&why.reason) {
            self.note(
                Event::NeedsAttention,
                format!("{}: {}", why.reason, why.message),
            );
        }
        self.saga.failure = Some(match self.saga.failure.take() {
            // What the order ends with stays: this only says what became of an undo.
            Some(cause) if self.saga.way == Way::Backward => Attention {
                next_moves,
                stopped_by: Some(why),
                ..cause
            },
            Some(_) | None => Attention {
                next_moves,
                ..why.into()
            },
        });
        self.rest(SagaState::NeedsAttention);
        self.saga.due_time = again.map(|pause| self.now.plus(pause));
    }

    /// Is called again although it needs attention: why it was stopped is kept until there is progress.
    pub(super) fn leave_attention(&mut self) {
        self.saga.state = match self.saga.way {
            Way::Forward => SagaState::Running,
            Way::Backward => SagaState::Compensating,
        };
        if let Some(failure) = &mut self.saga.failure {
            failure.next_moves.clear();
        }
        self.go_on();
    }

    /// There is progress: a saga that goes forward has no reason to need attention any more.
    pub(super) fn leave_stay(&mut self) {
        if self.saga.way == Way::Forward {
            self.saga.failure = None;
        }
    }

    /// Goes on from where it stands: of why it stood, only what it unwinds for is left.
    pub(super) fn resume(&mut self) {
        match self.saga.way {
            Way::Forward => {
                self.saga.state = SagaState::Running;
                self.saga.failure = None;
            }
            Way::Backward => {
                self.saga.state = SagaState::Compensating;
                if let Some(cause) = &mut self.saga.failure {
                    cause.next_moves.clear();
                    cause.stopped_by = None;
                }
            }
        }
    }

    /// Turns back, for this reason. The order waits no more for its buyer.
    pub(super) fn turn_back(&mut self, failure: &Failure) {
        self.saga.way = Way::Backward;
        self.saga.state = SagaState::Compensating;
        self.saga.failure = Some(failure.clone().into());
        self.saga.unwind_asked = false;
        if self.change.order.state == OrderState::AwaitingPayment {
            self.change.order.state = OrderState::Pending;
        }
    }

    pub(super) fn commit(mut self, moment: &mut Moment<'_>) -> Commit {
        self.saga.version += 1;
        self.saga.update_time = self.now;
        match self.guard {
            Guard::StepIn { .. } | Guard::AtRest { .. } => {}
            Guard::Begin | Guard::Owned { .. } => {
                self.saga.owner = self.keeps_lease.then(|| moment.owner.clone());
            }
        }
        if self.change.erase_token {
            self.saga.sealed_token = None;
        }
        let order = self.written_order();
        let (ledger, outbox) = self.rows(moment.source);
        Commit {
            commit_id: moment.source.commit_id(),
            guard: self.guard,
            saga: self.saga,
            order,
            history: self.history,
            ledger,
            outbox,
            key: None,
            successor: self.successor,
        }
    }

    fn written_order(&self) -> Option<OrderWrite> {
        if self.change.order == self.seen {
            return None;
        }
        let mut order = self.change.order.clone();
        debug_assert!(
            self.seen.state.may_become(order.state) || self.seen.state.may_be_settled(order.state),
            "{:?} to {:?}",
            self.seen.state,
            order.state
        );
        order.version = self.seen.version + 1;
        order.update_time = self.now;
        Some(OrderWrite {
            order,
            seen: Some(self.seen.version),
        })
    }

    fn rows(&self, source: &mut dyn Source) -> (Vec<crate::domain::LedgerEntry>, Vec<Delivery>) {
        let order = &self.change.order;
        let mut ledger = Vec::new();
        for transaction in &self.change.ledger {
            let transaction_id = TransactionId::from(source.uuid());
            let mut entry_id = || EntryId::from(source.uuid());
            ledger.extend(transaction.entries(
                transaction_id,
                &mut entry_id,
                &order.organization_id,
                order.order_id,
                self.now,
            ));
        }
        let delivery = |message: &crate::domain::Message| Delivery {
            delivery_id: DeliveryId::from(source.uuid()),
            order_id: order.order_id,
            organization_id: order.organization_id.clone(),
            message: message.clone(),
            state: DeliveryState::Pending,
            attempts: 0,
            last_error: None,
            next_attempt_time: Some(self.now),
            create_time: self.now,
        };
        (ledger, self.change.outbox.iter().map(delivery).collect())
    }
}

/// Why the saga was stopped, where it is called again and has not progressed since. Such a saga is RUNNING with a failure,
/// or COMPENSATING with a failure that names what stopped it.
pub(crate) fn stay_of(saga: &Saga) -> Option<&Reason> {
    let failure = saga.failure.as_ref()?;
    match (saga.state, saga.way) {
        (SagaState::Running, Way::Forward) => Some(&failure.reason),
        (SagaState::Compensating, Way::Backward) => {
            let stopped_by = failure.stopped_by.as_ref();
            stopped_by.map(|why| &why.reason)
        }
        (
            SagaState::Running
            | SagaState::Waiting
            | SagaState::Compensating
            | SagaState::Completed
            | SagaState::Compensated
            | SagaState::NeedsAttention,
            Way::Forward | Way::Backward,
        ) => None,
    }
}
