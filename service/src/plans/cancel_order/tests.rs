//! The plan under the machine: every answer, and the end that it leads to.

use super::*;
use crate::domain::{
    Account, Call, Order, OrderState, Reason, RefundState, SagaState, Ticket, TicketState,
};
use crate::plans::tests::plan_run::{
    PlanRun, TOTAL, booking, hold, order, pending, refund, refused, unknown, usd,
};

fn cancel(order: Order) -> PlanRun {
    let reason = "ill".into();
    PlanRun::of(plan(), order, &Payload { reason })
}

fn cancelling() -> Order {
    order(OrderState::Cancelling)
}

fn is_cancelled(ticket: &Ticket) -> bool {
    ticket.state == TicketState::Cancelled
}

#[test]
fn the_seats_go_first_and_the_money_through_lost_and_late_answers() {
    let mut cancel = cancel(cancelling());
    let first = cancel.answered(unknown());
    assert!(matches!(first, Call::CancelBooking { .. }), "{first:?}");
    let (_, _, key) = cancel.next().expect("it is tried again");
    assert_eq!(key, format!("{}/cancel_booking", cancel.saga.saga_id));
    cancel.answered(booking(&[]));
    assert!(cancel.order.tickets.iter().all(is_cancelled));
    let named = cancel.order.refunds[0].clone();
    assert_eq!(
        (named.amount, named.state, named.reason.as_str()),
        (usd(TOTAL), RefundState::Pending, "ill")
    );
    let first = cancel.answered(unknown());
    assert!(matches!(first, Call::RefundPayment { .. }), "{first:?}");
    let again = cancel.answered(refund(RefundState::Pending, TOTAL));
    assert_eq!(again, first, "a refund keeps its name");
    assert_eq!(cancel.saga.state, SagaState::Waiting);
    assert!(cancel.ledger.is_empty(), "nothing is back yet");
    let asked = cancel.answered(refund(RefundState::Succeeded, TOTAL));
    assert!(matches!(asked, Call::GetRefund { refund_id } if refund_id == named.refund_id));

    assert_eq!(cancel.saga.state, SagaState::Completed);
    assert_eq!(cancel.order.state, OrderState::Cancelled);
    assert_eq!(cancel.order.refunded, cancel.order.captured);
    assert_eq!(cancel.balance(Account::OrganizerPayable), 10_000);
    assert_eq!(cancel.balance(Account::PlatformFees), 300);
    assert_eq!(cancel.balance(Account::Tax), 825);
    assert_eq!(cancel.balance(Account::Refunds), 0);
    assert_eq!(cancel.balance(Account::ProviderClearing), -TOTAL);
    assert_eq!(
        (cancel.units(), cancel.templates()),
        (-2, vec!["order_cancelled"])
    );
}

#[test]
fn a_refusal_keeps_the_order_and_the_money() {
    let mut cancel = cancel(cancelling());
    cancel.answered(refused("the doors are open"));
    let asked = cancel.answered(hold(&["A1", "A2"]));
    assert!(matches!(asked, Call::GetHold { .. }), "it is looked at");
    assert_eq!(cancel.saga.state, SagaState::Compensated);
    let why = cancel.saga.failure.clone().expect("it says why");
    assert_eq!(
        (&why.reason, why.message.as_str()),
        (&Reason::InventoryRejected, "the doors are open")
    );
    assert_eq!(cancel.order.state, OrderState::Confirmed);
    assert!(!cancel.order.tickets.iter().any(is_cancelled));
    assert!(cancel.order.refunds.is_empty() && cancel.ledger.is_empty());
    assert!(cancel.outbox.is_empty());
    assert_eq!(cancel.next(), None);
}

#[test]
fn a_refusal_after_the_seats_were_freed_is_none() {
    let mut cancel = cancel(cancelling());
    cancel.answered(unknown());
    cancel.answered(refused("there is no such booking"));
    cancel.answered(hold(&[]));
    cancel.answered(refund(RefundState::Succeeded, TOTAL));
    assert_eq!(cancel.order.state, OrderState::Cancelled);
}

#[test]
fn a_free_order_needs_no_refund() {
    let mut free = cancelling();
    free.captured = Some(usd(0));
    let mut cancel = cancel(free);
    cancel.answered(booking(&[]));
    assert_eq!(cancel.saga.state, SagaState::Completed);
    assert_eq!(cancel.order.state, OrderState::Cancelled);
    assert!(cancel.order.refunds.is_empty() && cancel.ledger.is_empty());
}

#[test]
fn a_failed_refund_needs_a_person_and_is_tried_again_under_another_name() {
    let mut cancel = cancel(cancelling());
    cancel.answered(booking(&[]));
    cancel.answered(refund(RefundState::Failed, TOTAL));
    assert_eq!(cancel.saga.state, SagaState::NeedsAttention);
    assert_eq!(cancel.order.state, OrderState::Cancelling);
    assert_eq!(cancel.order.refunds[0].state, RefundState::Failed);
    assert_eq!(cancel.saga.due_time, None);
    assert!(cancel.ledger.is_empty());
    // As an operator's RetrySaga leaves it.
    cancel.saga.state = SagaState::Running;
    cancel.saga.due_time = Some(cancel.saga.update_time);
    let (_, _, key) = cancel.next().expect("it goes on");
    let again = cancel.order.refunds[1].refund_id;
    assert_ne!(again, cancel.order.refunds[0].refund_id);
    let saga_id = cancel.saga.saga_id;
    assert_eq!(key, format!("{saga_id}/refund_payment/{again}"));
    cancel.answered(refund(RefundState::Succeeded, TOTAL));
    assert_eq!(cancel.order.state, OrderState::Cancelled);
    assert_eq!(cancel.balance(Account::ProviderClearing), -TOTAL);
}

