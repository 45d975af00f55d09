//! Converts a failed call to a problem: the service's own status, or a failure of the connection. Makes no calls.

use std::error::Error as _;

use http::StatusCode;
use tonic::{Code, Status, TimeoutExpired};

use super::origin::{self, Origin};
use crate::problem::Problem;

/// Converts a failed call to a problem. Only the service's own status keeps its message: one that this side made names
/// addresses and libraries, so its message is logged and replaced. A status with a source is a failure of the
/// connection.
pub(crate) fn problem(status: &Status) -> Problem {
    if let Some(source) = status.source() {
        tracing::debug!(code = ?status.code(), error = status.message(), "the connection to the service failed");
        return if is_timeout(source) || status.code() == Code::DeadlineExceeded {
            Problem::deadline_exceeded()
        } else {
            Problem::unreachable()
        };
    }
    let origin = origin::of(status.metadata());
    if origin != Origin::Service {
        tracing::warn!(
            ?origin,
            error = status.message(),
            "the status does not come from the service"
        );
    }
    match origin {
        Origin::Service => {
            let mut metadata = status.metadata().clone().into_headers();
            origin::unmark(&mut metadata);
            Problem::of_service(status, metadata)
        }
        Origin::Http(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => Problem::headers_too_large(),
        Origin::Http(
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT,
        ) => Problem::unreachable(),
        // No gRPC status at all: the outcome is unknown.
        Origin::Library if status.code() == Code::Unknown => Problem::unreachable(),
        Origin::Http(_) | Origin::Library => Problem::unreadable(),
    }
}

fn is_timeout(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut error = Some(error);
    while let Some(current) = error {
        if current.is::<TimeoutExpired>() {
            return true;
        }
        error = current.source();
    }
    false
}
