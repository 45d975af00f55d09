//! A refund that changed after its saga had ended: posted back, returned again by RetrySaga, or settled outside.

use crate::domain::{
    Account, Call, Order, OrderState, PaymentState, Reason, RefundState, SagaState,
};
use crate::plans::review_refund::{Payload, plan};
use crate::plans::tests::plan_run::{PlanRun, TOTAL, order, pending, refund, unknown, usd};

const PARTS: [Account; 3] = [
    Account::OrganizerPayable,
    Account::PlatformFees,
    Account::Tax,
];

/// A refund of 2,000 in this state, and a review of it.
fn begun(state: OrderState, refund_state: RefundState) -> PlanRun {
    let mut order = order(state);
    order.refunds = vec![pending(2_000, false, &[])];
    settle(&mut order, refund_state);
    let payload = Payload::of(&order, &order.refunds[0]);
    PlanRun::of(plan(), order, &payload)
}

fn settle(order: &mut Order, state: RefundState) {
    if state == RefundState::Succeeded {
        order.refunds[0].shares = order.shares_of(&order.refunds[0]);
    }
    order.refunds[0].state = state;
    order.refunded = order.returned();
}

#[test]
fn a_refund_that_is_as_the_order_has_it_changes_nothing() {
    for state in [RefundState::Succeeded, RefundState::Failed] {
        let mut review = begun(OrderState::Confirmed, state);
        let (_, call, key) = review.next().expect("it asks");
        assert!(matches!(call, Call::GetRefund { .. }) && key.is_empty());
        review.answered(unknown());
        review.answered(refund(RefundState::Pending, 2_000));
        review.answered(refund(state, 2_000));
        assert_eq!(review.saga.state, SagaState::Completed);
        assert!(review.ledger.is_empty());
        assert_eq!(review.order.refunds.len(), 1);
    }
}

#[test]
fn a_refund_that_failed_after_it_had_succeeded_is_posted_back_and_returned_again() {
    let mut review = begun(OrderState::Confirmed, RefundState::Succeeded);
    let shares = review.order.refunds[0].shares.expect("it succeeded");
    review.answered(refund(RefundState::Failed, 2_000));
    assert_eq!(review.saga.state, SagaState::NeedsAttention);
    let why = review.saga.failure.clone().expect("it says why");
    assert_eq!(why.reason, Reason::RefundFailed);
    assert_eq!(why.next_moves, ["RetrySaga", "ResolveSaga"]);
    assert_eq!(review.order.refunds[0].state, RefundState::Failed);
    assert_eq!(review.order.refunded, Some(usd(0)));
    assert_eq!(review.order.payment.state, PaymentState::Captured);
    assert_eq!(review.balance(Account::ProviderClearing), 2_000);
    let owed = [shares.payable, shares.fees, shares.tax];
    for (account, share) in PARTS.into_iter().zip(owed) {
        assert_eq!(review.balance(account), -share.minor, "{account:?}");
    }
    let reserved = review.order.refundable().expect("it is captured");
    assert_eq!(reserved, usd(TOTAL - 2_000), "the amount stays reserved");

    review.retried();
    review.answered(refund(RefundState::Failed, 2_000));
    let (_, call, _) = review.next().expect("it returns the amount again");
    let Call::RefundPayment {
        refund_id, amount, ..
    } = call
    else {
        panic!("{call:?}");
    };
    assert_eq!(amount, usd(2_000));
    assert_ne!(refund_id, review.order.refunds[0].refund_id);
    review.answered(refund(RefundState::Succeeded, 2_000));
    assert_eq!(review.saga.state, SagaState::Completed);
    assert_eq!(review.order.refunded, Some(usd(2_000)));
    for account in PARTS.iter().chain(&[Account::ProviderClearing]) {
        assert_eq!(review.balance(*account), 0, "{account:?}");
    }
}

#[test]
fn a_refund_that_succeeded_after_it_had_failed_is_posted() {
    let mut review = begun(OrderState::Confirmed, RefundState::Failed);
    review.answered(refund(RefundState::Succeeded, 2_000));
    assert_eq!(review.saga.state, SagaState::Completed);
    assert_eq!(review.order.refunded, Some(usd(2_000)));
    assert_eq!(review.balance(Account::ProviderClearing), -2_000);

    let mut returned_twice = begun(OrderState::Cancelled, RefundState::Failed);
    let again = &mut returned_twice.order.refunds;
    let mut all = again[0].clone();
    (all.refund_id, all.state) = (uuid::Uuid::from_u128(77).into(), RefundState::Succeeded);
    all.amount = usd(TOTAL);
    again.push(all);
    returned_twice.answered(refund(RefundState::Succeeded, 2_000));
    assert_eq!(returned_twice.saga.state, SagaState::NeedsAttention);
    assert!(returned_twice.ledger.is_empty());
}

#[test]
fn a_person_settles_a_review_as_the_provider_has_it() {
    let seats = ["A1", "A2"];
    let bounced = || {
        let mut review = begun(OrderState::Confirmed, RefundState::Succeeded);
        review.answered(refund(RefundState::Failed, 2_000));
        review
    };
    let mut kept = bounced();
    let wrong = kept.settled(OrderState::Cancelled, PaymentState::Captured, 0, &seats);
    wrong.expect_err("the order stays CONFIRMED");
    let wrong = kept.settled(
        OrderState::Confirmed,
        PaymentState::PartiallyRefunded,
        1,
        &seats,
    );
    wrong.expect_err("another amount was returned");
    let settled = kept.settled(OrderState::Confirmed, PaymentState::Captured, 0, &seats);
    settled.expect("nothing is returned");
    assert_eq!(kept.saga.state, SagaState::Completed);
    assert_eq!(kept.order.refundable(), kept.order.captured);

    let mut returned = bounced();
    let state = PaymentState::PartiallyRefunded;
    let settled = returned.settled(OrderState::Confirmed, state, 2_000, &seats);
    settled.expect("it was returned through another channel");
    assert_eq!(returned.order.refunded, Some(usd(2_000)));
    assert_eq!(returned.balance(Account::ProviderClearing), 0);
}

#[test]
fn money_of_an_order_that_was_never_sold_goes_back_to_suspense() {
    let mut order = order(OrderState::Failed);
    order.refunds = vec![pending(TOTAL, false, &[])];
    order.refunds[0].state = RefundState::Succeeded;
    order.refunded = order.returned();
    let payload = Payload::of(&order, &order.refunds[0]);
    let mut review = PlanRun::of(plan(), order, &payload);
    review.answered(refund(RefundState::Failed, TOTAL));
    assert_eq!(review.balance(Account::Suspense), -TOTAL);
    let left = review.settled(OrderState::Failed, PaymentState::Captured, 0, &[]);
    left.expect_err("an order that failed keeps no money");
    review.retried();
    review.answered(refund(RefundState::Failed, TOTAL));
    review.answered(refund(RefundState::Succeeded, TOTAL));
    assert_eq!(review.saga.state, SagaState::Completed);
    assert_eq!(review.balance(Account::Suspense), 0);
    assert_eq!(review.order.refunded, review.order.captured);
}
