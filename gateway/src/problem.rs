//! What a caller is told when a request fails: one `google.rpc.Status`, whoever found the fault.
//!
//! Owns the gateway's own refusals and reading the service's. How they look on the wire of HTTP lies in `render`.

pub(crate) mod details;
mod http_status;
mod json;

use http::HeaderMap;
use tonic::{Code, Status};

use crate::json::fault::Fault;
use crate::limits::{BODY_BYTES_MAX, RETRY_AFTER_SECS};
use details::Detail;

/// A failed request.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Why, where the refusal is the gateway's own; the service's says it in its details.
    pub(crate) own_reason: Option<&'static str>,
    pub(crate) details: Vec<Detail>,
    /// What `Allow` says, where the method is the fault.
    pub(crate) allow: Option<String>,
    /// What the service says beside its refusal.
    pub(crate) metadata: Option<Box<HeaderMap>>,
}

impl Problem {
    pub(crate) fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            own_reason: Some(reason),
            details: Vec::new(),
            allow: None,
            metadata: None,
        }
    }

    pub(crate) fn no_route() -> Self {
        Self::new(Code::NotFound, "ROUTE_NOT_FOUND", "there is no such route")
    }

    pub(crate) fn method_not_allowed(methods: &[&str]) -> Self {
        let allow = methods.join(", ");
        Self {
            allow: Some(allow.clone()),
            ..Self::new(
                Code::Unimplemented,
                "METHOD_NOT_ALLOWED",
                format!("this route takes {allow}"),
            )
        }
    }

    pub(crate) fn streams_not_implemented() -> Self {
        Self::new(
            Code::Unimplemented,
            "NOT_IMPLEMENTED",
            "streams of requests are not served over JSON; use gRPC",
        )
    }

    /// A field or parameter that cannot be taken.
    pub(crate) fn invalid(fault: &Fault) -> Self {
        Self::invalid_field(&fault.path(), fault.why())
    }

    pub(crate) fn invalid_field(path: &str, why: &str) -> Self {
        // Some faults are whole sentences, most are about their field.
        let message = match (path.is_empty(), why.starts_with("the ")) {
            (true, true) => why.to_owned(),
            (true, false) => format!("the body {why}"),
            (false, true) => format!("{path}: {why}"),
            (false, false) => format!("{path} {why}"),
        };
        let mut problem = Self::new(Code::InvalidArgument, "VALIDATION_FAILED", message);
        problem.details.push(details::bad_request(path, why));
        problem
    }

    pub(crate) fn too_large(what: &str, bytes_max: usize) -> Self {
        Self::new(
            Code::OutOfRange,
            "REQUEST_TOO_LARGE",
            format!("the {what} is larger than {bytes_max} bytes"),
        )
    }

    pub(crate) fn body_too_large() -> Self {
        Self::too_large("body", BODY_BYTES_MAX)
    }

    pub(crate) fn headers_too_large() -> Self {
        Self::new(
            Code::OutOfRange,
            "HEADERS_TOO_LARGE",
            "the header fields are too many or too large",
        )
    }

    /// More requests are under way than the gateway takes.
    pub(crate) fn overloaded() -> Self {
        let mut problem = Self::new(
            Code::ResourceExhausted,
            "OVERLOADED",
            "too many requests are under way; try again later",
        );
        problem.details.push(details::retry_info(RETRY_AFTER_SECS));
        problem
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self::new(
            Code::InvalidArgument,
            "UNSUPPORTED_MEDIA_TYPE",
            "the body must be application/json in UTF-8",
        )
    }

    pub(crate) fn unsupported_coding() -> Self {
        Self::new(
            Code::InvalidArgument,
            "UNSUPPORTED_MEDIA_TYPE",
            "the body's Content-Encoding must be gzip, zstd or none",
        )
    }

    pub(crate) fn not_acceptable(offered: &[&str]) -> Self {
        let offered = offered.join(", ");
        Self::new(
            Code::InvalidArgument,
            "NOT_ACCEPTABLE",
            format!("this route answers {offered}"),
        )
    }

    /// The client took too long over its body.
    pub(crate) fn body_too_slow() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "REQUEST_TIMEOUT",
            "the body did not arrive in time",
        )
    }

    /// The gateway shuts down under a stream.
    pub(crate) fn shutting_down() -> Self {
        let mut problem = Self::new(
            Code::Unavailable,
            "OVERLOADED",
            "the gateway is shutting down; connect again",
        );
        problem.details.push(details::retry_info(RETRY_AFTER_SECS));
        problem
    }

    /// The service cannot be reached, or the connection broke: whether it acted is not known.
    pub(crate) fn unreachable() -> Self {
        let mut problem = Self::new(
            Code::Unavailable,
            "OVERLOADED",
            "the service cannot be reached; try again later, with the same idempotency key",
        );
        problem.details.push(details::retry_info(RETRY_AFTER_SECS));
        problem
    }

    pub(crate) fn deadline_exceeded() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
            "the service did not answer in time",
        )
    }

    /// The service's answer has no JSON.
    pub(crate) fn unwritable() -> Self {
        Self::new(
            Code::Internal,
            "INTERNAL",
            "the service's answer cannot be shown as JSON",
        )
    }

    /// `ErrorInfo.reason`, whoever refuses.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.own_reason.or_else(|| details::reason(&self.details))
    }

    /// The service's answer is no gRPC, or larger than any may be.
    pub(crate) fn unreadable() -> Self {
        Self::new(
            Code::Internal,
            "INTERNAL",
            "the service's answer cannot be read",
        )
    }

    /// The service's own refusal, with its details and what it says beside it as they came.
    pub(crate) fn of_service(status: &Status, metadata: HeaderMap) -> Self {
        Self {
            code: status.code(),
            message: status.message().to_owned(),
            own_reason: None,
            details: details::of_status(status.details()),
            allow: None,
            metadata: (!metadata.is_empty()).then(|| Box::new(metadata)),
        }
    }
}
