//! A confirmed and an undone order agree with everything; each thing that is broken is found, and nothing else is.

mod known;

use super::compare::compare;
use super::finding::Kind;
use crate::domain::{
    Account, DeliveryState, HoldState, Message, OrderState, PaymentState, Refund, RefundState,
    SagaId, Shares, TicketState, Transaction,
};
use known::{Disturb, Known, OWED, confirmed, delivery, failed, now, payment, post, refund, usd};

fn kinds((records, reports): &Known) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = compare(records, reports)
        .into_iter()
        .map(|finding| finding.kind)
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

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
    records.order.refunds = vec![Refund {
        shares: Some(Shares {
            payable: usd(35),
            fees: usd(5),
            tax: usd(10),
        }),
        ..refund(50, RefundState::Succeeded)
    }];
    for (account, minor) in OWED {
        post(&mut records, account, Account::ProviderClearing, minor / 2);
    }
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
            &[Kind::OrderSaga, Kind::LedgerMoney, Kind::UsageOutbox],
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
fn fees_that_are_booked_as_tax_are_found() {
    let mut known = confirmed();
    post(&mut known.0, Account::PlatformFees, Account::Tax, 10);
    assert_eq!(kinds(&known), [Kind::LedgerMoney]);
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

#[test]
fn a_late_capture_that_a_person_kept_for_the_order_is_clean() {
    let (mut records, reports) = confirmed();
    post(
        &mut records,
        Account::ProviderClearing,
        Account::Suspense,
        100,
    );
    post(
        &mut records,
        Account::Suspense,
        Account::ProviderClearing,
        100,
    );
    assert_eq!(
        kinds(&(records.clone(), reports.clone())),
        [Kind::LedgerMoney]
    );
    for entry in records.entries.iter_mut().rev().take(2) {
        entry.kind = Transaction::KEPT_CAPTURE.to_owned();
    }
    assert_eq!(kinds(&(records, reports)), []);
}
