//! Every reason for which the service refuses a request: one table from which the gRPC statuses and `docs/errors.md`
//! both come.

use tonic::Code;

use crate::error::{Error, Missing};

/// One reason for which a request is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// `ErrorInfo.reason`.
    pub(super) reason: &'static str,
    /// The code of the status.
    pub(super) code: Code,
    /// Whether the status has RetryInfo.
    pub(super) has_retry_info: bool,
    /// When the service refuses so.
    pub(super) meaning: &'static str,
    /// What the client does about it.
    pub(super) reaction: &'static str,
}

const fn refusal(
    reason: &'static str,
    code: Code,
    meaning: &'static str,
    reaction: &'static str,
) -> Refusal {
    Refusal {
        reason,
        code,
        has_retry_info: false,
        meaning,
        reaction,
    }
}

const fn retried(
    reason: &'static str,
    code: Code,
    meaning: &'static str,
    reaction: &'static str,
) -> Refusal {
    Refusal {
        has_retry_info: true,
        ..refusal(reason, code, meaning, reaction)
    }
}

const FIX: &str = "Fix the request";
const READ_ORDER: &str = "Read the order, then decide";

/// The refusal of an error. Its order is the order of the reference.
macro_rules! refusals {
    ($($error:pat => $refusal:expr,)*) => {
        /// The refusal that this error is.
        pub(super) const fn of(error: &Error) -> &'static Refusal {
            match error {
                $($error => const { &$refusal },)*
            }
        }

        /// Every refusal, once.
        #[cfg(test)]
        pub(super) const ALL: &[&Refusal] = &[$(&$refusal),*];
    };
}

