//! The journal of one saga: guards as the store has them, and a clock that jumps.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::order::{
    Commit, CommitId, Contact, Guard, Order, OrderId, OrderState, Payment, PaymentState, ReplicaId,
    Saga, SagaId, Tariff, Ticket, TicketState, Timestamp,
};
use crate::saga::book_tickets::{self, Payload};
use crate::saga::machine::{Machine, Moment, Start};
use crate::saga::policy::Policy;
use crate::store::journal::Outcome;

use super::Dice;
use super::replica::DiceSource;
use super::world::{HOLD, World};

pub(super) struct SimulatedJournal {
    saga: Saga,
    order: Order,
    /// Found again however late they are sent again: all but those that left no line of history.
    applied: Vec<CommitId>,
    last: CommitId,
    lease_until: Timestamp,
    now: Timestamp,
    deliveries: usize,
    ledger_sum: i128,
    lease: Duration,
}

impl SimulatedJournal {
    pub(super) fn begin(policy: &Policy, world: &World) -> Self {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let order = order(now);
        let payload = Payload {
            return_url: String::new(),
            expected_total: world.expected_total(),
            adopted_hold_id: None,
            tariff: Tariff::default(),
            hold_duration_secs: HOLD.as_secs(),
        };
        let plan = book_tickets::plan();
        let mut dice = Dice(7);
        let owner: ReplicaId = "replica-a".parse().expect("it is visible ASCII");
        let commit = Machine::new(&plan, policy).begin(
            Start {
                saga_id: order.saga_id,
                order: order.clone(),
                seen: None,
                payload: serde_json::to_string(&payload).expect("it serializes"),
                sealed_token: Some("sealed".into()),
                key: None,
                actor: "tester".into(),
                detail: String::new(),
            },
            &mut Moment {
                now,
                owner: &owner,
                token: None,
                source: &mut DiceSource(&mut dice),
            },
        );
        Self {
            saga: commit.saga,
            order,
            applied: Vec::new(),
            last: commit.commit_id,
            lease_until: now.plus(policy.lease),
            now,
            deliveries: 0,
            ledger_sum: 0,
            lease: policy.lease,
        }
    }

    pub(super) fn commit(&mut self, commit: &Commit) -> Outcome {
        if self.last == commit.commit_id || self.applied.contains(&commit.commit_id) {
            return Outcome::Applied;
        }
        match commit.guard {
            Guard::Owned { epoch, .. } if epoch != self.saga.epoch => return Outcome::Fenced,
            Guard::Owned { version, .. } if version != self.saga.version => return Outcome::Stale,
            Guard::StepIn { version } if version != self.saga.version => return Outcome::Stale,
            Guard::Owned { .. } | Guard::StepIn { .. } => {}
            Guard::Begin => panic!("the simulation begins once"),
        }
        let (epoch, owner) = (self.saga.epoch, self.saga.owner.clone());
        assert_eq!(commit.saga.version, self.saga.version + 1);
        if let Some(write) = &commit.order {
            assert_eq!(write.seen, Some(self.order.version));
            assert!(
                self.order.state.may_become(write.order.state),
                "{:?} to {:?}",
                self.order.state,
                write.order.state
            );
            self.order = write.order.clone();
        }
        self.saga = commit.saga.clone();
        self.last = commit.commit_id;
        if !commit.history.is_empty() {
            self.applied.push(commit.commit_id);
        }
        match commit.guard {
            // As the store has it: neither epoch nor lease is touched, and what is due is due now.
            Guard::StepIn { .. } => {
                (self.saga.epoch, self.saga.owner) = (epoch, owner);
                self.saga.due_time = self.saga.due_time.map(|_| self.now);
            }
            Guard::Begin | Guard::Owned { .. } => {
                self.lease_until = match &self.saga.owner {
                    Some(_) => self.now.plus(self.lease),
                    None => Timestamp::from_micros(0),
                };
            }
        }
        self.deliveries += commit.outbox.len();
        for entry in &commit.ledger {
            self.ledger_sum += match entry.direction {
                crate::order::Direction::Debit => i128::from(entry.amount.minor),
                crate::order::Direction::Credit => -i128::from(entry.amount.minor),
            };
        }
        Outcome::Applied
    }

    /// The saga, where it is due and nobody's; its epoch rises.
    pub(super) fn claim(&mut self, owner: &ReplicaId) -> Option<(Saga, Order)> {
        let due = self.saga.due_time.is_some_and(|due| due <= self.now);
        if !due || self.lease_until > self.now {
            return None;
        }
        self.saga.epoch += 1;
        self.saga.owner = Some(owner.clone());
        self.lease_until = self.now.plus(self.lease);
        Some((self.saga.clone(), self.order.clone()))
    }

    pub(super) fn renew(&mut self, owner: &ReplicaId, epoch: i64) {
        if self.saga.owner.as_ref() == Some(owner) && self.saga.epoch == epoch {
            self.lease_until = self.now.plus(self.lease);
        }
    }

    pub(super) fn advance(&mut self, span: Duration) {
        self.now = self.now.plus(span);
    }

    /// Nothing happens by itself any more, or until nobody waits.
    pub(super) fn is_at_rest(&self) -> bool {
        self.saga.due_time.is_none()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now
    }

    pub(super) fn clock(&self) -> String {
        format!(
            "{:>9} ms",
            (self.now.micros() - 1_700_000_000_000_000) / 1_000
        )
    }

    pub(super) fn saga(&self) -> &Saga {
        &self.saga
    }

    pub(super) fn order(&self) -> &Order {
        &self.order
    }

    pub(super) fn deliveries(&self) -> usize {
        self.deliveries
    }

    pub(super) fn ledger_sum(&self) -> i128 {
        self.ledger_sum
    }
}

fn order(now: Timestamp) -> Order {
    Order {
        order_id: OrderId::from(uuid::Uuid::from_u128(1)),
        organization_id: "org".parse().expect("visible ASCII"),
        user_id: "ann".parse().expect("visible ASCII"),
        event_id: "ga-opera".parse().expect("visible ASCII"),
        state: OrderState::Pending,
        tickets: vec![Ticket {
            seat_id: "A1".parse().expect("visible ASCII"),
            seat_label: String::new(),
            holder_name: String::new(),
            price: None,
            ticket_id: None,
            state: TicketState::Held,
        }],
        charges: None,
        captured: None,
        refunded: None,
        payment: Payment {
            payment_id: None,
            state: PaymentState::Pending,
            method_type: "card".into(),
            redirect_url: None,
        },
        refunds: Vec::new(),
        hold_id: None,
        booking_id: None,
        failure: None,
        contact: Contact {
            email: "a@b".into(),
            phone: String::new(),
        },
        metadata: BTreeMap::new(),
        saga_id: SagaId::from(uuid::Uuid::from_u128(2)),
        create_time: now,
        update_time: now,
        expire_time: None,
        version: 1,
    }
}
