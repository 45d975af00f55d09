//! The only mapping from `Error` to a gRPC status: code and reason from the table of refusals, and the details.
//!
//! Logs the cause of a fault of the service, once, here. The client gets no cause.

use std::collections::HashMap;
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

/// Most violations that an error lists; their number is in its `ErrorInfo`.
const VIOLATIONS_MAX: usize = 25;
/// Most bytes of all listed violations. With the message, and in base64, the trailers stay below 8 KiB.
const VIOLATIONS_BYTES_MAX: usize = 4_000;
/// Tags and lengths around the two texts of one violation.
const VIOLATION_OVERHEAD_BYTES: usize = 10;
/// Most bytes of a field's path; a path contains keys of maps, which the client chose.
const FIELD_BYTES_MAX: usize = 160;
/// Most bytes of one description.
const DESCRIPTION_BYTES_MAX: usize = 240;
/// Most bytes of a message; on the wire one byte may become three.
const MESSAGE_BYTES_MAX: usize = 320;
/// The end of a text that was cut.
const ELLIPSIS: &str = "…";

/// The status that a client gets for this error. Its trailers are smaller than 8 KiB, a limit of many clients and proxies,
/// whatever the request contained.
pub fn status(error: &Error) -> Status {
    log_fault(error);
    let refusal = refusal::of(error);
    let mut details = ErrorDetails::new();
    let mut facts = HashMap::new();
    let mut message = clip(&error.to_string(), MESSAGE_BYTES_MAX);
    if let Some(found) = violations(error) {
        let total = found.len();
        let listed = listed(found);
        if let (Error::Invalid(_), Some(first)) = (error, listed.first()) {
            let first = format!("{message}: {} {}", first.field, first.description);
            message = clip(&first, MESSAGE_BYTES_MAX);
        }
        if listed.len() < total {
            let more = total - listed.len();
            message = format!("{message}; {more} more violations are not listed");
            facts.insert("moreViolations".to_owned(), more.to_string());
        }
        details.set_bad_request(listed);
    }
    details.set_error_info(refusal.reason, DOMAIN, facts);
    if let Some(delay) = retry_after(error) {
        details.set_retry_info(Some(delay));
    }
    Status::with_error_details(refusal.code, message, details)
}

/// The first violations, as many as may be listed, with their texts cut.
fn listed(found: Vec<FieldViolation>) -> Vec<FieldViolation> {
    let mut room = VIOLATIONS_BYTES_MAX;
    let cut = found.into_iter().take(VIOLATIONS_MAX).map(|violation| {
        let field = clip(&violation.field, FIELD_BYTES_MAX);
        let description = clip(&violation.description, DESCRIPTION_BYTES_MAX);
        FieldViolation::new(field, description)
    });
    cut.take_while(|violation| {
        let bytes = violation.field.len() + violation.description.len() + VIOLATION_OVERHEAD_BYTES;
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    })
    .collect()
}

/// At most this many bytes of a text, cut between two characters; an ellipsis ends a text that was cut.
fn clip(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes_max - ELLIPSIS.len());
    format!("{}{ELLIPSIS}", &text[..end])
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
        Error::Undecodable | Error::NotOneMessage => {
            Some(vec![FieldViolation::new("", error.to_string())])
        }
        Error::TimeoutMalformed => {
            Some(vec![FieldViolation::new("grpc-timeout", error.to_string())])
        }
        Error::HostMalformed => Some(vec![FieldViolation::new("Host", error.to_string())]),
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
        | Error::Coding
        | Error::MediaType
        | Error::MethodNotAllowed
        | Error::MetadataTooLarge
        | Error::OriginForbidden
        | Error::HostForbidden
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
mod tests;
