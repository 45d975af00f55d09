//! Payments found on an order that ended without a booking: a webhook makes the service query the payment, and the
//! money is returned.

use order_proto::order::v1::{Order, OrderState, PaymentState, SagaState};
use order_proto::sandbox::v1::FaultKind;
use order_tests::booking::key;
use order_tests::late_money::{authorize, capture, failed, send_webhook};
use order_tests::promises::{self, amount};
use order_tests::sandbox::{REFUND_PAYMENT, payment};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Stack, on_both_backends};

on_both_backends!(
    money_taken_for_a_failed_order_is_refunded,
    a_reservation_for_a_failed_order_is_voided,
    a_webhook_alone_moves_no_money,
);

const UNIT: i128 = 1_000_000_000;

/// Waits for the only `return_payment` saga of the order to complete.
async fn is_returned(stack: &Stack, order: &Order) -> Order {
    until("the saga return_payment to end", SOON, async || {
        let sagas = stack.sagas_of(&order.order_id, "return_payment").await;
        assert!(sagas.len() <= 1, "{sagas:?}");
        let done = |saga: &order_proto::order::v1::Saga| saga.state() == SagaState::Completed;
        sagas.iter().any(done).then_some(())
    })
    .await;
    let returned = promises::hold(stack, &order.order_id).await;
    assert_eq!(returned.state(), OrderState::Failed);
    assert_eq!(returned.failure, order.failure);
    returned
}

async fn money_taken_for_a_failed_order_is_refunded(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = failed(&stack).await;
    let payment_id = authorize(&stack, &order).await;
    capture(&stack, &order, &payment_id).await;
    stack
        .sandbox
        .fault(REFUND_PAYMENT, FaultKind::LoseReply, 2)
        .await;
    let id = key();
    for _ in 0..3 {
        let reply = send_webhook(&stack, &id, "payment.captured", &order, &payment_id).await;
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    let order = is_returned(&stack, &order).await;
    assert_eq!(amount(order.captured.as_ref()), 50 * UNIT);
    assert_eq!(amount(order.refunded.as_ref()), 50 * UNIT);
    let paid = order.payment.as_ref().expect("the payment exists");
    assert_eq!(paid.state(), PaymentState::Refunded);
    let totals = stack.sandbox.totals(&order.order_id).await;
    assert_eq!(amount(totals.orders[0].refunded.as_ref()), 50 * UNIT);
    // A second webhook about a known fact starts no second saga.
    let reply = send_webhook(&stack, &key(), "payment.captured", &order, &payment_id).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    is_returned(&stack, &order).await;
}

async fn a_reservation_for_a_failed_order_is_voided(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = failed(&stack).await;
    let payment_id = authorize(&stack, &order).await;
    let reply = send_webhook(&stack, &key(), "payment.authorized", &order, &payment_id).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let order = is_returned(&stack, &order).await;
    assert_eq!(order.refunds, []);
    let paid = order.payment.as_ref().expect("the payment exists");
    assert_eq!(paid.state(), PaymentState::Voided);
    let voids = stack.sandbox.calls(&order.order_id, payment("VoidPayment"));
    assert_eq!(voids.await, 1);
}

async fn a_webhook_alone_moves_no_money(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = failed(&stack).await;
    let reply = send_webhook(&stack, &key(), "payment.captured", &order, "pay-none").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let after = is_returned(&stack, &order).await;
    assert_eq!(after, order);
}
