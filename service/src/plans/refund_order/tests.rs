//! The plan under the machine: every answer, and the end that it leads to.

use super::*;
use crate::domain::{
    Account, Answer, Call, Order, OrderState, PaymentState, Reason, RefundState, SagaState,
    TicketState,
};
use crate::plans::tests::plan_run::{
    PlanRun, TOTAL, booking, hold, order, pending, refund, refused, unknown, usd,
};

/// A refund of this amount and these seats, as it is begun.
fn begun(mut order: Order, amount: i64, seats: &[&str], takes_last: bool) -> PlanRun {
    let own = pending(amount, true, seats);
    let payload = Payload {
        seat_ids: own.seat_ids.clone(),
        takes_last,
        reason: "ill".into(),
    };
    order.refunds.push(own);
    PlanRun::of(plan(), order, &payload)
}

fn confirmed() -> Order {
    order(OrderState::Confirmed)
}

#[test]
fn an_amount_is_returned_and_the_order_stays_confirmed() {
    let mut run = begun(confirmed(), 1_000, &[], false);
    let (_, _, key) = run.next().expect("it is asked for");
    assert_eq!(key, format!("{}/refund_payment", run.saga.saga_id));
    run.answered(refund(RefundState::Succeeded, 1_000));
    assert_eq!(run.saga.state, SagaState::Completed);
    assert_eq!(run.order.state, OrderState::Confirmed);
    assert_eq!(run.order.refunded, Some(usd(1_000)));
    assert_eq!(run.order.payment.state, PaymentState::PartiallyRefunded);
    // 10000 : 300 : 825 of 1000, the largest remainders first.
    assert_eq!(run.balance(Account::OrganizerPayable), 899);
    assert_eq!(run.balance(Account::PlatformFees), 27);
    assert_eq!(run.balance(Account::Tax), 74);
    assert_eq!((run.units(), run.templates()), (0, vec!["order_refunded"]));
}

#[test]
fn an_amount_that_is_refused_leaves_the_order_as_it_was() {
    for waits_first in [false, true] {
        let mut run = begun(confirmed(), 1_000, &[], false);
        if waits_first {
            run.answered(refund(RefundState::Pending, 1_000));
            assert_eq!(run.saga.state, SagaState::Waiting);
            run.answered(refund(RefundState::Failed, 1_000));
        } else {
            run.answered(refused("no"));
            run.answered(Ok(Answer::Absent));
        }
        assert_eq!(run.saga.state, SagaState::Compensated);
        assert_eq!(run.order.refunds[0].state, RefundState::Failed);
        assert_eq!(run.order.refundable(), Some(usd(TOTAL)));
        assert_eq!(run.order.state, OrderState::Confirmed);
        assert!(run.ledger.is_empty() && run.outbox.is_empty());
    }
}

#[test]
fn named_seats_are_freed_before_their_share_is_returned() {
    let mut run = begun(confirmed(), 5_563, &["A1"], false);
    let first = run.answered(booking(&["A2"]));
    assert!(
        matches!(&first, Call::CancelBooking { seat_ids, .. } if seat_ids.len() == 1),
        "{first:?}"
    );
    let states: Vec<_> = run
        .order
        .tickets
        .iter()
        .map(|ticket| ticket.state)
        .collect();
    assert_eq!(states, [TicketState::Cancelled, TicketState::Booked]);
    run.answered(refund(RefundState::Succeeded, 5_563));
    assert_eq!(run.order.state, OrderState::Confirmed);
    assert_eq!((run.units(), run.templates()), (-1, vec!["order_refunded"]));
}

#[test]
fn seats_that_are_refused_fail_the_refund_alone() {
    let mut run = begun(confirmed(), 5_563, &["A1"], false);
    run.answered(refused("the doors are open"));
    run.answered(hold(&["A1", "A2"]));
    assert_eq!(run.saga.state, SagaState::Compensated);
    let why = run.saga.failure.clone().expect("it says why");
    assert_eq!(why.reason, Reason::InventoryRejected);
    assert_eq!(run.order.refunds[0].state, RefundState::Failed);
    assert_eq!(run.order.live_tickets().count(), 2);
    assert!(run.ledger.is_empty() && run.outbox.is_empty());
}

#[test]
fn a_refund_that_fails_after_the_seats_were_freed_needs_a_person() {
    let mut run = begun(confirmed(), 5_563, &["A1"], false);
    run.answered(booking(&["A2"]));
    run.answered(refund(RefundState::Failed, 5_563));
    assert_eq!(run.saga.state, SagaState::NeedsAttention);
    run.saga.state = SagaState::Running;
    run.saga.due_time = Some(run.saga.update_time);
    run.answered(refund(RefundState::Succeeded, 5_563));
    assert_eq!(run.saga.state, SagaState::Completed);
    assert_eq!(run.order.refunded, Some(usd(5_563)));
}

#[test]
fn the_last_ticket_takes_the_order_with_it() {
    let mut run = begun(order(OrderState::Cancelling), TOTAL, &["A1", "A2"], true);
    run.answered(booking(&[]));
    run.answered(refund(RefundState::Succeeded, TOTAL));
    assert_eq!(run.order.state, OrderState::Cancelled);
    assert_eq!(run.order.payment.state, PaymentState::Refunded);
    assert_eq!(run.units(), -2);
}

