//! What every route may answer when it fails: one status, in two forms. Knows no route.

use super::known;
use super::names::{PROBLEM, STATUS};
use crate::json::{Json, Object, object};

/// A direction to fail: the HTTP status, the component's name, an example's code and reason, and when it happens.
struct Failure {
    http: u64,
    name: &'static str,
    code: u64,
    reason: &'static str,
    when: &'static str,
    /// Whether it says when to try again.
    retry: bool,
}

const fn failure(
    http: u64,
    name: &'static str,
    code: u64,
    reason: &'static str,
    when: &'static str,
) -> Failure {
    Failure {
        http,
        name,
        code,
        reason,
        when,
        retry: matches!(http, 409 | 429 | 503),
    }
}

const FAILURES: &[Failure] = &[
    failure(
        400,
        "BadRequest",
        3,
        "VALIDATION_FAILED",
        "The request breaks a rule, which `details` names with its field; or what it asks for cannot be done now.",
    ),
    failure(
        401,
        "Unauthorized",
        16,
        "UNAUTHENTICATED",
        "Who asks is not known, or not proven.",
    ),
    failure(
        403,
        "Forbidden",
        7,
        "PERMISSION_DENIED",
        "Who asks may not do this.",
    ),
    failure(404, "NotFound", 5, "NOT_FOUND", "There is no such thing."),
    failure(
        406,
        "NotAcceptable",
        3,
        "NOT_ACCEPTABLE",
        "`Accept` admits nothing that this route answers.",
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
        "Another change was faster, or a request with the same idempotency key is still at work.",
    ),
    failure(
        413,
        "TooLarge",
        11,
        "REQUEST_TOO_LARGE",
        "The body, the path or the query is too large.",
    ),
    failure(
        415,
        "UnsupportedMediaType",
        3,
        "UNSUPPORTED_MEDIA_TYPE",
        "The body is in no type or coding that is read here.",
    ),
    failure(
        422,
        "KeyReused",
        9,
        "IDEMPOTENCY_KEY_REUSED",
        "The idempotency key was used for another request.",
    ),
    failure(
        429,
        "Overloaded",
        8,
        "OVERLOADED",
        "Too much is under way; try again after `Retry-After`.",
    ),
    failure(
        431,
        "HeadersTooLarge",
        11,
        "HEADERS_TOO_LARGE",
        "The header fields are too many or too large.",
    ),
    failure(500, "Internal", 13, "INTERNAL", "A fault of the service."),
    failure(
        501,
        "NotImplemented",
        12,
        "NOT_IMPLEMENTED",
        "The service does not do this.",
    ),
    failure(
        503,
        "Unavailable",
        14,
        "OVERLOADED",
        "The service cannot be reached; try again after `Retry-After`, with the same idempotency key.",
    ),
    failure(
        504,
        "DeadlineExceeded",
        4,
        "DEADLINE_EXCEEDED",
        "The service did not answer in time; whether it acted is not known.",
    ),
];

/// A reference to the response of that status.
pub(super) fn reference(http: u64) -> Object {
    let name = FAILURES
        .iter()
        .find(|failure| failure.http == http)
        .map_or("Failure", |failure| failure.name);
    object! {"$ref": format!("#/components/responses/{name}")}
}

/// All of them, for `components.responses`.
pub(super) fn components(domain: &str) -> Object {
    let mut components = Object::default();
    for failure in FAILURES {
        let mut response = object! {"description": failure.when};
        if failure.retry {
            response.set(
                "headers",
                object! {"Retry-After": object! {
                    "description": "After how many seconds to try again, where that helps.",
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
    if failure.reason == "OVERLOADED" {
        details.push(object! {
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": "1s",
        });
    }
    details
}

fn status_example(failure: &Failure, domain: &str) -> Object {
    object! {"code": failure.code, "message": failure.when, "details": details(failure, domain)}
}

fn problem_example(failure: &Failure, domain: &str) -> Object {
    object! {
        "type": "about:blank",
        "title": failure.name,
        "status": failure.http,
        "detail": failure.when,
        "code": failure.code,
        "reason": failure.reason,
        "details": details(failure, domain),
    }
}

/// The two forms, for `components.schemas`.
pub(super) fn schemas() -> [(String, Json); 2] {
    let code = object! {"type": "integer", "description": "gRPC's code.", "minimum": 0_u64, "maximum": 16_u64};
    let listed = object! {
        "type": "array",
        "description": "More about it, mostly `google.rpc.ErrorInfo` with its `reason` first.",
        "items": known::any(),
    };
    let status = object! {
        "type": "object",
        "description": "A failure: `google.rpc.Status` as JSON.",
        "required": vec!["code", "message", "details"],
        "properties": object! {
            "code": code.clone(),
            "message": object! {"type": "string", "description": "For a person; never to be parsed."},
            "details": listed.clone(),
        },
    };
    let problem = object! {
        "type": "object",
        "description": "The same as RFC 9457 has it, for those who ask with `Accept: application/problem+json`.",
        "required": vec!["type", "title", "status", "detail", "code", "details"],
        "properties": object! {
            "type": object! {"type": "string", "format": "uri-reference"},
            "title": object! {"type": "string"},
            "status": object! {"type": "integer"},
            "detail": object! {"type": "string", "description": "For a person; never to be parsed."},
            "code": code,
            "reason": object! {"type": "string", "description": "`ErrorInfo.reason`, for a program."},
            "details": listed,
        },
    };
    [
        (STATUS.to_owned(), status.into()),
        (PROBLEM.to_owned(), problem.into()),
    ]
}
