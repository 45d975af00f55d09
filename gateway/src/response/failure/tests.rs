//! The status codes and bodies of failed requests.

use super::*;
use crate::TABLES;
use crate::problem::details::Detail;
use http_body_util::BodyExt as _;
use tonic::Code;

fn body(response: Response<Content>) -> serde_json::Value {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let bytes = runtime
        .block_on(response.into_body().collect())
        .expect("a full body cannot fail")
        .to_bytes();
    serde_json::from_slice(&bytes).expect("JSON")
}

#[test]
fn a_missing_route_is_a_status_with_its_reason() {
    let response = response(&Problem::no_route(), &TABLES, Form::Status);
    assert_eq!(response.status(), 404);
    assert_eq!(
        body(response),
        serde_json::json!({
            "code": 5,
            "message": "there is no such route",
            "details": [{
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "ROUTE_NOT_FOUND",
                "domain": "order.v1",
            }],
        })
    );
}

#[test]
fn a_field_violation_names_the_field() {
    let response = response(
        &Problem::invalid_field("tickets[1].seatId", "is required"),
        &TABLES,
        Form::Status,
    );
    assert_eq!(response.status(), 400);
    let json = body(response);
    assert_eq!(json["details"][0]["reason"], "VALIDATION_FAILED");
    assert_eq!(
        json["details"][1],
        serde_json::json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": [{"field": "tickets[1].seatId", "description": "is required"}],
        })
    );
}

#[test]
fn problem_json_has_the_same_content() {
    let response = response(&Problem::overloaded(), &TABLES, Form::ProblemJson);
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(
        response.headers()["content-type"],
        "application/problem+json"
    );
    let json = body(response);
    assert_eq!(json["type"], "about:blank");
    assert_eq!(json["title"], "Too Many Requests");
    assert_eq!(json["status"], 429);
    assert_eq!(json["code"], 8);
    assert_eq!(json["reason"], "OVERLOADED");
    assert_eq!(json["details"][1]["retryDelay"], "1s");
}

#[test]
fn the_reason_overrides_the_status_of_the_code() {
    for (code, reason, status) in [
        (Code::InvalidArgument, "VALIDATION_FAILED", 400),
        (Code::FailedPrecondition, "ORDER_STATE_INVALID", 400),
        (Code::OutOfRange, "OTHER", 400),
        (Code::Unauthenticated, "WEBHOOK_SIGNATURE_INVALID", 401),
        (Code::PermissionDenied, "OTHER", 403),
        (Code::NotFound, "ORDER_NOT_FOUND", 404),
        (Code::Aborted, "IDEMPOTENCY_KEY_IN_USE", 409),
        (Code::AlreadyExists, "OTHER", 409),
        (Code::ResourceExhausted, "OVERLOADED", 429),
        (Code::Cancelled, "OTHER", 499),
        (Code::Unknown, "OTHER", 500),
        (Code::Internal, "OTHER", 500),
        (Code::DataLoss, "OTHER", 500),
        (Code::Unimplemented, "NOT_IMPLEMENTED", 501),
        (Code::Unavailable, "STORE_UNAVAILABLE", 503),
        (Code::DeadlineExceeded, "OTHER", 504),
        (Code::FailedPrecondition, "IDEMPOTENCY_KEY_REUSED", 422),
        (Code::OutOfRange, "REQUEST_TOO_LARGE", 413),
        (Code::OutOfRange, "HEADERS_TOO_LARGE", 431),
        (Code::Unimplemented, "METHOD_NOT_ALLOWED", 405),
    ] {
        let problem = Problem::new(code, reason, "");
        assert_eq!(problem.http_status(), status, "{code:?} {reason}");
    }
}

#[test]
fn an_unknown_or_malformed_detail_does_not_hide_the_error() {
    // A detail of type "x/unknown.Type" with value 01 02, a truncated ErrorInfo, and bytes that are not an Any.
    let mut unknown = vec![0x0a, 14];
    unknown.extend_from_slice(b"x/unknown.Type");
    unknown.extend_from_slice(&[0x12, 2, 1, 2]);
    let mut cut = details::error_info("SOME", "order.v1").any;
    let last = cut.len() - 1;
    cut[last] = 0xff;
    let mut problem = Problem::of_service(&tonic::Status::not_found("gone"), HeaderMap::new());
    problem.details = vec![
        Detail { any: unknown },
        Detail { any: cut },
        Detail { any: vec![0xff] },
        details::error_info("ORDER_NOT_FOUND", "order.v1"),
    ];
    let response = response(&problem, &TABLES, Form::Status);
    assert_eq!(response.status(), 404);
    let json = body(response);
    assert_eq!(json["message"], "gone");
    let shown = json["details"].as_array().expect("a list");
    assert_eq!(
        shown[0],
        serde_json::json!({"@type": "x/unknown.Type", "value": "AQI="})
    );
    assert!(shown[1]["value"].is_string());
    assert_eq!(shown[2]["reason"], "ORDER_NOT_FOUND");
    assert_eq!(shown.len(), 3);
}

#[test]
fn problem_json_requires_an_explicit_accept() {
    let form = |accept: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::ACCEPT, HeaderValue::from_static(accept));
        Form::of(&headers)
    };
    assert_eq!(Form::of(&HeaderMap::new()), Form::Status);
    assert_eq!(form("*/*"), Form::Status);
    assert_eq!(form("application/json"), Form::Status);
    assert_eq!(
        form("application/json, Application/Problem+JSON;q=0.5"),
        Form::ProblemJson
    );
    assert_eq!(form("application/problem+json;q=0"), Form::Status);
}
