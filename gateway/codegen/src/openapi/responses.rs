//! The responses of failed requests, shared by all operations: one status, in two forms. Knows no routes.

use super::known;
use super::names::{PROBLEM, STATUS};
use crate::json::{Json, Object, object};

/// A direction to fail: the HTTP status, the component's name, an example's code and reason, and when it happens.
struct Failure {
    http: u64,
    name: &'static str,
    code: u64,
    reason: &'static str,
    description: &'static str,
    /// Whether the response may have `Retry-After`.
    has_retry: bool,
}

const fn failure(
    http: u64,
    name: &'static str,
    code: u64,
    reason: &'static str,
    description: &'static str,
) -> Failure {
    Failure {
        http,
        name,
        code,
        reason,
        description,
        has_retry: matches!(http, 409 | 429 | 503),
    }
}

/// The reason that only rpcs with idempotency keys have.
const KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";

const FAILURES: &[Failure] = &[
    failure(
        400,
        "BadRequest",
        3,
        "VALIDATION_FAILED",
        "The request violates a rule (`details` names the field), or the current state does not allow it.",
    ),
    failure(
        401,
        "Unauthorized",
        16,
        "UNAUTHENTICATED",
        "The caller is not authenticated.",
    ),
    failure(
        403,
        "Forbidden",
        7,
        "PERMISSION_DENIED",
        "The caller lacks the permission.",
    ),
    failure(
        404,
        "NotFound",
        5,
        "NOT_FOUND",
        "The resource or the route does not exist.",
    ),
    failure(
        406,
        "NotAcceptable",
        3,
        "NOT_ACCEPTABLE",
        "`Accept` admits no media type of this route.",
    ),
    failure(
        408,
        "RequestTimeout",
        4,
        "REQUEST_TIMEOUT",
        "The body did not arrive in time.",
    ),
    failure(
        409,
        "Conflict",
        10,
        "ABORTED",
        "A concurrent change came first, or the same request is in progress.",
    ),
    failure(
        413,
        "TooLarge",
        11,
        "REQUEST_TOO_LARGE",
        "The body is too large.",
    ),
    failure(
        414,
        "UriTooLong",
        11,
        "URI_TOO_LONG",
        "The path or the query is too long.",
    ),
    failure(
        415,
        "UnsupportedMediaType",
        3,
        "UNSUPPORTED_MEDIA_TYPE",
        "The body has an unsupported media type or content coding.",
    ),
    failure(
        422,
        "KeyReused",
        9,
        KEY_REUSED,
        "The idempotency key was used for another request.",
    ),
    failure(
        429,
        "Overloaded",
        8,
        "OVERLOADED",
        "Too many requests are in progress. Retry after `Retry-After`.",
    ),
    failure(
        431,
        "HeadersTooLarge",
        11,
        "HEADERS_TOO_LARGE",
        "The header fields are too many or too large.",
    ),
    failure(500, "Internal", 13, "INTERNAL", "The service failed."),
    failure(
        501,
        "NotImplemented",
        12,
        "NOT_IMPLEMENTED",
        "The service does not implement the rpc.",
    ),
    failure(
        503,
        "Unavailable",
        14,
        "BACKEND_UNAVAILABLE",
        "The service cannot be reached; the request may have started. Retry after `Retry-After`.",
    ),
    failure(
        504,
        "DeadlineExceeded",
        4,
        "DEADLINE_EXCEEDED",
        "The service did not answer in time. The outcome is unknown.",
    ),
];

/// A reference to the response of the HTTP status; to `Failure` for any other.
pub(super) fn reference(http: u64) -> Object {
    let name = FAILURES
        .iter()
        .find(|failure| failure.http == http)
        .map_or("Failure", |failure| failure.name);
    object! {"$ref": format!("#/components/responses/{name}")}
}

/// All responses, for `components.responses`. `domain` is `ErrorInfo.domain` of the examples; `has_keys` is whether an rpc
/// takes idempotency keys.
pub(super) fn components(domain: &str, has_keys: bool) -> Object {
    let mut components = Object::default();
    let is_shown = |failure: &&Failure| has_keys || failure.reason != KEY_REUSED;
    for failure in FAILURES.iter().filter(is_shown) {
        let mut response = object! {"description": failure.description};
        if failure.has_retry {
            response.set(
                "headers",
                object! {"Retry-After": object! {
                    "description": "Seconds to wait before a retry; absent when a retry does not help.",
                    "schema": object! {"type": "integer", "minimum": 0_u64},
                }},
            );
        }
        response.set("content", content(Some((failure, domain))));
        components.set(failure.name, response);
    }
    let other = object! {"description": "Any other failure.", "content": content(None)};
    components.with("Failure", other)
}

fn content(failure: Option<(&Failure, &str)>) -> Object {
    let media = |schema: &str, example: Option<Object>| {
        let mut media =
            object! {"schema": object! {"$ref": format!("#/components/schemas/{schema}")}};
        if let Some(example) = example {
            media.set("example", example);
        }
        media
    };
    object! {
        "application/json": media(STATUS, failure.map(|(failure, domain)| status_example(failure, domain))),
        "application/problem+json": media(PROBLEM, failure.map(|(failure, domain)| problem_example(failure, domain))),
    }
}

fn details(failure: &Failure, domain: &str) -> Vec<Object> {
    let mut info = object! {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": failure.reason,
    };
    if !domain.is_empty() {
        info.set("domain", domain);
    }
    let mut details = vec![info];
    if failure.reason == "VALIDATION_FAILED" {
        let violation = object! {"field": "pageSize", "description": "must be a 32-bit integer"};
        details.push(object! {
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": vec![violation],
        });
    }
    if failure.has_retry {
        details.push(object! {
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": "1s",
        });
    }
    details
}

fn status_example(failure: &Failure, domain: &str) -> Object {
    object! {"code": failure.code, "message": failure.description, "details": details(failure, domain)}
}

fn problem_example(failure: &Failure, domain: &str) -> Object {
    object! {
        "type": "about:blank",
        "title": failure.name,
        "status": failure.http,
        "detail": failure.description,
        "code": failure.code,
        "reason": failure.reason,
        "details": details(failure, domain),
    }
}

/// The schemas of both forms, for `components.schemas`.
pub(super) fn schemas() -> [(String, Json); 2] {
    let code = object! {"type": "integer", "description": "The gRPC status code.", "minimum": 0_u64, "maximum": 16_u64};
    let listed = object! {
        "type": "array",
        "description": "Details, usually with a `google.rpc.ErrorInfo` first, which has the `reason`.",
        "items": known::any(),
    };
    let status = object! {
        "type": "object",
        "description": "A failure: `google.rpc.Status` as JSON.",
        "required": vec!["code", "message", "details"],
        "properties": object! {
            "code": code.clone(),
            "message": object! {"type": "string", "description": "For people. Its wording may change."},
            "details": listed.clone(),
        },
    };
    let problem = object! {
        "type": "object",
        "description": "A failure by RFC 9457, for requests with `Accept: application/problem+json`.",
        "required": vec!["type", "title", "status", "detail", "code", "details"],
        "properties": object! {
            "type": object! {"type": "string", "format": "uri-reference"},
            "title": object! {"type": "string"},
            "status": object! {"type": "integer"},
            "detail": object! {"type": "string", "description": "For people. Its wording may change."},
            "code": code,
            "reason": object! {"type": "string", "description": "`ErrorInfo.reason`, for programs."},
            "details": listed,
        },
    };
    [
        (STATUS.to_owned(), status.into()),
        (PROBLEM.to_owned(), problem.into()),
    ]
}
