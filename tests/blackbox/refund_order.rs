//! `RefundOrder`: money, seats or both are returned once, and never more than was captured.

use std::time::Duration;

use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, PaymentState};
use order_proto::order::v1::{RefundOrderRequest, RefundState, SagaState, TicketState};
use order_proto::sandbox::v1::FaultKind;
use order_tests::booking::key;
use order_tests::promises::{self, amount};
use order_tests::refund::{
    UNIT, ask, code_and_reason, confirmed, of_amount, of_seats, refund, request, usd,
};
use order_tests::sandbox::{CANCEL_BOOKING, Method, REFUND_PAYMENT};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use tonic::Code;

on_both_backends!(
    an_amount_is_returned_and_the_order_stays_confirmed,
    seats_are_refunded_with_their_share_until_none_is_left,
    all_that_is_left_is_returned_without_a_ticket,
    a_refund_survives_transient_faults,
    a_refused_refund_leaves_the_order_as_it_was,
    a_cancel_waits_for_a_refund_on_its_way,
    a_refund_survives_a_kill_while_seats_are_freed,
    a_refund_survives_a_kill_while_money_is_returned,
);

async fn units(stack: &Stack, order: &Order) -> Option<i64> {
    let totals = stack.sandbox.totals("").await;
    let mut usage = totals.usage.into_iter();
    let sum = usage.find(|sum| sum.organization_id == order.organization_id);
    sum.map(|sum| sum.units)
}

async fn an_amount_is_returned_and_the_order_stays_confirmed(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    let first = refund(&stack, of_amount(&order, usd(10, 0))).await;
    assert_eq!(first.state(), OrderState::Confirmed, "{first:?}");
    assert_eq!(amount(first.refunded.as_ref()), 10 * UNIT);
    let payment = first.payment.as_ref().expect("the order has a payment");
    assert_eq!(payment.state(), PaymentState::PartiallyRefunded);
    assert_eq!(first.refunds[0].reason, "the buyer is ill");
    let second = refund(&stack, of_amount(&order, usd(0, 10_000_000))).await;
    assert_eq!(amount(second.refunded.as_ref()), 10 * UNIT + UNIT / 100);
    let states: Vec<_> = second.refunds.iter().map(|refund| refund.state()).collect();
    assert_eq!(states, [RefundState::Succeeded; 2]);
    let held = promises::hold(&stack, &order.order_id).await;
    assert_eq!(held, second);

    let sagas = stack.sagas_of(&order.order_id, "refund_order").await;
    assert_eq!(sagas.len(), 2);
    let notification_ids: Vec<_> = sagas
        .iter()
        .map(|saga| format!("{}/order_refunded", saga.saga_id))
        .collect();
    until("both notifications", SOON, async || {
        let totals = stack.sandbox.totals(&order.order_id).await;
        let notified = totals.notifications.iter();
        let notified = notified.filter(|sum| notification_ids.contains(&sum.notification_id));
        (notified.count() == 2).then_some(())
    })
    .await;
    assert_eq!(units(&stack, &order).await, Some(1));
}

async fn seats_are_refunded_with_their_share_until_none_is_left(backend: Backend) {
    let stack = Setup::on(backend)
        .with("BOOKING_FEE", "USD:1.50")
        .with("TAX_BPS", "825")
        .start()
        .await;
    let booking = Booking::new().with_seats(3);
    let order = stack.book(&booking).await;
    assert_eq!(amount(order.total.as_ref()), 16_688 * UNIT / 100);
    let first = refund(&stack, of_seats(&order, &[1])).await;
    assert_eq!(first.state(), OrderState::Confirmed, "{first:?}");
    // 50.00 + 1.50 + the difference in tax (12.38 - 8.25).
    assert_eq!(amount(first.refunded.as_ref()), 5_563 * UNIT / 100);
    let states: Vec<_> = first.tickets.iter().map(|ticket| ticket.state()).collect();
    assert_eq!(
        states,
        [
            TicketState::Booked,
            TicketState::Cancelled,
            TicketState::Booked
        ]
    );
    promises::hold(&stack, &order.order_id).await;
    // The two tickets that remain: 100.00, twice 1.50, and 8.25 % of 100.00.
    for (account, cents) in [
        ("organizer_payable", 10_000),
        ("platform_fees", 300),
        ("tax", 825),
    ] {
        let owed = promises::owed(&stack, &first, account).await;
        assert_eq!(owed, cents * UNIT / 100, "{account}");
    }
    // The seat can be sold again.
    let mut again = booking.clone();
    again.seat_ids = vec![booking.seat_ids[1].clone()];
    assert_eq!(stack.book(&again).await.state(), OrderState::Confirmed);

    let last = refund(&stack, of_seats(&order, &[0, 2])).await;
    assert_eq!(last.state(), OrderState::Cancelled, "{last:?}");
    let held = promises::hold(&stack, &order.order_id).await;
    assert_eq!(amount(held.refunded.as_ref()), amount(held.total.as_ref()));
    // Three seats sold, three reversed, and one sold again.
    until("the usage reversal", SOON, async || {
        (units(&stack, &order).await == Some(1)).then_some(())
    })
    .await;
}

