//! Saga `cancel_order`, version 1: cancel the booking of a confirmed order, then return what was captured.
//!
//! The booking goes first: while it stands, the money is rightly taken.

mod cancel_booking;
mod endings;
mod resolve;

use serde::{Deserialize, Serialize};

use crate::domain::SagaPayload;
use crate::plans::refund::{Goal, Occasion, RefundPayment};
use crate::plans::return_payment;
use crate::saga::{Confirmed, Definition, Freed, Next, Plan, Scene, Unreadable};

pub use cancel_booking::CancelBooking;

pub const KIND: &str = "cancel_order";
/// The version that new cancels begin with.
pub const VERSION: u32 = 1;

/// What the saga knows from its beginning on, stored as JSON. The order says the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// Why, in the caller's words; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// What the money goes back for: all that was captured and is not on its way back already.
#[derive(Debug)]
pub struct Cancel;

impl Occasion for Cancel {
    type From = Freed;

    fn goal(_scene: &Scene<'_>) -> Result<Goal, Unreadable> {
        Ok(Goal::Everything)
    }

    fn reason(scene: &Scene<'_>) -> Result<String, Unreadable> {
        scene
            .payload()
            .map(|payload: &Payload| payload.reason.clone())
    }
}

pub fn plan() -> Definition {
    Plan::<Confirmed>::begin_at_pivot(KIND, VERSION, CancelBooking)
        .and(RefundPayment::<Cancel>::default())
        .ends(endings::complete, endings::refused)
        .resolved_by(resolve::resolve)
        .followed_up_by(return_payment::KIND, return_payment::VERSION)
}

/// The cancel that was asked for while the capture was under way, and begins once the order is booked and paid.
pub fn after_booking() -> Next {
    let payload = Payload {
        reason: "the order was cancelled".into(),
    };
    Next {
        plan: (KIND, VERSION),
        payload: SagaPayload::encode(&payload).expect("a text serializes"),
        detail: "cancelled while the payment was captured",
    }
}

#[cfg(test)]
mod tests;