#[test]
fn the_last_ticket_waits_for_the_others() {
    for (theirs, ends) in [
        (TicketState::Cancelled, OrderState::Cancelled),
        (TicketState::Booked, OrderState::Confirmed),
    ] {
        let mut order = order(OrderState::Cancelling);
        order.refunds = vec![pending(5_563, false, &["A1"])];
        let mut run = begun(order, 5_562, &["A2"], true);
        run.answered(booking(&["A1"]));
        run.answered(refund(RefundState::Succeeded, 5_562));
        assert_eq!(run.next(), None);
        assert_eq!(run.saga.state, SagaState::Waiting);
        run.order.tickets[0].state = theirs;
        run.order.refunds[0].state = if theirs == TicketState::Cancelled {
            RefundState::Succeeded
        } else {
            RefundState::Failed
        };
        assert_eq!(run.next(), None);
        assert_eq!(run.saga.state, SagaState::Completed);
        assert_eq!(run.order.state, ends);
    }
}

#[test]
fn the_last_ticket_refused_keeps_the_order() {
    let mut run = begun(order(OrderState::Cancelling), TOTAL, &["A1", "A2"], true);
    run.answered(refused("the doors are open"));
    run.answered(hold(&["A1", "A2"]));
    assert_eq!(run.order.state, OrderState::Confirmed);
    assert_eq!(run.order.refunds[0].state, RefundState::Failed);
}

#[test]
fn seats_that_cost_nothing_are_given_back_for_nothing() {
    let mut free = confirmed();
    free.captured = Some(usd(0));
    let mut run = begun(free, 0, &["A1"], false);
    run.answered(booking(&["A2"]));
    assert_eq!(run.saga.state, SagaState::Completed);
    assert_eq!(run.order.refunds[0].state, RefundState::Succeeded);
    assert!(run.ledger.is_empty());
}

#[test]
fn a_refund_that_a_person_paid_out_ends_with_its_books_and_messages() {
    let mut run = begun(confirmed(), 5_563, &["A1"], false);
    run.answered(booking(&["A2"]));
    run.answered(refund(RefundState::Failed, 5_563));
    assert_eq!(run.saga.state, SagaState::NeedsAttention);
    let moves = run.saga.failure.as_ref().map(|why| why.next_moves.clone());
    assert_eq!(moves, Some(vec!["RetrySaga".into(), "ResolveSaga".into()]));

    let (captured, partly) = (PaymentState::Captured, PaymentState::PartiallyRefunded);
    let settled = run.settled(OrderState::Confirmed, captured, 0, &["A2"]);
    let why = settled.expect_err("the money is not back");
    assert!(why.contains("refunded 55.63 USD would do"), "{why}");
    let settled = run.settled(OrderState::Confirmed, partly, 5_563, &["A1", "A2"]);
    settled.expect_err("the money is back, and the seat is not");
    let settled = run.settled(OrderState::Cancelled, partly, 5_563, &["A2"]);
    let why = settled.expect_err("a ticket is left");
    assert!(why.contains("CONFIRMED"), "{why}");
    assert!(run.ledger.is_empty(), "nothing is half-written");

    let settled = run.settled(OrderState::Confirmed, partly, 5_563, &["A2"]);
    settled.expect("it was returned by hand");
    assert_eq!(run.saga.state, SagaState::Completed);
    assert_eq!(run.saga.failure, None);
    assert_eq!(run.order.refunded, Some(usd(5_563)));
    assert_eq!(run.balance(Account::ProviderClearing), -5_563);
    assert_eq!(run.balance(Account::Refunds), 0);
    assert_eq!((run.units(), run.templates()), (-1, vec!["order_refunded"]));
}

#[test]
fn a_refund_that_nobody_answers_ends_as_the_money_has_it() {
    for (returned, state, ends) in [
        (0, PaymentState::Captured, SagaState::Compensated),
        (1_000, PaymentState::PartiallyRefunded, SagaState::Completed),
    ] {
        let mut run = begun(confirmed(), 1_000, &[], false);
        for _ in 0..100 {
            run.answered(unknown());
        }
        assert_eq!(run.saga.state, SagaState::NeedsAttention);
        let seats = ["A1", "A2"];
        let other = run.settled(OrderState::Confirmed, state, 999, &seats);
        other.expect_err("that is neither");
        let settled = run.settled(OrderState::Confirmed, state, returned, &seats);
        settled.expect("it is one of the two");
        assert_eq!(run.saga.state, ends);
        assert_eq!(run.balance(Account::ProviderClearing), -returned);
        assert_eq!(run.order.refundable(), Some(usd(TOTAL - returned)));
        assert_eq!(run.order.live_tickets().count(), 2);
    }
}

#[test]
fn the_last_ticket_that_a_person_paid_out_cancels_the_order() {
    let mut run = begun(order(OrderState::Cancelling), TOTAL, &["A1", "A2"], true);
    run.answered(booking(&[]));
    run.answered(refund(RefundState::Failed, TOTAL));
    let (partly, all) = (PaymentState::PartiallyRefunded, PaymentState::Refunded);
    let settled = run.settled(OrderState::Cancelled, partly, TOTAL - 1, &[]);
    settled.expect_err("a cent is missing");
    let settled = run.settled(OrderState::Cancelled, all, TOTAL, &[]);
    settled.expect("all of it is back");
    assert_eq!(run.order.state, OrderState::Cancelled);
    assert_eq!(run.order.refunded, run.order.captured);
    assert_eq!(run.balance(Account::Refunds), 0);
}

#[test]
fn nobody_says_whose_money_is_back_while_another_refund_is_on_its_way() {
    let mut two = confirmed();
    two.refunds = vec![pending(500, false, &[])];
    let mut run = begun(two, 1_000, &[], false);
    for _ in 0..100 {
        run.answered(unknown());
    }
    let partly = PaymentState::PartiallyRefunded;
    let settled = run.settled(OrderState::Confirmed, partly, 1_000, &["A1", "A2"]);
    let why = settled.expect_err("it may be the other's");
    assert!(why.contains("another saga"), "{why}");
}