async fn all_that_is_left_is_returned_without_a_ticket(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    refund(&stack, of_amount(&order, usd(20, 0))).await;
    let all = refund(&stack, request(&order, 30)).await;
    assert_eq!(all.state(), OrderState::Confirmed, "{all:?}");
    assert_eq!(amount(all.refunded.as_ref()), 50 * UNIT);
    assert_eq!(amount(all.refunds[1].amount.as_ref()), 30 * UNIT);
    let payment = all.payment.as_ref().expect("the order has a payment");
    assert_eq!(payment.state(), PaymentState::Refunded);
    promises::hold(&stack, &order.order_id).await;
    let more = ask(&stack, request(&order, 30), &key()).await;
    let status = more.expect_err("nothing is left to refund");
    assert_eq!(
        code_and_reason(&status),
        (Code::FailedPrecondition, "REFUND_TOO_LARGE".to_owned())
    );
    // The seat can still be cancelled, with an amount of zero.
    let cancelled = stack
        .orders()
        .cancel_order(CancelOrderRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        })
        .await
        .expect("a cancel is answered")
        .into_inner();
    assert_eq!(cancelled.state(), OrderState::Cancelled);
    promises::hold(&stack, &order.order_id).await;
}

async fn a_refund_survives_transient_faults(backend: Backend) {
    let stack = Stack::on(backend).await;
    for method in [CANCEL_BOOKING, REFUND_PAYMENT] {
        for kind in [FaultKind::FailBefore, FaultKind::LoseReply] {
            stack.sandbox.reset().await;
            let order = confirmed(&stack, 2).await;
            stack.sandbox.fault(method, kind, 3).await;
            let order = refund(&stack, of_seats(&order, &[0])).await;
            assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT, "{order:?}");
            promises::hold(&stack, &order.order_id).await;
        }
    }
}

async fn a_refused_refund_leaves_the_order_as_it_was(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 2).await;
    for (method, asked, reason) in [
        (CANCEL_BOOKING, of_seats(&order, &[0]), "INVENTORY_REJECTED"),
        (
            CANCEL_BOOKING,
            of_seats(&order, &[0, 1]),
            "INVENTORY_REJECTED",
        ),
        (
            REFUND_PAYMENT,
            of_amount(&order, usd(5, 0)),
            "REFUND_FAILED",
        ),
    ] {
        stack.sandbox.fault(method, FaultKind::Reject, 1).await;
        let kept = refund(&stack, asked).await;
        assert_eq!(kept.state(), OrderState::Confirmed, "{kept:?}");
        assert_eq!(kept.tickets, order.tickets);
        assert_eq!(amount(kept.refunded.as_ref()), 0);
        let last = kept.refunds.last().expect("the value is shown");
        assert_eq!(last.state(), RefundState::Failed);
        let sagas = stack.sagas_of(&order.order_id, "refund_order").await;
        let saga = stack.saga(&sagas[0].saga_id).await;
        assert_eq!(saga.state(), SagaState::Compensated);
        assert_eq!(saga.failure.map(|why| why.reason).as_deref(), Some(reason));
        promises::hold(&stack, &order.order_id).await;
    }
    // The amount of a failed refund can be refunded again.
    let all = refund(&stack, request(&order, 30)).await;
    assert_eq!(amount(all.refunded.as_ref()), 100 * UNIT);
    promises::hold(&stack, &order.order_id).await;
}

async fn a_cancel_waits_for_a_refund_on_its_way(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 2).await;
    stack
        .sandbox
        .delay(REFUND_PAYMENT, 1, Duration::from_millis(1_500))
        .await;
    let slow = RefundOrderRequest {
        wait: Some(prost_types::Duration::default()),
        ..of_amount(&order, usd(10, 0))
    };
    let pending = refund(&stack, slow).await;
    assert_eq!(pending.refunds[0].state(), RefundState::Pending);
    let sagas = stack.sagas_of(&order.order_id, "refund_order").await;
    stack.reaches(&sagas[0].saga_id, "refund_payment").await;
    let cancelled = stack
        .orders()
        .cancel_order(CancelOrderRequest {
            order_id: order.order_id.clone(),
            ..Default::default()
        })
        .await
        .expect("a cancel is answered")
        .into_inner();
    assert!(!cancelled.refunds.is_empty(), "{cancelled:?}");
    let late = ask(&stack, of_amount(&order, usd(1, 0)), &key()).await;
    assert_eq!(
        code_and_reason(&late.expect_err("the order is CANCELLING")).1,
        "ORDER_STATE_INVALID"
    );
    stack.becomes(&order.order_id, OrderState::Cancelled).await;
    let order = promises::hold(&stack, &order.order_id).await;
    let amounts: Vec<_> = order
        .refunds
        .iter()
        .map(|refund| amount(refund.amount.as_ref()) / UNIT)
        .collect();
    assert_eq!(amounts, [10, 90]);
}

/// Kills the service while the call of this step is in progress, restarts it, and expects one refund.
async fn survives(backend: Backend, step: &str, method: Method) {
    let mut stack = Setup::on(backend).with("LEASE", "2s").start().await;
    let order = confirmed(&stack, 2).await;
    stack.sandbox.delay(method, 1, Duration::from_secs(2)).await;
    let asked = RefundOrderRequest {
        wait: Some(prost_types::Duration::default()),
        ..of_seats(&order, &[0])
    };
    let asked = refund(&stack, asked).await;
    assert_eq!(asked.refunds[0].state(), RefundState::Pending, "{asked:?}");
    let saga = stack.begins(&order.order_id, "refund_order").await;
    stack.reaches(&saga.saga_id, step).await;
    stack.kill(0);
    stack.restart(0).await;
    let order = until("the refund to have the state", SOON, async || {
        let order = stack.order(&order.order_id).await;
        let known = order.refunds[0].state() == RefundState::Succeeded;
        known.then_some(order)
    })
    .await;
    assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT, "{order:?}");
    promises::hold(&stack, &order.order_id).await;
}

async fn a_refund_survives_a_kill_while_seats_are_freed(backend: Backend) {
    survives(backend, "cancel_booking", CANCEL_BOOKING).await;
}

async fn a_refund_survives_a_kill_while_money_is_returned(backend: Backend) {
    survives(backend, "refund_payment", REFUND_PAYMENT).await;
}
