//! Refunds that fail at the provider after they had succeeded: the service asks the provider, posts them back, and an operator
//! returns the money again or settles it (rule 31).

use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, RefundState, Saga, SagaState};
use order_tests::audit::is_clean;
use order_tests::operator::{becomes, done, resolve, retry};
use order_tests::promises::{self, amount};
use order_tests::refund::{UNIT, confirmed, of_amount, refund, request, usd};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Stack, on_both_backends};

on_both_backends!(
    a_refund_that_bounced_is_posted_back_and_a_cancel_returns_everything,
    a_refund_that_bounced_after_a_cancel_is_returned_again,
    a_refund_that_bounced_is_settled_by_an_operator,
);

/// Waits until the only review of the order needs an operator.
async fn review(stack: &Stack, order: &Order) -> Saga {
    until("a review of the refund", SOON, async || {
        let sagas = stack.sagas_of(&order.order_id, "review_refund").await;
        let needs_attention = |saga: &&Saga| saga.state() == SagaState::NeedsAttention;
        sagas.iter().find(needs_attention).cloned()
    })
    .await
}

/// Books two seats, refunds 20.00, and lets the provider fail the refund.
async fn bounced(stack: &Stack) -> (Order, Saga) {
    let order = confirmed(stack, 2).await;
    let order = refund(stack, of_amount(&order, usd(20, 0))).await;
    assert_eq!(amount(order.refunded.as_ref()), 20 * UNIT);
    stack.sandbox.fail_refund(&order.refunds[0].refund_id).await;
    let saga = review(stack, &order).await;
    let order = stack.order(&order.order_id).await;
    assert_eq!(order.state(), OrderState::Confirmed);
    assert_eq!(amount(order.refunded.as_ref()), 0, "{order:?}");
    let states: Vec<_> = order.refunds.iter().map(|one| one.state()).collect();
    assert_eq!(states, [RefundState::Failed, RefundState::Pending]);
    let owed = promises::owed(stack, &order, "organizer_payable").await;
    assert_eq!(owed, 100 * UNIT, "the ledger follows");
    (order, saga)
}

async fn a_refund_that_bounced_is_posted_back_and_a_cancel_returns_everything(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (order, saga) = bounced(&stack).await;
    let cancel = CancelOrderRequest {
        order_id: order.order_id.clone(),
        wait: Some(prost_types::Duration::default()),
        ..Default::default()
    };
    let cancelled = stack.orders().cancel_order(cancel).await;
    let cancelled = cancelled.expect("it is accepted").into_inner();
    assert_eq!(cancelled.state(), OrderState::Cancelling);
    done(retry(&stack, &saga.saga_id).await);
    becomes(&stack, &saga.saga_id, SagaState::Completed).await;
    let order = stack.becomes(&order.order_id, OrderState::Cancelled).await;
    assert_eq!(amount(order.refunded.as_ref()), 100 * UNIT);
    promises::hold(&stack, &order.order_id).await;
    is_clean(&stack).await;
}

async fn a_refund_that_bounced_after_a_cancel_is_returned_again(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = confirmed(&stack, 1).await;
    let order = refund(&stack, request(&order, 30)).await;
    stack.sandbox.fail_refund(&order.refunds[0].refund_id).await;
    let saga = review(&stack, &order).await;
    done(retry(&stack, &saga.saga_id).await);
    becomes(&stack, &saga.saga_id, SagaState::Completed).await;
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT, "{order:?}");
    is_clean(&stack).await;
}

async fn a_refund_that_bounced_is_settled_by_an_operator(backend: Backend) {
    let stack = Stack::on(backend).await;
    let (order, saga) = bounced(&stack).await;
    let wrong = resolve(&stack, &saga.saga_id, OrderState::Cancelled).await;
    wrong.expect_err("the order stays CONFIRMED");
    done(resolve(&stack, &saga.saga_id, OrderState::Confirmed).await);
    let order = promises::hold(&stack, &order.order_id).await;
    assert_eq!(amount(order.refunded.as_ref()), 0, "{order:?}");
    let again = refund(&stack, request(&order, 30)).await;
    assert_eq!(amount(again.refunded.as_ref()), 100 * UNIT, "{again:?}");
    is_clean(&stack).await;
}
