//! Tests of the mapping: the contract's table, and the size of an error.

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
            Error::NotOneMessage,
            invalid,
            "VALIDATION_FAILED",
            true,
            false,
        ),
        (
            Error::TimeoutMalformed,
            invalid,
            "VALIDATION_FAILED",
            true,
            false,
        ),
        (
            Error::MediaType,
            invalid,
            "UNSUPPORTED_MEDIA_TYPE",
            false,
            false,
        ),
        (
            Error::Coding,
            Code::Unimplemented,
            "NOT_IMPLEMENTED",
            false,
            false,
        ),
        (
            Error::MethodNotAllowed,
            Code::Unimplemented,
            "METHOD_NOT_ALLOWED",
            false,
            false,
        ),
        (
            Error::MetadataTooLarge,
            Code::OutOfRange,
            "HEADERS_TOO_LARGE",
            false,
            false,
        ),
        (
            Error::OriginForbidden,
            Code::PermissionDenied,
            "ORIGIN_FORBIDDEN",
            false,
            false,
        ),
        (
            Error::HostForbidden,
            Code::PermissionDenied,
            "ORIGIN_FORBIDDEN",
            false,
            false,
        ),
        (
            Error::HostMalformed,
            invalid,
            "VALIDATION_FAILED",
            true,
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
            true,
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

/// Bytes of the trailers, as HTTP/2 counts them.
fn trailer_bytes(error: &Error) -> usize {
    let headers = refuse(error).headers().clone();
    let sizes = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len() + 32);
    sizes.sum()
}

#[test]
fn an_error_lists_25_violations_and_counts_the_others() {
    let violation = |n| Violation {
        field: format!("tickets[{n}].seatId"),
        description: "value length must be at least 1 characters".into(),
    };
    let error = Error::Invalid((0..300).map(violation).collect());
    let status = status(&error);
    let details = status.get_error_details();
    let fields = &details
        .bad_request()
        .expect("fields are named")
        .field_violations;
    assert_eq!(fields.len(), 25);
    assert_eq!(fields[24].field, "tickets[24].seatId");
    let info = details.error_info().expect("there is one");
    assert_eq!(info.metadata["moreViolations"], "275");
    assert!(
        status.message().contains("275 more"),
        "{}",
        status.message()
    );
}

#[test]
fn an_error_is_smaller_than_8_kib_whatever_it_says() {
    let wide = "\u{1f3ab}".repeat(100_000);
    let violation = Violation {
        field: format!("metadata[\"{wide}\"]"),
        description: wide.clone(),
    };
    let errors = [
        Error::Invalid(vec![violation; 300]),
        Error::OrderState(wide.clone()),
        Error::RefundTooLarge(wide.clone()),
        Error::SagaState(wide),
    ];
    for error in errors {
        let bytes = trailer_bytes(&error);
        assert!(bytes < 8 * 1024, "{bytes} bytes");
    }
}

#[test]
fn the_message_of_a_refused_request_names_its_first_field() {
    let violation = |field: &str| Violation {
        field: field.into(),
        description: "is required".into(),
    };
    let error = Error::Invalid(vec![violation("userId"), violation("eventId")]);
    let found = status(&error);
    assert_eq!(
        found.message(),
        "the request is not valid: userId is required"
    );
    let long = status(&Error::Invalid(vec![violation(&"x".repeat(10_000))]));
    assert!(long.message().len() <= MESSAGE_BYTES_MAX);
}
