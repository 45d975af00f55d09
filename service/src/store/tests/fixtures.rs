//! Orders, sagas and commits for the store tests.

use std::collections::BTreeMap;

use crate::domain::{
    Account, Attention, Charges, Commit, CommitId, Contact, Delivery, DeliveryId, DeliveryState,
    Direction, EntryId, Guard, HistoryEntry, KeyRow, LedgerEntry, LedgerFilter, Message, Money,
    Order, OrderId, OrderState, OrderWrite, Outcome, PageRequest, Payment, PaymentState, Reason,
    ReplicaId, Saga, SagaId, SagaState, Scope, Step, StepState, Ticket, TicketState, Timestamp,
    TransactionId, Way,
};
use crate::store::Store;
use crate::store::journal::Journal;

pub(super) const PLANS: &[(&str, u32)] = &[("book_tickets", 1)];

pub(super) fn replica(name: &str) -> ReplicaId {
    name.parse().expect("an id")
}

pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().expect("a currency"))
}

/// An order with a value in every optional field.
pub(super) fn order(create_time: Timestamp) -> Order {
    Order {
        order_id: OrderId::generate(),
        organization_id: "acme".parse().expect("an id"),
        user_id: "buyer-1".parse().expect("an id"),
        event_id: "ga-opera".parse().expect("an id"),
        state: OrderState::Pending,
        tickets: vec![Ticket {
            seat_id: "A1".parse().expect("an id"),
            seat_label: "Row A, seat 1".into(),
            holder_name: "Zoë \"Z\" O'Hara".into(),
            price: Some(usd(5_000)),
            ticket_id: Some("t-1".into()),
            state: TicketState::Held,
        }],
        charges: Some(Charges {
            subtotal: usd(5_000),
            booking_fee: usd(0),
            tax: usd(0),
            total: usd(5_000),
        }),
        captured: Some(usd(0)),
        refunded: Some(usd(0)),
        payment: Payment {
            payment_id: Some("p-1".into()),
            state: PaymentState::Authorized,
            method_type: "card".into(),
            redirect_url: None,
        },
        refunds: Vec::new(),
        hold_id: Some("h-1".into()),
        booking_id: None,
        failure: None,
        contact: Contact {
            email: "buyer@example.com".into(),
            phone: String::new(),
        },
        metadata: BTreeMap::from([("table".into(), "7".into())]),
        saga_id: SagaId::generate(),
        create_time,
        update_time: create_time,
        expire_time: Some(create_time.plus(std::time::Duration::from_secs(900))),
        version: 1,
    }
}

/// The first commit of this order's booking, without an owner.
pub(super) fn begin(order: Order) -> Commit {
    Commit {
        commit_id: CommitId::generate(),
        guard: Guard::Begin,
        saga: Saga {
            saga_id: order.saga_id,
            kind: "book_tickets".into(),
            definition_version: 1,
            order_id: order.order_id,
            organization_id: order.organization_id.clone(),
            state: SagaState::Running,
            way: Way::Forward,
            cursor: 0,
            steps: vec![Step {
                name: "hold_seats".into(),
                state: StepState::Pending,
                attempts: 0,
                undo_attempts: 0,
                last_error: Some("none \u{1F3AB}".into()),
                start_time: None,
                end_time: Some(at(7)),
                asked: true,
            }],
            failure: Some(Attention {
                reason: Reason::SeatsUnavailable,
                message: "gone".into(),
                next_moves: vec!["RetrySaga".into()],
                stopped_by: Some(crate::domain::Failure {
                    reason: Reason::CompensationRefused,
                    message: "never".into(),
                }),
            }),
            unwind_asked: true,
            hint_time: Some(at(8)),
            payload: r#"{"seats":["A1"]}"#.to_owned().into(),
            sealed_token: Some("sealed".into()),
            owner: None,
            due_time: Some(order.create_time),
            epoch: 1,
            version: 1,
            create_time: order.create_time,
            update_time: order.create_time,
        },
        history: vec![line("begun")],
        ledger: Vec::new(),
        outbox: Vec::new(),
        key: None,
        successor: None,
        order: Some(OrderWrite { order, seen: None }),
    }
}

