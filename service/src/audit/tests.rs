//! A confirmed and an undone order agree with everything; each thing that is broken is found, and nothing else is.

use std::collections::BTreeMap;

use super::compare::{Reports, compare};
use super::finding::Kind;
use crate::domain::{
    Account, Charges, Contact, Delivery, DeliveryId, DeliveryState, Direction, EntryId, HoldState,
    HoldView, Message, Money, Order, OrderId, OrderState, Payment, PaymentState, PaymentView,
    Refund, RefundId, RefundState, Saga, SagaId, SagaState, Ticket, TicketState, Timestamp,
    Transaction, TransactionId, Way,
};
use crate::participant::Evidence;
use crate::store::OrderRecords;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().expect("a known code"))
}

fn now() -> Timestamp {
    Timestamp::from_micros(1_900_000_000_000_000)
}

fn ticket(seat: &str, state: TicketState) -> Ticket {
    Ticket {
        seat_id: seat.parse().expect("an id"),
        seat_label: String::new(),
        holder_name: String::new(),
        price: Some(usd(50)),
        ticket_id: None,
        state,
    }
}

fn order(state: OrderState) -> Order {
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
            subtotal: usd(100),
            booking_fee: usd(0),
            tax: usd(0),
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

/// Changes what is known, so that something disagrees.
type Disturb = fn(&mut Known);

fn saga(order: &Order, state: SagaState) -> Saga {
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

fn delivery(order: &Order, message: Message) -> Delivery {
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

fn post(records: &mut OrderRecords, debit: Account, credit: Account, minor: i64) {
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
fn confirmed() -> (OrderRecords, Reports) {
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
    post(&mut records, Account::Buyer, Account::OrganizerPayable, 100);
    post(&mut records, Account::ProviderClearing, Account::Buyer, 100);
    let seat_ids = vec!["A2".to_owned(), "A1".to_owned()];
    let reports = Reports {
        payment: Some(payment(PaymentState::Captured, 100, 0)),
        hold: Some(HoldView {
            hold_id: "hold-1".into(),
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
fn failed() -> (OrderRecords, Reports) {
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

fn payment(state: PaymentState, captured: i64, refunded: i64) -> PaymentView {
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

fn refund(amount: i64, state: RefundState) -> Refund {
    Refund {
        refund_id: RefundId::generate(),
        amount: usd(amount),
        state,
        reason: String::new(),
        create_time: now(),
        saga_id: None,
        seat_ids: Vec::new(),
        shares: None,
    }
}

fn kinds((records, reports): &(OrderRecords, Reports)) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = compare(records, reports)
        .into_iter()
        .map(|finding| finding.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

type Known = (OrderRecords, Reports);

#[test]
fn an_order_that_agrees_with_everything_is_clean() {
    assert_eq!(kinds(&confirmed()), []);
    assert_eq!(kinds(&failed()), []);
    let (records, mut reports) = failed();
    (reports.payment, reports.hold) = (None, None);
    assert_eq!(kinds(&(records, reports)), [], "undone before it began");
}

#[test]
fn a_refund_of_one_seat_that_was_done_everywhere_is_clean() {
    let (mut records, mut reports) = confirmed();
    records.order.tickets[1].state = TicketState::Cancelled;
    records.order.refunded = Some(usd(50));
    records.order.refunds = vec![refund(50, RefundState::Succeeded)];
    post(
        &mut records,
        Account::OrganizerPayable,
        Account::ProviderClearing,
        50,
    );
    let reversal = Message::Usage {
        event_type: "ticket_sale".into(),
        units: -1,
        idempotency_key: format!("{}/ticket_sale_reversal", SagaId::generate()),
        occur_time: now(),
    };
    let reversal = delivery(&records.order, reversal);
    records.deliveries.push(reversal);
    reports.payment = Some(payment(PaymentState::PartiallyRefunded, 100, 50));
    reports.hold.as_mut().expect("it has one").seat_ids = vec!["A1".into()];
    reports.evidence.as_mut().expect("it has some").seat_ids = vec!["A1".into()];
    assert_eq!(kinds(&(records, reports)), []);
}

#[test]
fn what_is_broken_about_a_confirmed_order_is_found() {
    let cases: [(Disturb, &[Kind]); 14] = [
        (
            |(records, _)| records.order.state = OrderState::Pending,
            &[Kind::OrderUnfinished, Kind::InventorySeats],
        ),
        (
            |(records, _)| records.sagas.clear(),
            &[Kind::OrderSaga, Kind::UsageOutbox],
        ),
        (
            |(records, _)| records.order.captured = Some(usd(99)),
            &[Kind::OrderMoney, Kind::LedgerMoney, Kind::PaymentMoney],
        ),
        (
            |(records, _)| records.order.refunds = vec![refund(1, RefundState::Pending)],
            &[Kind::OrderMoney],
        ),
        (
            |(records, _)| records.order.tickets[0].state = TicketState::Held,
            &[Kind::OrderTickets, Kind::UsageOutbox, Kind::InventorySeats],
        ),
        (
            |(records, _)| drop(records.entries.pop()),
            &[Kind::LedgerUnbalanced, Kind::LedgerMoney],
        ),
        (
            |(records, _)| post(records, Account::ProviderClearing, Account::Buyer, 100),
            &[Kind::LedgerMoney],
        ),
        (
            |(records, _)| drop(records.deliveries.remove(0)),
            &[Kind::UsageOutbox],
        ),
        (
            |(records, _)| drop(records.deliveries.remove(1)),
            &[Kind::NotificationOutbox, Kind::NotificationReceived],
        ),
        (
            |(_, reports)| reports.payment = Some(payment(PaymentState::Captured, 100, 100)),
            &[Kind::PaymentMoney],
        ),
        (|(_, reports)| reports.payment = None, &[Kind::PaymentMoney]),
        (
            |(_, reports)| drop(reports.hold.as_mut().expect("one").seat_ids.pop()),
            &[Kind::InventorySeats],
        ),
        (
            |(_, reports)| reports.evidence.as_mut().expect("some").captures = 2,
            &[Kind::CapturedTwice],
        ),
        (
            |(_, reports)| {
                reports
                    .evidence
                    .as_mut()
                    .expect("some")
                    .notification_ids
                    .clear()
            },
            &[Kind::NotificationReceived],
        ),
    ];
    for (number, (break_it, expected)) in cases.into_iter().enumerate() {
        let mut known = confirmed();
        break_it(&mut known);
        assert_eq!(kinds(&known), expected, "case {number}");
    }
}

#[test]
fn what_is_left_of_an_undone_order_is_found() {
    let cases: [(Disturb, &[Kind]); 5] = [
        (
            |(records, _)| records.order.state = OrderState::Confirmed,
            &[Kind::OrderSaga, Kind::OrderMoney, Kind::OrderTickets],
        ),
        (
            |(_, reports)| reports.payment = Some(payment(PaymentState::Authorized, 0, 0)),
            &[Kind::PaymentMoney],
        ),
        (
            |(_, reports)| reports.payment = Some(payment(PaymentState::Captured, 100, 0)),
            &[Kind::PaymentMoney],
        ),
        (
            |(_, reports)| reports.hold.as_mut().expect("one").state = HoldState::Held,
            &[Kind::InventorySeats],
        ),
        (
            |(records, _)| {
                let sale = Message::ticket_sale(records.order.order_id, 2, now());
                let sale = delivery(&records.order, sale);
                records.deliveries.push(sale);
            },
            &[Kind::UsageOutbox],
        ),
    ];
    for (number, (break_it, expected)) in cases.into_iter().enumerate() {
        let mut known = failed();
        break_it(&mut known);
        assert_eq!(kinds(&known), expected, "case {number}");
    }
}

#[test]
fn what_is_still_on_its_way_out_is_no_disagreement() {
    let (mut records, mut reports) = confirmed();
    for delivery in &mut records.deliveries {
        delivery.state = DeliveryState::Pending;
    }
    let evidence = reports.evidence.as_mut().expect("it has some");
    evidence.notification_ids.clear();
    assert_eq!(kinds(&(records, reports)), []);
}