refusals! {
    Error::Undecodable
    | Error::NotOneMessage
    | Error::TimeoutMalformed
    | Error::Invalid(_)
    | Error::HostMalformed => refusal(
        "VALIDATION_FAILED",
        Code::InvalidArgument,
        "The request is not a message of this rpc, or a field breaks a rule; `BadRequest` names the fields",
        FIX,
    ),
    Error::PageToken => refusal(
        "PAGE_TOKEN_INVALID",
        Code::InvalidArgument,
        "The page token was not made for this list",
        "Start from the first page",
    ),
    Error::KeyInvalid => refusal(
        "IDEMPOTENCY_KEY_INVALID",
        Code::InvalidArgument,
        "The idempotency key is not one header of 1 to 255 visible ASCII characters",
        FIX,
    ),
    Error::KeyRequired => refusal(
        "IDEMPOTENCY_KEY_REQUIRED",
        Code::InvalidArgument,
        "The request needs an idempotency key: IDEMPOTENCY_REQUIRED is set, or a refund has neither key nor etag",
        "Send a key",
    ),
    Error::KeyInUse { .. } => retried(
        "IDEMPOTENCY_KEY_IN_USE",
        Code::Aborted,
        "A request with this key is being processed",
        "Wait as long as RetryInfo asks and repeat with the same key",
    ),
    Error::KeyReused => refusal(
        "IDEMPOTENCY_KEY_REUSED",
        Code::FailedPrecondition,
        "The key was used for another request",
        "Use another key for another request",
    ),
    Error::NotFound(Missing::Order) => refusal(
        "ORDER_NOT_FOUND",
        Code::NotFound,
        "No order has this id",
        FIX,
    ),
    Error::NotFound(Missing::Saga) => refusal(
        "SAGA_NOT_FOUND",
        Code::NotFound,
        "No saga has this id",
        FIX,
    ),
    Error::NotFound(Missing::Delivery) => refusal(
        "DELIVERY_NOT_FOUND",
        Code::NotFound,
        "No delivery has this id",
        FIX,
    ),
    Error::OrderState(_) => refusal(
        "ORDER_STATE_INVALID",
        Code::FailedPrecondition,
        "The state of the order does not allow it",
        READ_ORDER,
    ),
    Error::SagaState(_) => refusal(
        "SAGA_STATE_INVALID",
        Code::FailedPrecondition,
        "The state of the saga does not allow it",
        "Read the saga, then decide",
    ),
    Error::DeliveryState(_) => refusal(
        "DELIVERY_STATE_INVALID",
        Code::FailedPrecondition,
        "The delivery cannot be retried in its state",
        "Read the delivery, then decide",
    ),
    Error::EtagMismatch => refusal(
        "ETAG_MISMATCH",
        Code::Aborted,
        "The order changed since the client read it",
        READ_ORDER,
    ),
    Error::RefundTooLarge(_) => refusal(
        "REFUND_TOO_LARGE",
        Code::FailedPrecondition,
        "The refund is larger than what is left of the payment",
        READ_ORDER,
    ),
    Error::WebhookSignature => refusal(
        "WEBHOOK_SIGNATURE_INVALID",
        Code::Unauthenticated,
        "The signature of the webhook is missing, forged or older than 5 minutes",
        "Sign with a current WEBHOOK_SECRET and the current time",
    ),
    Error::PaymentMismatch(_) => refusal(
        "PAYMENT_MISMATCH",
        Code::FailedPrecondition,
        "The webhook contradicts the order that it names",
        "Compare the payment with the order",
    ),
    Error::RequestTooLarge => refusal(
        "REQUEST_TOO_LARGE",
        Code::OutOfRange,
        "The request is larger than 1 MiB",
        "Send less",
    ),
    Error::MetadataTooLarge => refusal(
        "HEADERS_TOO_LARGE",
        Code::OutOfRange,
        "The metadata of the call is larger than 16 KiB",
        "Send less metadata",
    ),
    Error::MediaType => refusal(
        "UNSUPPORTED_MEDIA_TYPE",
        Code::InvalidArgument,
        "The content type is neither gRPC nor gRPC-web",
        FIX,
    ),
    Error::MethodNotAllowed => refusal(
        "METHOD_NOT_ALLOWED",
        Code::Unimplemented,
        "A call of gRPC is a POST",
        FIX,
    ),
    Error::OriginForbidden | Error::HostForbidden => refusal(
        "ORIGIN_FORBIDDEN",
        Code::PermissionDenied,
        "A page of a foreign origin called, or a loopback address was reached by a name that is not this machine's",
        "Allow the origin in CORS_ORIGINS, or the name in ALLOWED_HOSTS",
    ),
    Error::Overloaded => retried(
        "OVERLOADED",
        Code::ResourceExhausted,
        "Too many requests are being processed; nothing was started",
        "Wait as long as RetryInfo asks and repeat with the same key",
    ),
    Error::StoreUnavailable(_) => retried(
        "STORE_UNAVAILABLE",
        Code::Unavailable,
        "The database cannot be reached; the request may have started",
        "Wait as long as RetryInfo asks and repeat with the same key",
    ),
    Error::DeadlineExceeded => refusal(
        "DEADLINE_EXCEEDED",
        Code::DeadlineExceeded,
        "The deadline of the client passed; the request may have started",
        "Repeat with the same key, or read the order",
    ),
    Error::ShuttingDown => retried(
        "SHUTTING_DOWN",
        Code::Unavailable,
        "The replica is shutting down",
        "Wait as long as RetryInfo asks and repeat with the same key; another replica answers",
    ),
    Error::NotImplemented | Error::Coding => refusal(
        "NOT_IMPLEMENTED",
        Code::Unimplemented,
        "The service has no such rpc, or does not read messages of this `grpc-encoding`",
        "Use a service of a later release, or send `gzip`, `zstd` or uncompressed messages",
    ),
    Error::Internal(_) => refusal(
        "INTERNAL",
        Code::Internal,
        "The service failed; its log has the cause",
        "Report it; repeat with the same key",
    ),
}

#[cfg(test)]
mod tests;