#[test]
fn a_refund_that_is_refused_is_looked_for_before_it_counts_as_failed() {
    let mut cancel = cancel(cancelling());
    cancel.answered(booking(&[]));
    cancel.answered(unknown());
    cancel.answered(refused("no"));
    cancel.answered(Ok(crate::domain::Answer::Absent));
    assert_eq!(cancel.saga.state, SagaState::NeedsAttention);
    assert_eq!(cancel.order.refunds[0].state, RefundState::Failed);
}

#[test]
fn another_amount_than_asked_for_needs_a_person() {
    let mut cancel = cancel(cancelling());
    cancel.answered(booking(&[]));
    cancel.answered(refund(RefundState::Succeeded, TOTAL - 1));
    assert_eq!(cancel.saga.state, SagaState::NeedsAttention);
    assert_eq!(cancel.order.refunds[0].state, RefundState::Pending);
    assert!(cancel.ledger.is_empty());
}

#[test]
fn what_another_refund_returns_is_waited_for() {
    let mut order = cancelling();
    order.refunds = vec![pending(1_125, false, &[])];
    let mut cancel = cancel(order);
    cancel.answered(booking(&[]));
    cancel.answered(refund(RefundState::Succeeded, 10_000));
    assert_eq!(cancel.next(), None);
    assert_eq!(cancel.saga.state, SagaState::Waiting);
    assert_eq!(cancel.order.state, OrderState::Cancelling);
    let order = &mut cancel.order;
    order.refunds[0].state = RefundState::Succeeded;
    order.refunds[0].shares = order.shares_of(&order.refunds[0]);
    order.refunded = order.returned();
    assert_eq!(cancel.next(), None);
    assert_eq!(cancel.order.state, OrderState::Cancelled);
    assert_eq!(cancel.order.refunded, cancel.order.captured);
}

#[test]
fn what_another_refund_fails_to_return_is_returned_too() {
    let mut order = cancelling();
    order.refunds = vec![pending(1_125, false, &[])];
    let mut cancel = cancel(order);
    cancel.answered(booking(&[]));
    cancel.answered(refund(RefundState::Succeeded, 10_000));
    assert_eq!(cancel.next(), None);
    cancel.order.refunds[0].state = RefundState::Failed;
    cancel.answered(refund(RefundState::Succeeded, 1_125));
    assert_eq!(cancel.order.state, OrderState::Cancelled);
    assert_eq!(cancel.balance(Account::ProviderClearing), -TOTAL);
    assert_eq!(cancel.balance(Account::OrganizerPayable), 10_000);
}

#[test]
fn a_cancel_that_a_person_settled_ends_with_its_books_and_messages() {
    use crate::domain::PaymentState::{Captured, Refunded};
    let mut cancel = cancel(cancelling());
    cancel.answered(booking(&[]));
    cancel.answered(refund(RefundState::Failed, TOTAL));
    assert_eq!(cancel.saga.state, SagaState::NeedsAttention);
    let is_resolved = |failure: &crate::domain::Attention| failure.next_moves.clone();
    let moves = cancel.saga.failure.as_ref().map(is_resolved);
    assert_eq!(moves, Some(vec!["RetrySaga".into(), "ResolveSaga".into()]));
    let settled = cancel.settled(OrderState::Cancelled, Captured, 0, &[]);
    let why = settled.expect_err("the money is not back");
    assert!(why.contains("CAPTURED"), "{why}");
    let settled = cancel.settled(OrderState::Confirmed, Captured, 0, &[]);
    let why = settled.expect_err("the seats are free");
    assert!(why.contains("RELEASED"), "{why}");
    let settled = cancel.settled(OrderState::Failed, Refunded, TOTAL, &[]);
    settled.expect_err("a cancel does not end so");

    let settled = cancel.settled(OrderState::Cancelled, Refunded, TOTAL, &[]);
    settled.expect("it was returned by hand");
    assert_eq!(cancel.saga.state, SagaState::Completed);
    assert_eq!(cancel.order.state, OrderState::Cancelled);
    assert_eq!(cancel.order.refunded, cancel.order.captured);
    assert_eq!(cancel.balance(Account::ProviderClearing), -TOTAL);
    assert_eq!(cancel.balance(Account::Refunds), 0);
    assert_eq!(
        (cancel.units(), cancel.templates()),
        (-2, vec!["order_cancelled"])
    );
}

#[test]
fn a_cancel_that_nobody_answers_can_be_taken_back_by_hand() {
    use crate::domain::PaymentState::Captured;
    let mut cancel = cancel(cancelling());
    for _ in 0..100 {
        cancel.answered(unknown());
    }
    assert_eq!(cancel.saga.state, SagaState::NeedsAttention);
    let settled = cancel.settled(OrderState::Confirmed, Captured, 0, &["A1", "A2"]);
    settled.expect("the booking stands");
    assert_eq!(cancel.saga.state, SagaState::Compensated);
    assert_eq!(cancel.order.state, OrderState::Confirmed);
    assert!(cancel.ledger.is_empty() && cancel.outbox.is_empty());
}
