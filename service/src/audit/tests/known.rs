//! Orders with their records and reports, as an audit reads them.

use std::collections::BTreeMap;

use crate::audit::compare::Reports;
use crate::domain::{
    Account, Charges, Contact, Delivery, DeliveryId, DeliveryState, Direction, EntryId, HoldState,
    HoldView, Message, Money, Order, OrderId, OrderState, Payment, PaymentState, PaymentView,
    Refund, RefundId, RefundState, Saga, SagaId, SagaState, Ticket, TicketState, Timestamp,
    Transaction, TransactionId, Way,
};
use crate::participant::Evidence;
use crate::store::OrderRecords;

pub(super) fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().expect("a known code"))
}

pub(super) fn now() -> Timestamp {
    Timestamp::from_micros(1_900_000_000_000_000)
}

pub(super) fn ticket(seat: &str, state: TicketState) -> Ticket {
    Ticket {
        seat_id: seat.parse().expect("an id"),
        seat_label: String::new(),
        holder_name: String::new(),
        price: Some(usd(35)),
        ticket_id: None,
        state,
    }
}

pub(super) fn order(state: OrderState) -> Order {
    let confirmed = state == OrderState::Confirmed;
    let tickets = if confirmed {
        TicketState::Booked
    } else {
        TicketState::Cancelled
    };
    Order {
        order_id: OrderId::generate(),
        organization_id: "acme".parse().expect("an id"),
        user_id: "ann".parse().expect("an id"),
        event_id: "ga-opera".parse().expect("an id"),
        state,
        tickets: vec![ticket("A1", tickets), ticket("A2", tickets)],
        charges: Some(Charges {
            subtotal: usd(70),
            booking_fee: usd(10),
            tax: usd(20),
            total: usd(100),
        }),
        captured: confirmed.then(|| usd(100)),
        refunded: None,
        payment: Payment {
            payment_id: Some("pay-1".into()),
            state: PaymentState::Captured,
            method_type: "card".into(),
            redirect_url: None,
        },
        refunds: Vec::new(),
        hold_id: Some("hold-1".into()),
        booking_id: None,
        failure: None,
        contact: Contact {
            email: "ann@example.test".into(),
            phone: String::new(),
        },
        metadata: BTreeMap::new(),
        saga_id: SagaId::generate(),
        create_time: now(),
        update_time: now(),
        expire_time: None,
        version: 7,
    }
}

/// What the order of these tests owes, and to whom.
pub(super) const OWED: [(Account, i64); 3] = [
    (Account::OrganizerPayable, 70),
    (Account::PlatformFees, 10),
    (Account::Tax, 20),
];

/// An order's records, and what the participants report.
pub(super) type Known = (OrderRecords, Reports);

/// Changes what is known, so that something disagrees.
pub(super) type Disturb = fn(&mut Known);

pub(super) fn saga(order: &Order, state: SagaState) -> Saga {
    Saga {
        saga_id: order.saga_id,
        kind: "book_tickets".into(),
        definition_version: 1,
        order_id: order.order_id,
        organization_id: order.organization_id.clone(),
        state,
        way: Way::Forward,
        cursor: 0,
        unwind_asked: false,
        hint_time: None,
        steps: Vec::new(),
        failure: None,
        payload: String::new().into(),
        sealed_token: None,
        owner: None,
        due_time: None,
        epoch: 1,
        version: 7,
        create_time: now(),
        update_time: now(),
    }
}

pub(super) fn delivery(order: &Order, message: Message) -> Delivery {
    Delivery {
        delivery_id: DeliveryId::generate(),
        order_id: order.order_id,
        organization_id: order.organization_id.clone(),
        message,
        state: DeliveryState::Delivered,
        attempts: 1,
        last_error: None,
        next_attempt_time: None,
        create_time: now(),
    }
}

pub(super) fn post(records: &mut OrderRecords, debit: Account, credit: Account, minor: i64) {
    let postings = [
        (debit, Direction::Debit, usd(minor)),
        (credit, Direction::Credit, usd(minor)),
    ];
    let made = Transaction::new("test", &postings)
        .expect("it balances")
        .entries(
            TransactionId::generate(),
            &mut EntryId::generate,
            &records.order.organization_id,
            records.order.order_id,
            now(),
        );
    records.entries.extend(made);
}

/// A booking of two seats that went well.
pub(super) fn confirmed() -> (OrderRecords, Reports) {
    let order = order(OrderState::Confirmed);
    let letter = Message::notification(order.saga_id, "booking_confirmed", BTreeMap::new());
    let deliveries = vec![
        delivery(&order, Message::ticket_sale(order.order_id, 2, now())),
        delivery(&order, letter),
    ];
    let mut records = OrderRecords {
        sagas: vec![saga(&order, SagaState::Completed)],
        entries: Vec::new(),
        deliveries,
        order,
    };
    for (account, minor) in OWED {
        post(&mut records, Account::Buyer, account, minor);
    }
    post(&mut records, Account::ProviderClearing, Account::Buyer, 100);
    let seat_ids = vec!["A2".to_owned(), "A1".to_owned()];
    let reports = Reports {
        payment: Some(payment(PaymentState::Captured, 100, 0)),
        hold: Some(HoldView {
            hold_id: "hold-1".into(),
            is_bound: true,
            state: HoldState::Booked,
            seat_ids: seat_ids.clone(),
        }),
        evidence: Some(Evidence {
            captures: 1,
            seat_ids,
            notification_ids: vec![format!("{}/booking_confirmed", records.order.saga_id)],
            units: 2,
        }),
    };
    (records, reports)
}

/// A booking that was undone after the payment had been authorized.
pub(super) fn failed() -> (OrderRecords, Reports) {
    let order = order(OrderState::Failed);
    let records = OrderRecords {
        sagas: vec![saga(&order, SagaState::Compensated)],
        entries: Vec::new(),
        deliveries: Vec::new(),
        order,
    };
    let reports = Reports {
        payment: Some(payment(PaymentState::Voided, 0, 0)),
        hold: Some(HoldView {
            hold_id: "hold-1".into(),
            is_bound: true,
            state: HoldState::Released,
            seat_ids: vec!["A1".into(), "A2".into()],
        }),
        evidence: Some(Evidence {
            captures: 0,
            seat_ids: Vec::new(),
            notification_ids: Vec::new(),
            units: 0,
        }),
    };
    (records, reports)
}

pub(super) fn payment(state: PaymentState, captured: i64, refunded: i64) -> PaymentView {
    PaymentView {
        payment_id: "pay-1".into(),
        state,
        amount: Some(usd(100)),
        captured: Some(usd(captured)),
        refunded: Some(usd(refunded)),
        redirect_url: String::new(),
        decline_code: String::new(),
    }
}

pub(super) fn refund(amount: i64, state: RefundState) -> Refund {
    Refund {
        refund_id: RefundId::generate(),
        amount: usd(amount),
        state,
        reason: String::new(),
        create_time: now(),
        saga_id: None,
        seat_ids: Vec::new(),
        seats_due: None,
        shares: None,
        is_posted_back: false,
    }
}
