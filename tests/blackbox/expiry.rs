//! The end of a hold limits the booking: the order expires with it, and no step is sent when too little time is left.

use order_proto::inventory::v1::ReleaseHoldRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::order::v1::{Order, OrderState, SagaState};
use order_proto::sandbox::v1::CompletionOutcome;
use order_tests::booking::key;
use order_tests::operator::becomes;
use order_tests::promises;
use order_tests::refund::ask;
use order_tests::sandbox::{CONFIRM_BOOKING, participant_request};
use order_tests::wait::{SOON, until};
use order_tests::{Backend, Booking, Setup, Stack, on_both_backends};
use tonic::Request;

on_both_backends!(
    an_order_whose_buyer_never_acts_expires_with_its_hold,
    confirm_booking_is_not_sent_within_the_capture_margin,
    a_lost_hold_compensates_the_booking,
    the_redirect_url_survives_replays_and_restarts,
);

/// A stack with short holds; `CAPTURE_MARGIN` of a hold must be left when the booking is confirmed.
async fn short_holds(backend: Backend) -> Stack {
    Setup::on(backend)
        .with("HOLD_DURATION", "3s")
        .with("CAPTURE_MARGIN", "1s")
        .start()
        .await
}

fn reason(order: &Order) -> &str {
    order.failure.as_ref().map_or("", |why| &why.reason)
}

fn redirect_url(order: &Order) -> &str {
    order
        .payment
        .as_ref()
        .map_or("", |payment| &payment.redirect_url)
}

/// Books an order that waits for its buyer.
async fn awaiting(stack: &Stack) -> Order {
    let booking = Booking::new().with_token("tok_requires_action");
    let order = stack.book(&booking).await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    order
}

async fn an_order_whose_buyer_never_acts_expires_with_its_hold(backend: Backend) {
    let stack = short_holds(backend).await;
    let order = awaiting(&stack).await;
    let held_until = order.expire_time.expect("the order has an expire_time");
    let order = stack.becomes(&order.order_id, OrderState::Expired).await;
    assert_eq!(reason(&order), "PAYMENT_EXPIRED");
    assert_eq!(redirect_url(&order), "");
    let ended = order.update_time.expect("the order has an update_time");
    // The order does not expire before the margin that is reserved for the booking.
    assert!(ended.seconds + 2 >= held_until.seconds, "{order:?}");
    becomes(&stack, &order.saga_id, SagaState::Compensated).await;
    promises::hold(&stack, &order.order_id).await;
    let cancel = order_proto::order::v1::CancelOrderRequest {
        order_id: order.order_id.clone(),
        ..Default::default()
    };
    let late = stack.orders().cancel_order(cancel).await;
    assert_eq!(
        late.expect_err("the order has expired").code(),
        tonic::Code::FailedPrecondition
    );
    let refund = ask(&stack, order_tests::refund::request(&order, 1), &key()).await;
    assert_eq!(
        refund.expect_err("nothing was paid").code(),
        tonic::Code::FailedPrecondition
    );
}

async fn confirm_booking_is_not_sent_within_the_capture_margin(backend: Backend) {
    let stack = short_holds(backend).await;
    let order = stack
        .book(&Booking::new().with_token("tok_slow_2500"))
        .await;
    assert_eq!(order.state(), OrderState::Expired, "{order:?}");
    assert_eq!(reason(&order), "HOLD_EXPIRED");
    let sent = stack.sandbox.calls(&order.order_id, CONFIRM_BOOKING).await;
    assert_eq!(sent, 0, "less than CAPTURE_MARGIN of the hold was left");
    promises::hold(&stack, &order.order_id).await;
}

async fn a_lost_hold_compensates_the_booking(backend: Backend) {
    let stack = Stack::on(backend).await;
    let order = awaiting(&stack).await;
    let release = ReleaseHoldRequest {
        idempotency_key: "by-hand".to_owned(),
        hold_id: order.hold_id.clone(),
        order_id: order.order_id.clone(),
        keep_hold: false,
    };
    let mut inventory = InventoryServiceClient::new(stack.participants());
    let released = inventory
        .release_hold(participant_request(release, "by-hand"))
        .await;
    released.expect("the hold is released by hand");
    let payment = order.payment.clone().expect("the order has a payment");
    stack
        .sandbox
        .complete(&payment.payment_id, CompletionOutcome::Succeed)
        .await;
    let order = until("the booking to compensate", SOON, async || {
        let order = stack.order(&order.order_id).await;
        promises::is_final(order.state()).then_some(order)
    })
    .await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    assert!(
        ["HOLD_INVALID", "INVENTORY_REJECTED"].contains(&reason(&order)),
        "{order:?}"
    );
    promises::hold(&stack, &order.order_id).await;
}

async fn the_redirect_url_survives_replays_and_restarts(backend: Backend) {
    let mut stack = Stack::on(backend).await;
    let (booking, key) = (Booking::new().with_token("tok_requires_action"), key());
    let mut seen = Vec::new();
    for _ in 0..2 {
        for _ in 0..2 {
            let mut request = Request::new(booking.proto());
            let key = key.parse().expect("a key is ASCII");
            request.metadata_mut().insert("idempotency-key", key);
            let order = stack.orders().create_order(request).await;
            let order = order.expect("an order").into_inner();
            seen.push((order.order_id.clone(), redirect_url(&order).to_owned()));
        }
        stack.kill(0);
        stack.restart(0).await;
    }
    assert!(seen[0].1.starts_with("http"), "{seen:?}");
    assert!(seen.iter().all(|url| *url == seen[0]), "{seen:?}");
}
