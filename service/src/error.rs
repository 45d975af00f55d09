//! Every way a request can fail, one variant per different reaction of the client.
//!
//! Knows no status code: `rpc/status.rs` gives each variant its code, reason and details.

use std::time::Duration;

/// Why a request failed. Unless a variant says otherwise, an error means that nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is no message of this rpc: mend the client.
    #[error("the request cannot be read as this rpc's message")]
    Undecodable,
    /// Fields of the request break a rule: mend them.
    #[error("the request is not valid")]
    Invalid(Vec<Violation>),
    /// The page token was not made for this list: start from the first page.
    #[error("the page token was not made for this list")]
    PageToken,
    /// The idempotency key is malformed.
    #[error("an idempotency key is one header of 1 to 255 visible ASCII characters")]
    KeyInvalid,
    /// The rpc needs an idempotency key.
    #[error("this rpc needs an idempotency key")]
    KeyRequired,
    /// The same key is at work: wait and repeat.
    #[error("a request with this idempotency key is being processed")]
    KeyInUse {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The key was used for another request: choose another.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// There is nothing of that id.
    #[error("there is no {0} of this id")]
    NotFound(Missing),
    /// The order's state does not allow it.
    #[error("{0}")]
    OrderState(String),
    /// The saga's state does not allow it.
    #[error("{0}")]
    SagaState(String),
    /// The delivery's state does not allow it.
    #[error("the delivery cannot be tried again: {0}")]
    DeliveryState(&'static str),
    /// The order changed since it was seen: read it again.
    #[error("the order has changed: its etag is another")]
    EtagMismatch,
    /// More than is left was asked back.
    #[error("{0}")]
    RefundTooLarge(String),
    /// The webhook is not signed by one who knows the secret, or was signed too long ago.
    #[error("the webhook's signature is missing, forged or older than 5 minutes")]
    WebhookSignature,
    /// The webhook contradicts the order that it names.
    #[error("the webhook does not match the order: {0}")]
    PaymentMismatch(&'static str),
    /// The request is larger than a request may be: send less.
    #[error("a request is at most 1 MiB")]
    RequestTooLarge,
    /// Too much is going on: wait and repeat.
    #[error("too many requests are under way")]
    Overloaded,
    /// The database is not reachable. Something may have been begun: repeat with the same key.
    #[error("the store is not reachable")]
    StoreUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller's deadline passed. Something may have been begun: repeat with the same key.
    #[error("the deadline passed before the answer was known")]
    DeadlineExceeded,
    /// The service is going away: repeat with the same key, and another replica answers.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// The rpc is not built yet.
    #[error("this rpc is not implemented yet")]
    NotImplemented,
    /// A fault of ours; the log has the cause.
    #[error("an internal error; the service's log has the cause")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's JSON path, such as `tickets[1].seatId`.
    pub field: String,
    /// What the rule is, for a person.
    pub description: String,
}

/// What there is none of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// An order.
    Order,
    /// A saga.
    Saga,
    /// A delivery.
    Delivery,
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Order => "order",
            Self::Saga => "saga",
            Self::Delivery => "delivery",
        })
    }
}
