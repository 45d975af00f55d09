//! Refund requests and calls. Knows nothing of the resulting state.

use order_proto::google::r#type::Money;
use order_proto::order::v1::{Order, OrderState, RefundOrderRequest};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use crate::booking::key;
use crate::{Booking, Stack};

/// One unit of a currency, in the unit of [`crate::promises::amount`].
pub const UNIT: i128 = 1_000_000_000;

/// An amount in US dollars.
#[must_use]
pub fn usd(units: i64, nanos: i32) -> Option<Money> {
    Some(Money {
        currency_code: "USD".to_owned(),
        units,
        nanos,
    })
}

/// Books this number of seats and returns the order.
///
/// # Panics
/// When the order is not CONFIRMED.
pub async fn confirmed(stack: &Stack, seats: usize) -> Order {
    let order = stack.book(&Booking::new().with_seats(seats)).await;
    assert_eq!(order.state(), OrderState::Confirmed, "{order:?}");
    order
}

/// A request to refund all that is not refunded yet.
#[must_use]
pub fn request(order: &Order, wait_secs: i64) -> RefundOrderRequest {
    RefundOrderRequest {
        order_id: order.order_id.clone(),
        reason: "the buyer is ill".to_owned(),
        wait: Some(prost_types::Duration {
            seconds: wait_secs,
            nanos: 0,
        }),
        ..Default::default()
    }
}

/// A request to refund this amount.
#[must_use]
pub fn of_amount(order: &Order, amount: Option<Money>) -> RefundOrderRequest {
    RefundOrderRequest {
        amount,
        ..request(order, 30)
    }
}

/// A request to refund these seats, given by their index in the order.
#[must_use]
pub fn of_seats(order: &Order, seats: &[usize]) -> RefundOrderRequest {
    let seat = |index: &usize| order.tickets[*index].seat_id.clone();
    RefundOrderRequest {
        seat_ids: seats.iter().map(seat).collect(),
        ..request(order, 30)
    }
}

/// Calls `RefundOrder` with this idempotency key.
///
/// # Errors
/// The status with which the call was refused.
///
/// # Panics
/// When the key is not ASCII.
pub async fn ask(stack: &Stack, request: RefundOrderRequest, key: &str) -> Result<Order, Status> {
    let mut request = Request::new(request);
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    let answer = stack.orders().refund_order(request).await;
    answer.map(tonic::Response::into_inner)
}

/// Calls `RefundOrder` with a new idempotency key.
///
/// # Panics
/// When the call is refused.
pub async fn refund(stack: &Stack, request: RefundOrderRequest) -> Order {
    let refunded = ask(stack, request, &key()).await;
    refunded.expect("the refund is accepted")
}

/// The code and the reason of a refusal.
#[must_use]
pub fn code_and_reason(status: &Status) -> (Code, String) {
    let info = status.get_details_error_info();
    (
        status.code(),
        info.map(|info| info.reason).unwrap_or_default(),
    )
}
