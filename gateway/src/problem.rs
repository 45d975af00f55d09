//! A failed request: one `google.rpc.Status`, whether the gateway or the service refused it.
//!
//! Owns the gateway's own refusals and the conversion of the service's. `json` and `http_status` own their form on
//! HTTP.

pub(crate) mod details;
mod http_status;
mod json;

use http::HeaderMap;
use tonic::{Code, Status};

use crate::browser::Forbidden;
use crate::json::fault::Fault;
use crate::limits::{BODY_BYTES_MAX, RETRY_AFTER_SECS};
use details::Detail;

#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// `ErrorInfo.reason` of the gateway's own refusals. A refusal of the service has it in `details`.
    pub(crate) own_reason: Option<&'static str>,
    pub(crate) details: Vec<Detail>,
    /// The value of `Allow`, when the method was refused.
    pub(crate) allow: Option<String>,
    /// The metadata of the service's refusal.
    pub(crate) metadata: Option<Box<HeaderMap>>,
    /// Whether the request made its effect depend on `If-Match`.
    pub(crate) is_conditional: bool,
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
            is_conditional: false,
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
                format!("this route allows {allow}"),
            )
        }
    }

    /// A page that may not use the gateway, or a request that names no host.
    pub(crate) fn forbidden(forbidden: Forbidden) -> Self {
        match forbidden {
            Forbidden::MalformedHost => Self::invalid_field("Host", "must be one valid host"),
            Forbidden::Host | Forbidden::Origin => Self::new(
                Code::PermissionDenied,
                "ORIGIN_FORBIDDEN",
                forbidden.to_string(),
            ),
        }
    }

    pub(crate) fn streams_not_implemented() -> Self {
        Self::new(
            Code::Unimplemented,
            "NOT_IMPLEMENTED",
            "streams of requests are not served over JSON; use gRPC",
        )
    }

    /// A fault in a field or a parameter.
    pub(crate) fn invalid(fault: &Fault) -> Self {
        Self::invalid_field(&fault.path(), fault.description())
    }

    /// A fault at the JSON path `path`, which is empty for the whole body. `description` is as in [`Fault`].
    pub(crate) fn invalid_field(path: &str, description: &str) -> Self {
        // A description is a sentence that starts with `the `, or a predicate whose subject is the field.
        let message = match (path.is_empty(), description.starts_with("the ")) {
            (true, true) => description.to_owned(),
            (true, false) => format!("the body {description}"),
            (false, true) => format!("{path}: {description}"),
            (false, false) => format!("{path} {description}"),
        };
        let mut problem = Self::new(Code::InvalidArgument, "VALIDATION_FAILED", message);
        problem
            .details
            .push(details::bad_request(path, description));
        problem
    }

    pub(crate) fn too_large(what: &str, bytes_max: usize) -> Self {
        Self::new(
            Code::OutOfRange,
            "REQUEST_TOO_LARGE",
            format!("the {what} is larger than {bytes_max} bytes"),
        )
    }

    /// The path or the query is too long.
    pub(crate) fn target_too_long(what: &str, bytes_max: usize) -> Self {
        Self::new(
            Code::OutOfRange,
            "URI_TOO_LONG",
            format!("the {what} is longer than {bytes_max} bytes"),
        )
    }

    pub(crate) fn transfer_coding_not_implemented() -> Self {
        Self::new(
            Code::Unimplemented,
            "NOT_IMPLEMENTED",
            "the only transfer coding is chunked",
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

    /// The gateway has reached its bound of concurrent requests or streams.
    pub(crate) fn overloaded() -> Self {
        let mut problem = Self::new(
            Code::ResourceExhausted,
            "OVERLOADED",
            "too many requests are in progress; try again later",
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
            format!("this route returns {offered}"),
        )
    }

    /// The body did not arrive within its time.
    pub(crate) fn body_too_slow() -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "REQUEST_TIMEOUT",
            "the body did not arrive in time",
        )
    }

    /// The gateway shuts down while the stream is open.
    pub(crate) fn shutting_down() -> Self {
        let mut problem = Self::new(
            Code::Unavailable,
            "SHUTTING_DOWN",
            "the gateway is shutting down; connect again",
        );
        problem.details.push(details::retry_info(RETRY_AFTER_SECS));
        problem
    }

    /// The service cannot be reached, or the connection failed during the call: the outcome is unknown.
    pub(crate) fn unreachable() -> Self {
        let mut problem = Self::new(
            Code::Unavailable,
            "BACKEND_UNAVAILABLE",
            "the service cannot be reached; the request may have started",
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
            "the service's answer has no JSON form",
        )
    }

    /// `ErrorInfo.reason`, of the gateway or of the service.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.own_reason.or_else(|| details::reason(&self.details))
    }

    /// The service's answer is not gRPC, or exceeds its size bound.
    pub(crate) fn unreadable() -> Self {
        Self::new(
            Code::Internal,
            "INTERNAL",
            "the service's answer cannot be read",
        )
    }

    /// The service's refusal, with its details and metadata unchanged.
    pub(crate) fn of_service(status: &Status, metadata: HeaderMap) -> Self {
        Self {
            code: status.code(),
            message: status.message().to_owned(),
            own_reason: None,
            details: details::of_status(status.details()),
            allow: None,
            metadata: (!metadata.is_empty()).then(|| Box::new(metadata)),
            is_conditional: false,
        }
    }
}
