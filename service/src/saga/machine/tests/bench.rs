//! A booking on a bench: time stands still until it is moved, and answers are what the test says.

use std::time::Duration;

use crate::domain::{
    Answer, Call, CallError, Commit, CommitId, HeldSeat, HoldState, HoldView, LedgerEntry, Money,
    Order, OrderState, PaymentState, PaymentView, RefundId, ReplicaId, Saga, SagaPayload, Secret,
    Timestamp,
};
use crate::plans::book_tickets::Payload;
use crate::plans::{Catalog, book_tickets};
use crate::rpc::tests::samples;
use crate::saga::machine::{
    Cancel, Decision, Intervention, Machine, Operator, Purpose, Start, StepIn,
};
use crate::saga::moment::{Moment, Source};
use crate::saga::plan::Definition;
use crate::saga::policy::Policy;

/// Names that follow from the version of the saga that is moved: asked the same twice, it answers the same.
pub(crate) struct Counted(u128);

impl Counted {
    pub(crate) fn at(version: i64) -> Self {
        Self(u128::from(version.unsigned_abs()) << 32)
    }
}

impl Source for Counted {
    fn commit_id(&mut self) -> CommitId {
        self.uuid().into()
    }

    fn refund_id(&mut self) -> RefundId {
        self.uuid().into()
    }

    fn uuid(&mut self) -> uuid::Uuid {
        self.0 += 1;
        uuid::Uuid::from_u128(self.0)
    }

    /// The longest backoff there may be, nearly.
    fn roll(&mut self) -> u64 {
        99_999
    }
}

/// The saga on the bench; of a booking, the order's own.
pub(crate) const SAGA: uuid::Uuid = uuid::Uuid::from_u128(2);

pub(crate) fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().expect("a known code"))
}

/// A payment of the whole price in this state.
pub(crate) fn payment(state: PaymentState) -> Answer {
    let taken = state == PaymentState::Captured;
    Answer::Payment(PaymentView {
        payment_id: "pay-1".into(),
        state,
        amount: Some(usd(5_000)),
        captured: Some(usd(if taken { 5_000 } else { 0 })),
        refunded: Some(usd(0)),
        redirect_url: "https://pay.example".into(),
        decline_code: String::new(),
    })
}

pub(crate) fn hold(state: HoldState) -> Answer {
    Answer::Hold(HoldView {
        hold_id: "hold-1".into(),
        is_bound: true,
        state,
        seat_ids: Vec::new(),
    })
}

pub(crate) fn unknown() -> CallError {
    CallError::Unknown {
        message: "nobody answers".into(),
    }
}

pub(crate) fn refusal() -> CallError {
    CallError::Refused {
        reason: String::new(),
        message: "never".into(),
    }
}

