//! A webhook of the Payment service: a hint about one payment or refund, never evidence.

use super::state::named_states;
use super::{Money, Order, OrderId, RefundId};

named_states!(
    /// The outcome of a webhook.
    WebhookVerdict {
        /// It stands in the history of the sagas it concerns, if there are any.
        Noted = "NOTED",
        /// It contradicts the order that it names.
        Mismatch = "MISMATCH",
    }
);

/// One webhook, its signature found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    /// The id that its sender gave it.
    pub webhook_id: String,
    /// The event's type, such as `payment.captured`.
    pub event: String,
    /// The order that it names; none where the event's type is unknown and names none.
    pub order_id: Option<OrderId>,
    /// What it says of the payment; none where the event's type is unknown.
    pub content: Option<WebhookContent>,
}

/// What a webhook says of a payment or a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookContent {
    pub payment_id: String,
    /// The subject.
    pub about: About,
    /// How much money it is about.
    pub amount: Money,
}

/// The subject of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Payment,
    /// A refund of it; which, where it says.
    Refund(Option<RefundId>),
}

impl WebhookContent {
    /// What contradicts the order, for a person, without figures. What the order does not know yet contradicts nothing.
    pub fn mismatch(&self, order: &Order) -> Option<&'static str> {
        let known = order.payment.payment_id.as_ref();
        if known.is_some_and(|payment_id| *payment_id != self.payment_id) {
            return Some("it tells of another payment than the order's");
        }
        let total = order.charges.map(|charges| charges.total);
        let refund_id = match self.about {
            About::Payment => {
                return total
                    .is_some_and(|total| total != self.amount)
                    .then_some("it tells of another amount or currency than the order's");
            }
            About::Refund(refund_id) => refund_id,
        };
        let mut refunds = order.refunds.iter();
        match refunds.find(|refund| Some(refund.refund_id) == refund_id) {
            Some(refund) => (refund.amount != self.amount)
                .then_some("it tells of another amount or currency than the refund's"),
            // A refund that undoes a capture stands in no order: only its currency is known.
            None => total
                .is_some_and(|total| total.currency != self.amount.currency)
                .then_some("it tells of another currency than the order's"),
        }
    }
}
