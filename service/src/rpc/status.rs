//! The only mapping from `Error` to a gRPC status: code and reason from the table of refusals, and the details.
//!
//! Logs the cause of a fault of the service, once, here. The client gets no cause.

use std::time::Duration;

use tonic::Status;
use tonic::body::Body;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use super::refusal;
use crate::error::Error;

/// The domain of every reason.
const DOMAIN: &str = "order.v1";
/// RetryInfo of a request that was refused under load or without a database.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The status that a client gets for this error.
pub fn status(error: &Error) -> Status {
    log_fault(error);
    let refusal = refusal::of(error);
    let mut details = ErrorDetails::new();
    details.set_error_info(refusal.reason, DOMAIN, std::collections::HashMap::new());
    if let Some(violations) = violations(error) {
        details.set_bad_request(violations);
    }
    if let Some(delay) = retry_after(error) {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(refusal.code, error.to_string(), details)
}

/// The same as a whole response, for the layers in front of the rpcs.
pub fn refuse(error: &Error) -> http::Response<Body> {
    status(error).into_http()
}

fn violations(error: &Error) -> Option<Vec<FieldViolation>> {
    match error {
        Error::Invalid(violations) => Some(
            violations
                .iter()
                .map(|broken| FieldViolation::new(&broken.field, &broken.description))
                .collect(),
        ),
        Error::Undecodable => Some(vec![FieldViolation::new("", error.to_string())]),
        Error::PageToken => Some(vec![FieldViolation::new("pageToken", error.to_string())]),
        Error::KeyInvalid | Error::KeyRequired => Some(vec![FieldViolation::new(
            "Idempotency-Key",
            error.to_string(),
        )]),
        Error::KeyInUse { .. }
        | Error::KeyReused
        | Error::NotFound(_)
        | Error::OrderState(_)
        | Error::SagaState(_)
        | Error::DeliveryState(_)
        | Error::EtagMismatch
        | Error::RefundTooLarge(_)
        | Error::WebhookSignature
        | Error::PaymentMismatch(_)
        | Error::RequestTooLarge
        | Error::Overloaded
        | Error::StoreUnavailable(_)
        | Error::DeadlineExceeded
        | Error::ShuttingDown
        | Error::NotImplemented
        | Error::Internal(_) => None,
    }
}

fn retry_after(error: &Error) -> Option<Duration> {
    if let Error::KeyInUse { retry_after } = error {
        return Some(*retry_after);
    }
    refusal::of(error).has_retry_info.then_some(RETRY_AFTER)
}

fn log_fault(error: &Error) {
    if let Error::Internal(cause) | Error::StoreUnavailable(cause) = error {
        let mut chain = cause.to_string();
        let mut next = cause.source();
        while let Some(source) = next {
            chain.push_str(": ");
            chain.push_str(&source.to_string());
            next = source.source();
        }
        tracing::error!(cause = chain, "{error}");
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::error::{Missing, Violation};

    fn cause() -> Box<dyn std::error::Error + Send + Sync> {
        "SELECT secret FROM table".into()
    }

    /// Every variant with its part of the contract: code, reason, whether it has BadRequest, whether it has RetryInfo.
    // tidy: a table
    fn table() -> Vec<(Error, Code, &'static str, bool, bool)> {
        let violation = Violation {
            field: "tickets[1].seatId".into(),
            description: "is named twice".into(),
        };
        let in_use = Error::KeyInUse {
            retry_after: Duration::from_millis(1500),
        };
        let invalid = Code::InvalidArgument;
        let precondition = Code::FailedPrecondition;
        vec![
            (
                Error::Undecodable,
                invalid,
                "VALIDATION_FAILED",
                true,
                false,
            ),
            (
                Error::Invalid(vec![violation]),
                invalid,
                "VALIDATION_FAILED",
                true,
                false,
            ),
            (Error::PageToken, invalid, "PAGE_TOKEN_INVALID", true, false),
            (
                Error::KeyInvalid,
                invalid,
                "IDEMPOTENCY_KEY_INVALID",
                true,
                false,
            ),
            (
                Error::KeyRequired,
                invalid,
                "IDEMPOTENCY_KEY_REQUIRED",
                true,
                false,
            ),
            (in_use, Code::Aborted, "IDEMPOTENCY_KEY_IN_USE", false, true),
            (
                Error::KeyReused,
                precondition,
                "IDEMPOTENCY_KEY_REUSED",
                false,
                false,
            ),
            (
                Error::NotFound(Missing::Order),
                Code::NotFound,
                "ORDER_NOT_FOUND",
                false,
                false,
            ),
            (
                Error::NotFound(Missing::Saga),
                Code::NotFound,
                "SAGA_NOT_FOUND",
                false,
                false,
            ),
            (
                Error::NotFound(Missing::Delivery),
                Code::NotFound,
                "DELIVERY_NOT_FOUND",
                false,
                false,
            ),
            (
                Error::OrderState("no".into()),
                precondition,
                "ORDER_STATE_INVALID",
                false,
                false,
            ),
            (
                Error::SagaState("no".into()),
                precondition,
                "SAGA_STATE_INVALID",
                false,
                false,
            ),
            (
                Error::DeliveryState("no"),
                precondition,
                "DELIVERY_STATE_INVALID",
                false,
                false,
            ),
            (
                Error::EtagMismatch,
                Code::Aborted,
                "ETAG_MISMATCH",
                false,
                false,
            ),
            (
                Error::RefundTooLarge("no".into()),
                precondition,
                "REFUND_TOO_LARGE",
                false,
                false,
            ),
            (
                Error::WebhookSignature,
                Code::Unauthenticated,
                "WEBHOOK_SIGNATURE_INVALID",
                false,
                false,
            ),
            (
                Error::PaymentMismatch("no"),
                precondition,
                "PAYMENT_MISMATCH",
                false,
                false,
            ),
            (
                Error::RequestTooLarge,
                Code::OutOfRange,
                "REQUEST_TOO_LARGE",
                false,
                false,
            ),
            (
                Error::Overloaded,
                Code::ResourceExhausted,
                "OVERLOADED",
                false,
                true,
            ),
            (
                Error::StoreUnavailable(cause()),
                Code::Unavailable,
                "STORE_UNAVAILABLE",
                false,
                true,
            ),
            (
                Error::DeadlineExceeded,
                Code::DeadlineExceeded,
                "DEADLINE_EXCEEDED",
                false,
                false,
            ),
            (
                Error::ShuttingDown,
                Code::Unavailable,
                "SHUTTING_DOWN",
                false,
                false,
            ),
            (
                Error::NotImplemented,
                Code::Unimplemented,
                "NOT_IMPLEMENTED",
                false,
                false,
            ),
            (
                Error::Internal(cause()),
                Code::Internal,
                "INTERNAL",
                false,
                false,
            ),
        ]
    }

    #[test]
    fn every_error_has_the_contracts_code_reason_and_details() {
        for (error, code, reason, names_fields, waits) in table() {
            let status = status(&error);
            let details = status.get_error_details();
            let info = details.error_info().expect("every error carries ErrorInfo");
            assert_eq!(status.code(), code, "{error:?}");
            assert_eq!(
                (info.reason.as_str(), info.domain.as_str()),
                (reason, "order.v1")
            );
            assert_eq!(details.bad_request().is_some(), names_fields, "{error:?}");
            assert_eq!(details.retry_info().is_some(), waits, "{error:?}");
        }
    }

    #[test]
    fn a_cause_is_never_sent_to_the_client() {
        for error in [Error::Internal(cause()), Error::StoreUnavailable(cause())] {
            let response = format!("{:?}", refuse(&error));
            assert!(!response.contains("SELECT"), "{response}");
        }
    }

    #[test]
    fn a_violation_names_its_field_and_a_wait_its_length() {
        let invalid = Error::Invalid(vec![Violation {
            field: "expectedTotal".into(),
            description: "must not be negative".into(),
        }]);
        let details = status(&invalid).get_error_details();
        let fields = &details
            .bad_request()
            .expect("fields are named")
            .field_violations;
        assert_eq!(fields[0].field, "expectedTotal");
        let in_use = Error::KeyInUse {
            retry_after: Duration::from_millis(1500),
        };
        let details = status(&in_use).get_error_details();
        let delay = details
            .retry_info()
            .expect("there is RetryInfo")
            .retry_delay;
        assert_eq!(delay, Some(Duration::from_millis(1500)));
    }
}