pub(crate) struct Bench {
    pub(crate) plan: Definition,
    pub(crate) policy: Policy,
    pub(crate) owner: ReplicaId,
    pub(crate) now: Timestamp,
    pub(crate) saga: Saga,
    pub(crate) order: Order,
    pub(crate) ledger: Vec<LedgerEntry>,
    /// Every transition since it began.
    pub(crate) written: Vec<Commit>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let mut order = samples::order();
        order.state = OrderState::Pending;
        order.charges = None;
        (order.captured, order.refunded) = (None, None);
        order.payment.payment_id = None;
        order.payment.state = PaymentState::Pending;
        order.hold_id = None;
        order.booking_id = None;
        order.expire_time = None;
        for ticket in &mut order.tickets {
            ticket.ticket_id = None;
            ticket.state = crate::domain::TicketState::Held;
        }
        let payload = Payload {
            return_url: String::new(),
            expected_total: None,
            adopted_hold_id: None,
            tariff: crate::domain::Tariff::default(),
            booking_fees: crate::domain::BookingFees::default(),
            hold_duration_secs: 100_000,
        };
        Self::of(book_tickets::plan(), order, None, &payload)
    }

    /// A saga of this plan, begun for an order that is new, or that was seen in this version.
    pub(crate) fn of(
        plan: Definition,
        order: Order,
        seen: Option<i64>,
        payload: &impl serde::Serialize,
    ) -> Self {
        let payload = SagaPayload::encode(payload).expect("it serializes");
        let now = order.create_time;
        let policy = Policy {
            step_attempts: 3,
            step_deadline: Duration::from_secs(5),
            compensation_attempts: 2,
            capture_margin: Duration::from_secs(10),
            lease: Duration::from_secs(10),
            attention_interval: Duration::from_secs(900),
        };
        let owner: ReplicaId = "bench".parse().expect("visible ASCII");
        let start = Start {
            saga_id: SAGA.into(),
            order: order.clone(),
            seen,
            payload,
            sealed_token: Some("sealed".into()),
            key: None,
            actor: "tester".into(),
            detail: String::new(),
        };
        let commit = Machine::new(&plan, &policy, &Catalog::all()).begin(
            start,
            &mut Moment {
                now,
                owner: &owner,
                token: None,
                source: &mut Counted::at(0),
            },
        );
        Self {
            saga: commit.saga,
            ledger: commit.ledger,
            written: Vec::new(),
            plan,
            policy,
            owner,
            now,
            order,
        }
    }

    /// A booking whose seats are held.
    pub(crate) fn held() -> Self {
        let mut bench = Self::new();
        let seats = bench.order.tickets.iter().map(|ticket| HeldSeat {
            seat_id: ticket.seat_id.to_string(),
            seat_label: "Seat".into(),
            price: Some(usd(5_000)),
        });
        let answer = Answer::Held {
            hold_id: "hold-1".into(),
            expire_time: Some(bench.now.plus(Duration::from_secs(100_000))),
            seats: seats.collect(),
        };
        bench.answered(Ok(answer));
        bench
    }

    /// A booking that is authorized and booked, and whose capture is named.
    pub(crate) fn booked() -> Self {
        let mut bench = Self::held();
        bench.answered(Ok(payment(PaymentState::Authorized)));
        let tickets = bench.order.tickets.iter();
        let tickets = tickets.map(|ticket| (ticket.seat_id.to_string(), "t-1".into()));
        let answer = Answer::Booking {
            booking_id: "booking-1".into(),
            tickets: tickets.collect(),
        };
        bench.answered(Ok(answer));
        bench
    }

    pub(crate) fn passes(&mut self, span: Duration) {
        self.now = self.now.plus(span);
    }

    pub(crate) fn decides(&self) -> Decision {
        self.decides_with(Some(&Secret::new("tok".into())))
    }

    /// What is decided with this payment token; none where no key opens it.
    pub(crate) fn decides_with(&self, token: Option<&Secret>) -> Decision {
        let mut moment = Moment {
            now: self.now,
            owner: &self.owner,
            token,
            source: &mut Counted::at(self.saga.version),
        };
        Machine::new(&self.plan, &self.policy, &Catalog::all()).decide(
            &self.saga,
            &self.order,
            &mut moment,
        )
    }

    /// The call that is made next, and why; writes first what is to be written.
    pub(crate) fn calls(&mut self) -> (Purpose, Call) {
        loop {
            match self.decides() {
                Decision::Call { purpose, call, .. } => return (purpose, *call),
                Decision::Write(commit) => self.writes(*commit),
                Decision::Sleep(until) => panic!("it sleeps until {until:?}"),
                Decision::Rest => panic!("it rests: {:?}", self.saga),
            }
        }
    }

    /// The next call, answered so.
    pub(crate) fn answered(&mut self, answer: Result<Answer, CallError>) {
        let (purpose, _) = self.calls();
        self.hears_of(purpose, answer);
    }

    /// A call that was made before, answered so.
    pub(crate) fn hears_of(&mut self, purpose: Purpose, answer: Result<Answer, CallError>) {
        let mut moment = Moment {
            now: self.now,
            owner: &self.owner,
            token: None,
            source: &mut Counted::at(self.saga.version),
        };
        let plans = Catalog::all();
        let machine = Machine::new(&self.plan, &self.policy, &plans);
        let commit = machine.answered(&self.saga, &self.order, purpose, answer, &mut moment);
        self.writes(commit);
    }

    /// The user cancels.
    pub(crate) fn cancels(&mut self) {
        let cancel = Cancel {
            reason: String::new(),
            actor: "ann".into(),
            key: None,
        };
        let mut moment = Moment {
            now: self.now,
            owner: &self.owner,
            token: None,
            source: &mut Counted::at(self.saga.version),
        };
        let plans = Catalog::all();
        let machine = Machine::new(&self.plan, &self.policy, &plans);
        let act = StepIn::Cancel(cancel);
        let commit = machine.step_in(&self.saga, &self.order, act, &mut moment);
        let commit = commit.expect("a cancel is never refused");
        self.writes(commit);
    }

    /// An operator acts. Error: why the act is refused.
    pub(crate) fn intervenes(&mut self, intervention: &Intervention) -> Result<(), String> {
        let operator = Operator {
            actor: "olga".into(),
            note: "a note".into(),
            key: None,
        };
        let mut moment = Moment {
            now: self.now,
            owner: &self.owner,
            token: None,
            source: &mut Counted::at(self.saga.version),
        };
        let plans = Catalog::all();
        let machine = Machine::new(&self.plan, &self.policy, &plans);
        let (saga, order) = (&self.saga, &self.order);
        let act = StepIn::Intervene(intervention.clone(), operator);
        let commit = machine.step_in(saga, order, act, &mut moment)?;
        assert_eq!(commit.saga.epoch, self.saga.epoch);
        assert_eq!(commit.saga.owner, self.saga.owner, "the lease is another's");
        self.writes(commit);
        Ok(())
    }

    /// What a transition writes is so from now on.
    pub(crate) fn writes(&mut self, commit: Commit) {
        self.saga = commit.saga.clone();
        self.ledger.extend(commit.ledger.iter().cloned());
        if let Some(write) = &commit.order {
            self.order = write.order.clone();
        }
        self.written.push(commit);
    }
}
