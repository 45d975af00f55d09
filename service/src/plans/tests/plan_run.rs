//! A saga of a confirmed order, to which a test gives answers one by one.

use std::time::Duration;

use crate::domain::{
    Account, Answer, Call, CallError, Charges, Commit, Direction, HoldState, HoldView, LedgerEntry,
    Message, Money, Order, OrderState, PaymentState, PaymentView, Refund, RefundState, RefundView,
    ReplicaId, Saga, SagaId, SagaPayload, Ticket, Timestamp,
};
use crate::plans::Catalog;
use crate::rpc::tests::samples;
use crate::saga::{
    Decision, Definition, Intervention, Machine, Moment, Operator, Policy, Purpose, Settlement,
    Source, Start, StepIn,
};

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
/// The saga that runs.
pub(crate) const SAGA: u128 = 3;
/// The order's total: two seats at 50 USD, a fee of 3 and tax of 8.25.
pub(crate) const TOTAL: i64 = 11_125;

struct Counted(u128);

impl Source for Counted {
    fn commit_id(&mut self) -> crate::domain::CommitId {
        self.uuid().into()
    }

    fn refund_id(&mut self) -> crate::domain::RefundId {
        self.uuid().into()
    }

    fn uuid(&mut self) -> uuid::Uuid {
        self.0 += 1;
        uuid::Uuid::from_u128(self.0)
    }

    fn roll(&mut self) -> u64 {
        0
    }
}

/// A saga that runs.
pub(crate) struct PlanRun {
    plan: Definition,
    pub(crate) saga: Saga,
    pub(crate) order: Order,
    pub(crate) ledger: Vec<LedgerEntry>,
    pub(crate) outbox: Vec<Message>,
    source: Counted,
    now: Timestamp,
}

fn policy() -> Policy {
    Policy {
        step_attempts: 5,
        step_deadline: Duration::from_secs(5),
        compensation_attempts: 100,
        capture_margin: Duration::from_secs(10),
        lease: Duration::from_secs(10),
        attention_interval: Duration::from_secs(900),
    }
}

impl PlanRun {
    /// Begins a saga of this order.
    pub(crate) fn of(plan: Definition, order: Order, payload: &impl serde::Serialize) -> Self {
        let mut source = Counted(1_000);
        let owner: ReplicaId = "replica".parse().expect("visible ASCII");
        let start = Start {
            saga_id: saga_id(),
            seen: Some(order.version - 1),
            order: order.clone(),
            payload: SagaPayload::encode(payload).expect("it serializes"),
            sealed_token: None,
            key: None,
            actor: "ann".into(),
            detail: "ill".into(),
        };
        let policy = policy();
        let mut moment = Moment {
            now: NOW,
            owner: &owner,
            token: None,
            source: &mut source,
        };
        let commit = Machine::new(&plan, &policy, &Catalog::all()).begin(start, &mut moment);
        assert_eq!(commit.history[0].detail, "ill");
        Self {
            saga: commit.saga,
            plan,
            order,
            ledger: Vec::new(),
            outbox: Vec::new(),
            source,
            now: NOW,
        }
    }

    /// What the machine decides when the saga is due: its writes are applied, up to the next call or rest.
    pub(crate) fn next(&mut self) -> Option<(Purpose, Call, String)> {
        let owner: ReplicaId = "replica".parse().expect("visible ASCII");
        let policy = policy();
        loop {
            self.now = self.saga.due_time?.max(self.now);
            let plans = Catalog::all();
            let machine = Machine::new(&self.plan, &policy, &plans);
            let mut moment = Moment {
                now: self.now,
                owner: &owner,
                token: None,
                source: &mut self.source,
            };
            match machine.decide(&self.saga, &self.order, &mut moment) {
                Decision::Call {
                    purpose,
                    call,
                    idempotency_key,
                } => return Some((purpose, *call, idempotency_key)),
                Decision::Write(commit) => {
                    let waits = commit.saga.due_time.is_some_and(|due| due > self.now);
                    self.apply(*commit);
                    if waits {
                        return None;
                    }
                }
                Decision::Sleep(_) | Decision::Rest => return None,
            }
        }
    }

    /// Makes the next call, gives it this answer, and says what was called.
    pub(crate) fn answered(&mut self, answer: Result<Answer, CallError>) -> Call {
        let (purpose, call, _) = self.next().expect("the saga goes on");
        let owner: ReplicaId = "replica".parse().expect("visible ASCII");
        let policy = policy();
        let mut moment = Moment {
            now: self.now,
            owner: &owner,
            token: None,
            source: &mut self.source,
        };
        let plans = Catalog::all();
        let machine = Machine::new(&self.plan, &policy, &plans);
        let commit = machine.answered(&self.saga, &self.order, purpose, answer, &mut moment);
        self.apply(commit);
        call
    }

    /// ResolveSaga while these seats are booked. Error: why it is refused.
    pub(crate) fn settled(
        &mut self,
        order_state: OrderState,
        state: PaymentState,
        refunded: i64,
        booked: &[&str],
    ) -> Result<(), String> {
        let settlement = Settlement {
            order_state,
            payment: PaymentView {
                payment_id: "pay-1".into(),
                state,
                amount: Some(usd(TOTAL)),
                captured: Some(usd(TOTAL)),
                refunded: Some(usd(refunded)),
                redirect_url: String::new(),
                decline_code: String::new(),
            },
            hold: view(booked),
        };
        self.intervened(Intervention::Resolve(Box::new(settlement)))
    }

