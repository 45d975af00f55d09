//! What a client, a buyer and a provider do so that a saga comes to a certain step, and what that leaves behind.

use std::collections::BTreeMap;

use order_proto::order::v1::OrderState;
use order_proto::sandbox::v1::{CompletionOutcome, JournalOutcome};
use order_tests::wait::{SOON, until};
use order_tests::{Booking, Stack, promises};

/// How often each participant's method had an effect for one order.
pub(crate) type Effects = BTreeMap<String, usize>;

/// A course of events that goes through some steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// All goes well.
    Booked,
    /// The capture is declined, and everything is undone.
    Declined,
    /// The buyer has to act first, and does.
    Approved,
    /// The provider takes its time with the capture.
    Settled,
}

impl Story {
    fn token(self) -> &'static str {
        match self {
            Self::Booked => "tok_ok",
            Self::Declined => "tok_capture_declined",
            Self::Approved => "tok_requires_action",
            Self::Settled => "tok_capture_pending",
        }
    }

    fn ends(self) -> OrderState {
        match self {
            Self::Booked | Self::Approved | Self::Settled => OrderState::Confirmed,
            Self::Declined => OrderState::Failed,
        }
    }

    /// What the client asks. Answers the order, which goes on by itself.
    pub(crate) async fn begin(self, stack: &Stack) -> String {
        let booking = Booking::new().with_token(self.token()).waiting(0);
        stack.book(&booking).await.order_id
    }

    /// What the others do, until the order has ended and everybody was told. Answers the effects.
    pub(crate) async fn end(self, stack: &Stack, order_id: &str) -> Effects {
        match self {
            Self::Booked | Self::Declined => {}
            Self::Approved | Self::Settled => complete(stack, order_id).await,
        }
        stack.becomes(order_id, self.ends()).await;
        let order = promises::hold(stack, order_id).await;
        if order.state() == OrderState::Confirmed {
            promises::are_delivered(stack, &order, 1).await;
        }
        effects(stack, order_id).await
    }
}

/// The buyer or the provider acts as soon as there is a payment that waits for them.
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