pub(super) fn line(event: &str) -> HistoryEntry {
    HistoryEntry {
        time: at(1),
        event: event.into(),
        step: "hold_seats".into(),
        detail: String::new(),
        actor: "system".into(),
    }
}

/// The first commit of a new booking that `owner` drives.
pub(super) fn begin_owned(store: &Store, owner: &str) -> Commit {
    let mut commit = begin(order(store.now()));
    commit.saga.owner = Some(replica(owner));
    commit
}

/// The owner's next commit after `last`, which also moves the order.
pub(super) fn step(last: &Commit) -> Commit {
    let mut saga = last.saga.clone();
    let guard = Guard::Owned {
        epoch: saga.epoch,
        version: saga.version,
    };
    saga.version += 1;
    let written = last.order.as_ref().expect("the chain writes the order");
    let seen = Some(written.order.version);
    let mut order = written.order.clone();
    order.version += 1;
    Commit {
        commit_id: CommitId::generate(),
        guard,
        saga,
        order: Some(OrderWrite { order, seen }),
        history: vec![line("step_succeeded")],
        ledger: Vec::new(),
        outbox: Vec::new(),
        key: None,
        successor: None,
    }
}

/// The same commit, as a cancel, webhook or operator would write it.
pub(super) fn step_in(last: &Commit) -> Commit {
    let mut commit = step(last);
    commit.guard = Guard::StepIn {
        version: last.saga.version,
    };
    commit
}

/// The owner's final commit, which completes the saga.
pub(super) fn end(last: &Commit) -> Commit {
    let mut commit = step(last);
    commit.saga.state = SagaState::Completed;
    commit.saga.owner = None;
    commit.saga.due_time = None;
    commit
}

pub(super) fn scope(key: &str) -> Scope {
    Scope {
        organization: "acme".into(),
        caller: String::new(),
        method: "/order.v1.OrderService/CreateOrder".into(),
        key: key.into(),
    }
}

pub(super) fn keyed(
    mut commit: Commit,
    key: &str,
    fingerprint: u8,
    expire_time: Timestamp,
) -> Commit {
    commit.key = Some(KeyRow {
        scope: scope(key),
        fingerprint: [fingerprint; 32],
        order_id: commit.saga.order_id,
        saga_id: commit.saga.saga_id,
        expire_time,
    });
    commit
}

pub(super) fn entries(order: &Order) -> Vec<LedgerEntry> {
    let transaction_id = TransactionId::generate();
    let entry = |account, direction| LedgerEntry {
        entry_id: EntryId::generate(),
        transaction_id,
        organization_id: order.organization_id.clone(),
        order_id: order.order_id,
        account,
        direction,
        amount: usd(5_000),
        kind: "capture".into(),
        create_time: order.create_time,
    };
    vec![
        entry(Account::Buyer, Direction::Debit),
        entry(Account::OrganizerPayable, Direction::Credit),
    ]
}

pub(super) fn delivery(order: &Order, message: Message, create_time: Timestamp) -> Delivery {
    Delivery {
        delivery_id: DeliveryId::generate(),
        order_id: order.order_id,
        organization_id: order.organization_id.clone(),
        message,
        state: DeliveryState::Pending,
        attempts: 0,
        last_error: None,
        next_attempt_time: Some(create_time),
        create_time,
    }
}

/// Every ledger entry of an order of `acme`, sorted by id.
pub(super) async fn ledger_of(store: &Store, order_id: OrderId) -> Vec<LedgerEntry> {
    let filter = LedgerFilter {
        organization_id: "acme".parse().expect("an id"),
        order_id: Some(order_id),
        account: None,
    };
    let page = PageRequest {
        after: None,
        size: 1_000,
    };
    let page = store.ledger_entries(&filter, page).await;
    let mut entries = page.expect("it reads").items;
    entries.sort_by_key(|entry| entry.entry_id);
    entries
}

/// Commits, and asserts that the commit applied.
pub(super) async fn apply(store: &Store, commit: &Commit) {
    let outcome = store.commit(commit.clone()).await;
    assert_eq!(outcome.expect("it commits"), Outcome::Applied);
}
