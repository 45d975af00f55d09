//! Which methods a path takes: the answers to OPTIONS and to a method that the path does not take. Knows no routes.

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Response, StatusCode};

use crate::problem::Problem;
use crate::response::body::Content;

/// What a path answers to a method that it does not take.
pub(super) fn allowed(method: &Method, known: Vec<&'static str>) -> Result<String, Problem> {
    let methods = with_implied(known);
    if *method == Method::OPTIONS {
        Ok(methods.join(", "))
    } else {
        Err(Problem::method_not_allowed(&methods))
    }
}

/// With those that no proto names: HEAD goes wherever GET does, OPTIONS everywhere.
fn with_implied(mut methods: Vec<&'static str>) -> Vec<&'static str> {
    methods.push("OPTIONS");
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    methods
}

pub(super) fn response(allow: &str) -> Response<Content> {
    let mut response = Response::new(Content::from(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}
