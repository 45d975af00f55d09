//! What begins sagas: a booking of two seats, with which a seed begins, and what is asked of the order later.

use std::collections::BTreeMap;

use crate::domain::{
    Contact, KeyRow, Order, OrderId, OrderState, Outcome, Payment, PaymentState, ReplicaId, SagaId,
    SagaPayload, Scope, Ticket, TicketState, Timestamp,
};
use crate::engine::simulation::journal::SimulatedJournal;
use crate::engine::simulation::replica::DiceSource;
use crate::engine::simulation::world::{HOLD, SEATS, TARIFF, World};
use crate::engine::simulation::{Dice, Rules};
use crate::plans::book_tickets::Payload;
use crate::saga::{Moment, Start};

/// The booking as it is placed.
pub(super) fn booking(world: &World, now: Timestamp) -> Start {
    let payload = Payload {
        return_url: String::new(),
        expected_total: world.expected_total(),
        adopted_hold_id: world.inventory.is_adopted.then(|| "h".to_owned()),
        tariff: TARIFF,
        booking_fees: crate::domain::BookingFees::default(),
        hold_duration_secs: HOLD.as_secs(),
    };
    let order = order(now);
    Start {
        saga_id: order.saga_id,
        order,
        seen: None,
        payload: SagaPayload::encode(&payload).expect("it serializes"),
        sealed_token: Some("sealed".into()),
        key: None,
        actor: "tester".into(),
        detail: String::new(),
    }
}

fn order(now: Timestamp) -> Order {
    let ticket = |seat: &str| Ticket {
        seat_id: seat.parse().expect("visible ASCII"),
        seat_label: String::new(),
        holder_name: String::new(),
        price: None,
        ticket_id: None,
        state: TicketState::Held,
    };
    Order {
        order_id: OrderId::from(uuid::Uuid::from_u128(1)),
        organization_id: "org".parse().expect("visible ASCII"),
        user_id: "ann".parse().expect("visible ASCII"),
        event_id: "ga-opera".parse().expect("visible ASCII"),
        state: OrderState::Pending,
        tickets: SEATS.into_iter().map(ticket).collect(),
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

/// Starts another saga of the order, as the application does; any replica may claim it.
pub(super) fn begin(
    rules: &Rules,
    journal: &mut SimulatedJournal,
    (kind, saga_id, mut order, payload): (&str, SagaId, Order, SagaPayload),
    key: &str,
    dice: &mut Dice,
) -> Outcome {
    let seen = journal.order().version;
    if order != *journal.order() {
        order.version += 1;
    }
    let nobody: ReplicaId = "caller".parse().expect("visible ASCII");
    let now = journal.now();
    let start = Start {
        saga_id,
        key: Some(row(key, &order, saga_id, now)),
        order,
        seen: Some(seen),
        payload,
        sealed_token: None,
        actor: "ann".into(),
        detail: String::new(),
    };
    let mut commit = rules.machine(kind).begin(
        start,
        &mut Moment {
            now,
            owner: &nobody,
            token: None,
            source: &mut DiceSource(dice),
        },
    );
    commit.saga.owner = None;
    journal.commit(&commit)
}

pub(super) fn row(key: &str, order: &Order, saga_id: SagaId, now: Timestamp) -> KeyRow {
    KeyRow {
        scope: Scope {
            organization: order.organization_id.to_string(),
            caller: String::new(),
            method: "simulated".into(),
            key: key.to_owned(),
        },
        fingerprint: [0; 32],
        order_id: order.order_id,
        saga_id,
        expire_time: now,
    }
}
