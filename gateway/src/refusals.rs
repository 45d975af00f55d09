//! The reasons for which the gateway itself refuses a request, as data, and the HTTP status of every reason. For the
//! reference of errors; requests are refused by `problem`.

use http::StatusCode;
use tonic::Code;

use crate::browser::Forbidden;
use crate::problem::{Problem, details};

/// One reason for which the gateway refuses a request.
#[derive(Debug, Clone, Copy)]
pub struct Refusal {
    /// `ErrorInfo.reason`.
    pub reason: &'static str,
    /// `google.rpc.Status.code`.
    pub code: Code,
    /// The status of the HTTP response.
    pub http_status: StatusCode,
    /// Whether the answer has RetryInfo, and so a `Retry-After` header.
    pub has_retry_info: bool,
    /// When the gateway refuses so.
    pub meaning: &'static str,
    /// What the client does about it.
    pub reaction: &'static str,
}

const RETRY: &str = "Wait as long as RetryInfo asks and repeat the request";
const FIX: &str = "Fix the request";

/// Every reason of the gateway's own.
pub fn refusals() -> Vec<Refusal> {
    let described = of_requests().into_iter().chain(of_calls());
    described
        .filter_map(|(problem, meaning, reaction)| {
            Some(Refusal {
                reason: problem.own_reason?,
                code: problem.code,
                http_status: problem.http_status(),
                has_retry_info: details::retry_secs(&problem.details).is_some(),
                meaning,
                reaction,
            })
        })
        .collect()
}

/// A refusal, its meaning, and what the client does.
type Described = (Problem, &'static str, &'static str);

/// Requests that do not reach the service.
fn of_requests() -> [Described; 11] {
    [
        (
            Problem::no_route(),
            "No route has this path",
            "Fix the path; `/openapi.json` lists every route",
        ),
        (
            Problem::method_not_allowed(&["GET"]),
            "The route exists, but not with this method",
            "Use a method that the `Allow` header lists",
        ),
        (
            Problem::invalid_field("field", "is malformed"),
            "A field, a parameter or the body cannot be read; `BadRequest` names it",
            FIX,
        ),
        (
            Problem::forbidden(Forbidden::Origin),
            "A browser's page of another origin sent a request that changes something, or a loopback address was reached by \
             a name that is not this machine's",
            "Allow the origin in `CORS_ORIGINS`, or the name in `ALLOWED_HOSTS`",
        ),
        (
            Problem::unsupported_media_type(),
            "The body is not `application/json` in UTF-8, or has a `Content-Encoding` other than gzip and zstd",
            FIX,
        ),
        (
            Problem::not_acceptable(&[]),
            "`Accept` excludes every form in which the route answers",
            FIX,
        ),
        (
            Problem::body_too_large(),
            "The body is too large",
            "Send less",
        ),
        (
            Problem::target_too_long("path", 0),
            "The path or the query is too long",
            "Send a shorter one",
        ),
        (
            Problem::headers_too_large(),
            "The header fields are too many or too large",
            "Send fewer or smaller header fields",
        ),
        (
            Problem::body_too_slow(),
            "The body did not arrive in time",
            "Repeat the request",
        ),
        (
            Problem::streams_not_implemented(),
            "The rpc takes a stream of requests",
            "Call it over gRPC",
        ),
    ]
}

/// Calls that the gateway does not start, or that get no usable answer.
fn of_calls() -> [Described; 5] {
    [
        (
            Problem::overloaded(),
            "Too many requests are being processed; nothing was started",
            RETRY,
        ),
        (
            Problem::unreachable(),
            "The service cannot be reached; the request may have started",
            RETRY,
        ),
        (
            Problem::shutting_down(),
            "The gateway is shutting down and ends its streams",
            "Connect again",
        ),
        (
            Problem::deadline_exceeded(),
            "The service did not answer in time; the request may have started",
            "Repeat the request, or read what it changes",
        ),
        (
            Problem::unreadable(),
            "The answer of the service cannot be shown as JSON",
            "Report it; repeat the request",
        ),
    ]
}

/// The HTTP status with which the gateway answers a refusal of the service.
pub fn http_status(code: Code, reason: &'static str) -> StatusCode {
    Problem::new(code, reason, "").http_status()
}
