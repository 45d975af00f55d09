//! Holds that a buyer brings: an order that ends without a booking gives the hold back to its buyer (rule 8).

use order_proto::inventory::v1::HoldSeatsRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::order::v1::{CreateOrderRequest, Order, OrderState};
use order_tests::promises;
use order_tests::sandbox::participant_request;
use order_tests::{Backend, Booking, Stack, on_both_backends};
use prost_types::Duration;

on_both_backends!(
    a_declined_card_leaves_the_hold_to_its_buyer,
    a_price_that_changed_leaves_the_hold_to_its_buyer,
    a_cancel_leaves_the_hold_to_its_buyer,
    a_booking_that_is_undone_frees_the_seats_of_the_hold,
);

/// Holds the booking's seats for its buyer, as a seat picker does.
async fn held(stack: &Stack, booking: &Booking) -> String {
    let request = HoldSeatsRequest {
        organization_id: booking.organization_id.clone(),
        event_id: booking.event_id.clone(),
        user_id: booking.proto().user_id,
        order_id: format!("cart-{}", booking.organization_id),
        seat_ids: booking.seat_ids.clone(),
        hold_duration: Some(Duration {
            seconds: 600,
            nanos: 0,
        }),
        idempotency_key: format!("cart-{}", booking.organization_id),
        ..HoldSeatsRequest::default()
    };
    let key = request.idempotency_key.clone();
    let mut inventory = InventoryServiceClient::new(stack.participants());
    let held = inventory
        .hold_seats(participant_request(request, &key))
        .await;
    held.expect("the seats are free").into_inner().hold_id
}

async fn placed(stack: &Stack, request: CreateOrderRequest) -> Order {
    let created = stack.orders().create_order(request).await;
    created.expect("the request is valid").into_inner()
}

/// The seats are not for sale to others, and their buyer books them with another card.
async fn is_left_to_its_buyer(stack: &Stack, booking: &Booking, hold_id: &str) {
    let stranger = CreateOrderRequest {
        user_id: "eve".to_owned(),
        ..booking.clone().with_token("tok_ok").proto()
    };
    let refused = placed(stack, stranger).await;
    let why = refused.failure.expect("the seats are held");
    assert_eq!(why.reason, "SEATS_UNAVAILABLE");
    let again = CreateOrderRequest {
        hold_id: hold_id.to_owned(),
        ..booking.clone().with_token("tok_ok").proto()
    };
    let order = placed(stack, again).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    promises::hold(stack, &order.order_id).await;
}

async fn fails(stack: &Stack, request: CreateOrderRequest, reason: &str) {
    let order = placed(stack, request).await;
    assert_eq!(order.state(), OrderState::Failed, "{order:?}");
    let order = promises::hold(stack, &order.order_id).await;
    assert_eq!(order.failure.expect("it failed").reason, reason);
}

async fn a_declined_card_leaves_the_hold_to_its_buyer(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_seats(2).with_token("tok_declined");
    let hold_id = held(&stack, &booking).await;
    let request = CreateOrderRequest {
        hold_id: hold_id.clone(),
        ..booking.proto()
    };
    fails(&stack, request, "PAYMENT_DECLINED").await;
    is_left_to_its_buyer(&stack, &booking, &hold_id).await;
}

async fn a_price_that_changed_leaves_the_hold_to_its_buyer(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new();
    let hold_id = held(&stack, &booking).await;
    let request = CreateOrderRequest {
        hold_id: hold_id.clone(),
        expected_total: Some(order_proto::google::r#type::Money {
            currency_code: "USD".to_owned(),
            units: 1,
            nanos: 0,
        }),
        ..booking.proto()
    };
    fails(&stack, request, "PRICE_CHANGED").await;
    is_left_to_its_buyer(&stack, &booking, &hold_id).await;
}

async fn a_cancel_leaves_the_hold_to_its_buyer(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_requires_action");
    let hold_id = held(&stack, &booking).await;
    let request = CreateOrderRequest {
        hold_id: hold_id.clone(),
        ..booking.proto()
    };
    let order = placed(&stack, request).await;
    assert_eq!(order.state(), OrderState::AwaitingPayment, "{order:?}");
    let cancel = order_proto::order::v1::CancelOrderRequest {
        order_id: order.order_id.clone(),
        ..Default::default()
    };
    let cancelled = stack.orders().cancel_order(cancel).await;
    cancelled.expect("it is cancelled");
    stack.becomes(&order.order_id, OrderState::Cancelled).await;
    is_left_to_its_buyer(&stack, &booking, &hold_id).await;
}

async fn a_booking_that_is_undone_frees_the_seats_of_the_hold(backend: Backend) {
    let stack = Stack::on(backend).await;
    let booking = Booking::new().with_token("tok_capture_declined");
    let hold_id = held(&stack, &booking).await;
    let request = CreateOrderRequest {
        hold_id,
        ..booking.proto()
    };
    fails(&stack, request, "PAYMENT_DECLINED").await;
    let stranger = CreateOrderRequest {
        user_id: "eve".to_owned(),
        ..booking.with_token("tok_ok").proto()
    };
    let order = placed(&stack, stranger).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
}