    /// RetrySaga.
    pub(crate) fn retried(&mut self) {
        self.intervened(Intervention::Retry)
            .expect("it may be retried");
    }

    /// An operator's act, written. Error: why it is refused.
    fn intervened(&mut self, intervention: Intervention) -> Result<(), String> {
        let owner: ReplicaId = "replica".parse().expect("visible ASCII");
        let operator = Operator {
            actor: "olga".into(),
            note: "by phone".into(),
            key: None,
        };
        let (policy, plans) = (policy(), Catalog::all());
        let mut moment = Moment {
            now: self.now,
            owner: &owner,
            token: None,
            source: &mut self.source,
        };
        let act = StepIn::Intervene(intervention, operator);
        let machine = Machine::new(&self.plan, &policy, &plans);
        let commit = machine.step_in(&self.saga, &self.order, act, &mut moment)?;
        self.apply(commit);
        Ok(())
    }

    fn apply(&mut self, commit: Commit) {
        self.saga = commit.saga;
        if let Some(write) = commit.order {
            self.order = write.order;
        }
        self.ledger.extend(commit.ledger);
        let messages = commit.outbox.into_iter().map(|delivery| delivery.message);
        self.outbox.extend(messages);
    }

    /// Debits less credits.
    pub(crate) fn balance(&self, account: Account) -> i64 {
        let entries = self.ledger.iter().filter(|entry| entry.account == account);
        entries
            .map(|entry| match entry.direction {
                Direction::Debit => entry.amount.minor,
                Direction::Credit => -entry.amount.minor,
            })
            .sum()
    }

    /// Units of usage that were recorded.
    pub(crate) fn units(&self) -> i64 {
        let units = self.outbox.iter().filter_map(|message| match message {
            Message::Usage { units, .. } => Some(*units),
            Message::Notification { .. } => None,
        });
        units.sum()
    }

    /// The templates of the notifications that were written.
    pub(crate) fn templates(&self) -> Vec<&str> {
        let templates = self.outbox.iter().filter_map(|message| match message {
            Message::Notification { template, .. } => Some(template.as_str()),
            Message::Usage { .. } => None,
        });
        templates.collect()
    }
}

pub(crate) fn saga_id() -> SagaId {
    uuid::Uuid::from_u128(SAGA).into()
}

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().expect("a known code"))
}

/// Two seats, `A1` and `A2`.
pub(crate) fn order(state: OrderState) -> Order {
    let mut order = samples::order();
    let ticket = |seat: &str| Ticket {
        seat_id: seat.parse().expect("visible ASCII"),
        ..order.tickets[0].clone()
    };
    let tickets = vec![ticket("A1"), ticket("A2")];
    order.tickets = tickets;
    order.state = state;
    order.charges = Some(Charges {
        subtotal: usd(10_000),
        booking_fee: usd(300),
        tax: usd(825),
        total: usd(TOTAL),
    });
    order.captured = Some(usd(TOTAL));
    order
}

/// A refund on its way, of the saga that runs or of another.
pub(crate) fn pending(amount: i64, of_this: bool, seats: &[&str]) -> Refund {
    let saga_id = if of_this {
        saga_id()
    } else {
        uuid::Uuid::from_u128(SAGA + 1).into()
    };
    Refund {
        refund_id: uuid::Uuid::from_u128(500 + u128::from(of_this)).into(),
        amount: usd(amount),
        state: RefundState::Pending,
        reason: String::new(),
        create_time: NOW,
        saga_id: Some(saga_id),
        seat_ids: seats
            .iter()
            .map(|seat| seat.parse().expect("visible ASCII"))
            .collect(),
        seats_due: None,
        shares: None,
        is_posted_back: false,
    }
}

/// A booking with these seats left.
pub(crate) fn booking(seats: &[&str]) -> Result<Answer, CallError> {
    let left = seats
        .iter()
        .map(|seat| ((*seat).to_owned(), "t".to_owned()));
    Ok(Answer::Booking {
        booking_id: "b".into(),
        tickets: left.collect(),
    })
}

/// The hold behind it, as a query finds it.
pub(crate) fn hold(seats: &[&str]) -> Result<Answer, CallError> {
    Ok(Answer::Hold(view(seats)))
}

fn view(seats: &[&str]) -> HoldView {
    HoldView {
        hold_id: "h".into(),
        is_bound: true,
        state: if seats.is_empty() {
            HoldState::Released
        } else {
            HoldState::Booked
        },
        seat_ids: seats.iter().map(|seat| (*seat).to_owned()).collect(),
    }
}

pub(crate) fn refund(state: RefundState, amount: i64) -> Result<Answer, CallError> {
    Ok(Answer::Refund(RefundView {
        state,
        amount: Some(usd(amount)),
    }))
}

pub(crate) fn unknown() -> Result<Answer, CallError> {
    Err(CallError::Unknown {
        message: "lost".into(),
    })
}

pub(crate) fn refused(message: &str) -> Result<Answer, CallError> {
    Err(CallError::Refused {
        reason: "NO".into(),
        message: message.into(),
    })
}
