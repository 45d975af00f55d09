//! The stories of the crash matrix: requests of a client, a buyer and a provider that lead a saga through certain
//! steps, and the resulting effects.

use std::collections::BTreeMap;

use order_proto::order::v1::{CancelOrderRequest, Order, OrderState, Saga, SagaState};
use order_proto::sandbox::v1::{CompletionOutcome, JournalOutcome, NotificationTotals};
use order_tests::booking::key;
use order_tests::wait::{SOON, until};
use order_tests::{Booking, Stack, late_money, promises, refund};

/// The number of effects per participant method for one order.
pub(crate) type Effects = BTreeMap<String, usize>;

/// A sequence of requests that leads through certain steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// Every step succeeds.
    Booked,
    /// The capture is declined, and the booking is compensated.
    Declined,
    /// The buyer must confirm the payment, and does.
    Approved,
    /// The capture is pending first, and succeeds.
    Settled,
    /// A confirmed booking is cancelled by its user.
    Cancelled,
    /// One of two booked seats is refunded.
    Refunded,
    /// Money is reserved for an order that failed.
    Returned,
    /// Money is captured for an order that failed.
    Taken,
}

impl Story {
    fn token(self) -> &'static str {
        match self {
            Self::Booked | Self::Cancelled | Self::Refunded | Self::Returned | Self::Taken => {
                "tok_ok"
            }
            Self::Declined => "tok_capture_declined",
            Self::Approved => "tok_requires_action",
            Self::Settled => "tok_capture_pending",
        }
    }

    fn ends(self) -> OrderState {
        match self {
            Self::Booked | Self::Approved | Self::Settled | Self::Refunded => OrderState::Confirmed,
            Self::Declined | Self::Returned | Self::Taken => OrderState::Failed,
            Self::Cancelled => OrderState::Cancelled,
        }
    }

    /// Requests before the service pauses anywhere: none, or an order that ends. Returns that order.
    pub(crate) async fn prepare(self, stack: &Stack) -> Option<Order> {
        match self {
            Self::Booked | Self::Declined | Self::Approved | Self::Settled => None,
            Self::Cancelled | Self::Refunded => {
                let order = stack.book(&Booking::new().with_seats(2)).await;
                promises::are_delivered(stack, &order, 2).await;
                Some(order)
            }
            Self::Returned | Self::Taken => Some(late_money::failed(stack).await),
        }
    }

    /// The client's request, without waiting. Returns the order's id.
    pub(crate) async fn begin(self, stack: &Stack, prepared: Option<Order>) -> String {
        let Some(order) = prepared else {
            let booking = Booking::new().with_token(self.token()).waiting(0);
            return stack.book(&booking).await.order_id;
        };
        match self {
            Self::Booked | Self::Declined | Self::Approved | Self::Settled => {}
            Self::Cancelled => {
                let request = CancelOrderRequest {
                    order_id: order.order_id.clone(),
                    wait: Some(prost_types::Duration::default()),
                    ..Default::default()
                };
                let asked = stack.orders().cancel_order(request).await;
                asked.expect("a cancel is answered");
            }
            Self::Refunded => {
                let mut request = refund::of_seats(&order, &[0]);
                request.wait = Some(prost_types::Duration::default());
                refund::refund(stack, request).await;
            }
            Self::Returned => {
                let payment_id = late_money::authorize(stack, &order).await;
                let id = key();
                let reply =
                    late_money::send_webhook(stack, &id, "payment.authorized", &order, &payment_id)
                        .await;
                assert_eq!(reply.status, 200, "{reply:?}");
            }
            Self::Taken => {
                let payment_id = late_money::authorize(stack, &order).await;
                late_money::capture(stack, &order, &payment_id).await;
                let id = key();
                let reply =
                    late_money::send_webhook(stack, &id, "payment.captured", &order, &payment_id)
                        .await;
                assert_eq!(reply.status, 200, "{reply:?}");
            }
        }
        order.order_id
    }

    /// The requests of the buyer and the provider, until the order and its sagas have ended and every delivery is made.
    /// Returns the effects.
    pub(crate) async fn end(self, stack: &Stack, order_id: &str) -> Effects {
        match self {
            Self::Booked
            | Self::Declined
            | Self::Cancelled
            | Self::Refunded
            | Self::Returned
            | Self::Taken => {}
            Self::Approved | Self::Settled => complete(stack, order_id).await,
        }
        stack.becomes(order_id, self.ends()).await;
        self.sagas_end(stack, order_id).await;
        let order = promises::hold(stack, order_id).await;
        match self {
            Self::Booked | Self::Approved | Self::Settled => {
                promises::are_delivered(stack, &order, 1).await;
            }
            Self::Declined | Self::Returned | Self::Taken => {}
            Self::Cancelled => later_deliveries_are_made(stack, &order, 0).await,
            Self::Refunded => later_deliveries_are_made(stack, &order, 1).await,
        }
        effects(stack, order_id).await
    }

    /// Waits until every saga of the order has ended.
    async fn sagas_end(self, stack: &Stack, order_id: &str) {
        let count = match self {
            Self::Booked | Self::Declined | Self::Approved | Self::Settled => 1,
            Self::Cancelled | Self::Refunded | Self::Returned | Self::Taken => 2,
        };
        until("every saga of the order to end", SOON, async || {
            let sagas = stack.sagas_of(order_id, "").await;
            let has_ended = |saga: &Saga| match saga.state() {
                SagaState::Completed | SagaState::Compensated => true,
                SagaState::Unspecified
                | SagaState::Running
                | SagaState::Waiting
                | SagaState::Compensating
                | SagaState::NeedsAttention => false,
            };
            (sagas.len() == count && sagas.iter().all(has_ended)).then_some(())
        })
        .await;
    }
}

/// Waits until the remaining usage and a second notification are delivered.
async fn later_deliveries_are_made(stack: &Stack, order: &Order, units: i64) {
    until(
        "the remaining usage and both notifications",
        SOON,
        async || {
            let totals = stack.sandbox.totals("").await;
            let mut usage = totals.usage.iter();
            let left = usage.find(|sum| sum.organization_id == order.organization_id);
            let mine = |sum: &&NotificationTotals| sum.order_id == order.order_id;
            let notified = totals.notifications.iter().filter(mine).count();
            (left.map_or(0, |sum| sum.units) == units && notified == 2).then_some(())
        },
    )
    .await;
}

/// Waits until a payment is pending, and completes it.
async fn complete(stack: &Stack, order_id: &str) {
    let payment_id = until("a payment that waits", SOON, async || {
        let payment = stack.order(order_id).await.payment?;
        (!payment.payment_id.is_empty()).then_some(payment.payment_id)
    })
    .await;
    until("the payment to be completed", SOON, async || {
        let outcome = CompletionOutcome::Succeed;
        let done = stack.sandbox.try_complete(&payment_id, outcome).await;
        done.then_some(())
    })
    .await;
}

async fn effects(stack: &Stack, order_id: &str) -> Effects {
    let mut effects = Effects::new();
    for entry in stack.sandbox.journal(order_id).await {
        let had_effect = entry.outcome() == JournalOutcome::Done;
        let is_query = entry.method.starts_with("Get") || entry.method.starts_with("Complete");
        if had_effect && !is_query {
            *effects.entry(entry.method).or_default() += 1;
        }
    }
    effects
}
