//! Every way a request can fail, one variant per different reaction of the client.
//!
//! Does not know status codes: `rpc/refusal.rs` gives each variant its code and reason.

use std::time::Duration;

/// Why a request failed. Unless a variant says otherwise, nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is not a message of this rpc: the client must be fixed.
    #[error("the request cannot be read as this rpc's message")]
    Undecodable,
    /// A request body is not exactly one message: the client must be fixed.
    #[error("a request of this rpc is exactly one message")]
    NotOneMessage,
    /// The messages are encoded in a way that the service does not read: use another coding.
    #[error("grpc-encoding must be gzip, zstd or identity")]
    Coding,
    /// The request is no gRPC: the client must be fixed.
    #[error(
        "the content type must be application/grpc, application/grpc-web or application/grpc-web-text"
    )]
    MediaType,
    /// The request uses another method than gRPC.
    #[error("gRPC uses the method POST")]
    MethodNotAllowed,
    /// The metadata is larger than the service accepts: send less.
    #[error("the metadata is larger than 16 KiB")]
    MetadataTooLarge,
    /// The deadline is not in gRPC's format: the client must be fixed.
    #[error("grpc-timeout must be one value of up to 8 digits and a unit, as in 500m")]
    TimeoutMalformed,
    /// Fields of the request break a rule: they must be fixed.
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
    /// A request with the same key is being processed: wait and repeat.
    #[error("a request with this idempotency key is being processed")]
    KeyInUse {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The key was used for another request: choose another.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// No object has this id.
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
    /// The order changed since it was read: read it again.
    #[error("the order has changed: its etag is another")]
    EtagMismatch,
    /// The refund is larger than what is left of the payment.
    #[error("{0}")]
    RefundTooLarge(String),
    /// The webhook is not signed with a known secret, or was signed too long ago.
    #[error("the webhook's signature is missing, forged or older than 5 minutes")]
    WebhookSignature,
    /// The webhook contradicts the order that it names.
    #[error("the webhook does not match the order: {0}")]
    PaymentMismatch(&'static str),
    /// The request is larger than 1 MiB: send less.
    #[error("a request is at most 1 MiB")]
    RequestTooLarge,
    /// A page of a foreign origin sent a request that changes something: allow its origin.
    #[error("pages of this origin may not use the service")]
    OriginForbidden,
    /// The listener is on a loopback address, and the name by which it was reached is not this machine's.
    #[error("the host name of the request is not allowed")]
    HostForbidden,
    /// The request has no valid host: the client must be fixed.
    #[error("a request has exactly one valid Host")]
    HostMalformed,
    /// Too many requests are being processed: wait and repeat.
    #[error("too many requests are under way")]
    Overloaded,
    /// The database is not reachable. The request may have started: repeat with the same key.
    #[error("the store is not reachable")]
    StoreUnavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The caller's deadline passed. The request may have started: repeat with the same key.
    #[error("the deadline passed before the answer was known")]
    DeadlineExceeded,
    /// The replica is shutting down: repeat with the same key, and another replica answers.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// The rpc is not implemented.
    #[error("there is no such rpc")]
    NotImplemented,
    /// A fault of the service; its log has the cause.
    #[error("an internal error; the service's log has the cause")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A field that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's JSON path, such as `tickets[1].seatId`.
    pub field: String,
    /// The rule, as a phrase for people.
    pub description: String,
}

/// The kind of object that was not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Order,
    Saga,
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
