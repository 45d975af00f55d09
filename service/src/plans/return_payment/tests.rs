//! The plan under the machine: every answer, and the end that it leads to.

use super::*;
use crate::domain::{
    Account, Answer, Call, CallError, Order, OrderState, PaymentState, PaymentView, RefundState,
    SagaState, TicketState,
};
use crate::plans::tests::plan_run::{PlanRun, TOTAL, order, refund, unknown, usd};

fn failed() -> Order {
    let mut order = order(OrderState::Failed);
    order.payment.state = PaymentState::Voided;
    order.captured = None;
    order.refunded = None;
    for ticket in &mut order.tickets {
        ticket.state = TicketState::Cancelled;
    }
    order
}

fn payment(state: PaymentState, captured: i64) -> Result<Answer, CallError> {
    Ok(Answer::Payment(PaymentView {
        payment_id: "pay-1".into(),
        state,
        amount: Some(usd(TOTAL)),
        captured: Some(usd(captured)),
        refunded: Some(usd(0)),
        redirect_url: String::new(),
        decline_code: String::new(),
    }))
}

fn begun(order: Order) -> PlanRun {
    PlanRun::of(plan(), order, &serde_json::json!({}))
}

#[test]
fn nothing_found_is_nothing_done() {
    for answer in [
        Ok(Answer::Absent),
        payment(PaymentState::Voided, 0),
        payment(PaymentState::Declined, 0),
    ] {
        let mut run = begun(failed());
        let (_, _, key) = run.next().expect("it looks");
        assert_eq!(key, "", "looking moves nothing");
        run.answered(answer);
        assert_eq!(run.saga.state, SagaState::Completed);
        assert_eq!(run.order.state, OrderState::Failed);
        assert!(run.order.refunds.is_empty() && run.ledger.is_empty());
    }
}

#[test]
fn what_is_reserved_is_voided() {
    let mut run = begun(failed());
    run.answered(unknown());
    run.answered(payment(PaymentState::Authorized, 0));
    let asked = run.answered(payment(PaymentState::Pending, 0));
    assert!(matches!(asked, Call::VoidPayment { .. }), "{asked:?}");
    run.answered(payment(PaymentState::Voided, 0));
    assert_eq!(run.saga.state, SagaState::Completed);
    assert_eq!(run.order.payment.state, PaymentState::Voided);
    assert!(run.ledger.is_empty());
}

#[test]
fn what_is_taken_is_refunded_through_suspense() {
    for too_late_to_void in [false, true] {
        let mut run = begun(failed());
        if too_late_to_void {
            run.answered(payment(PaymentState::Authorized, 0));
        }
        run.answered(payment(PaymentState::Captured, TOTAL));
        assert_eq!(run.balance(Account::Suspense), -TOTAL);
        assert_eq!(run.order.refunds[0].amount, usd(TOTAL));
        run.answered(unknown());
        run.answered(refund(RefundState::Succeeded, TOTAL));
        assert_eq!(run.saga.state, SagaState::Completed);
        assert_eq!(run.order.state, OrderState::Failed);
        assert_eq!(run.order.refunded, run.order.captured);
        for account in Account::ALL {
            assert_eq!(run.balance(*account), 0, "{account:?}");
        }
        assert!(run.outbox.is_empty());
    }
}

#[test]
fn only_what_is_new_is_returned() {
    let mut cancelled = failed();
    cancelled.state = OrderState::Cancelled;
    cancelled.captured = Some(usd(TOTAL));
    cancelled.refunds = vec![crate::domain::Refund {
        state: RefundState::Succeeded,
        ..crate::plans::tests::plan_run::pending(TOTAL, false, &[])
    }];
    cancelled.refunded = cancelled.returned();
    let mut same = begun(cancelled.clone());
    same.answered(payment(PaymentState::Refunded, TOTAL));
    assert_eq!(same.saga.state, SagaState::Completed);
    assert!(same.ledger.is_empty());
    let mut more = begun(cancelled);
    more.answered(payment(PaymentState::PartiallyRefunded, TOTAL + 5));
    more.answered(refund(RefundState::Succeeded, 5));
    assert_eq!(more.saga.state, SagaState::Completed);
    assert_eq!(more.order.state, OrderState::Cancelled);
    assert_eq!(more.balance(Account::Suspense), 0);
}

#[test]
fn what_a_person_returned_goes_through_the_books() {
    for is_known in [false, true] {
        let mut run = begun(failed());
        if is_known {
            run.answered(payment(PaymentState::Captured, TOTAL));
            run.answered(refund(RefundState::Failed, TOTAL));
        } else {
            for _ in 0..100 {
                run.answered(unknown());
            }
        }
        assert_eq!(run.saga.state, SagaState::NeedsAttention);
        let captured = run.settled(OrderState::Failed, PaymentState::Captured, 0, &[]);
        captured.expect_err("the money is not back");
        let all = PaymentState::Refunded;
        let confirmed = run.settled(OrderState::Cancelled, all, TOTAL, &[]);
        let why = confirmed.expect_err("the order stays as it is");
        assert!(why.contains("name FAILED"), "{why}");
        let settled = run.settled(OrderState::Failed, all, TOTAL, &[]);
        settled.expect("nothing is left");
        assert_eq!(run.saga.state, SagaState::Completed);
        assert_eq!(run.order.state, OrderState::Failed);
        assert_eq!(run.order.refunded, Some(usd(TOTAL)));
        assert_eq!(run.order.refunded, run.order.captured);
        for account in Account::ALL {
            assert_eq!(run.balance(*account), 0, "{account:?}");
        }
    }
}

fn captured_and_returned(captured: i64, refunded: i64) -> Result<Answer, CallError> {
    let Ok(Answer::Payment(payment)) = payment(PaymentState::Captured, captured) else {
        panic!("it is one");
    };
    Ok(Answer::Payment(PaymentView {
        refunded: Some(usd(refunded)),
        ..payment
    }))
}

#[test]
fn of_a_confirmed_order_the_money_is_only_compared() {
    let mut agrees = begun(order(OrderState::Confirmed));
    agrees.answered(captured_and_returned(TOTAL, 0));
    assert_eq!(agrees.saga.state, SagaState::Completed);
    assert!(agrees.ledger.is_empty() && agrees.order.refunds.is_empty());
    for (captured, refunded) in [(TOTAL, 20), (TOTAL + 1, 0), (TOTAL - 1, 0)] {
        let mut differs = begun(order(OrderState::Confirmed));
        differs.answered(captured_and_returned(captured, refunded));
        assert_eq!(differs.saga.state, SagaState::NeedsAttention);
        assert!(differs.ledger.is_empty(), "a person looks first");
    }
}

#[test]
fn a_person_posts_what_was_returned_of_a_confirmed_order_unasked() {
    let mut run = begun(order(OrderState::Confirmed));
    run.answered(captured_and_returned(TOTAL, 20));
    let (state, seats) = (PaymentState::PartiallyRefunded, ["A1", "A2"]);
    let unbooked = run.settled(OrderState::Confirmed, state, 20, &[]);
    unbooked.expect_err("the seats are not booked");
    let settled = run.settled(OrderState::Confirmed, state, 20, &seats);
    settled.expect("the order stays booked");
    assert_eq!(run.saga.state, SagaState::Completed);
    assert_eq!(run.order.state, OrderState::Confirmed);
    assert_eq!(run.order.refunded, Some(usd(20)));
    assert_eq!(run.balance(Account::ProviderClearing), -20);
    assert_eq!(run.balance(Account::Suspense), 0);
}
