//! The event that a settled payment or refund produces, as data for the webhook. Sends nothing.

use crate::value::money::Money;

/// The outcome of a payment, or of a refund of it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) kind: EventKind,
    pub(crate) payment_id: String,
    pub(crate) order_id: String,
    /// The refund; `None` for an event of the payment itself.
    pub(crate) refund_id: Option<String>,
    pub(crate) amount: Money,
}

/// The events that CompletePayment produces.
#[derive(Debug, Clone, Copy)]
pub(crate) enum EventKind {
    Authorized,
    Captured,
    Failed,
    RefundSucceeded,
    RefundFailed,
}

impl EventKind {
    /// The event's `type` on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Authorized => "payment.authorized",
            Self::Captured => "payment.captured",
            Self::Failed => "payment.failed",
            Self::RefundSucceeded => "refund.succeeded",
            Self::RefundFailed => "refund.failed",
        }
    }
}
