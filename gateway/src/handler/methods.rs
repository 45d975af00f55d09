//! The methods that a path allows: answers OPTIONS, and refuses methods without a route. Knows no routes.

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Response, StatusCode};

use crate::problem::Problem;
use crate::response::body::Content;

/// The value of `Allow` for OPTIONS; other methods are refused with 405. `known` are the methods of the path's routes.
pub(super) fn allowed(method: &Method, known: Vec<&'static str>) -> Result<String, Problem> {
    let methods = with_implied(known);
    if *method == Method::OPTIONS {
        Ok(methods.join(", "))
    } else {
        Err(Problem::method_not_allowed(&methods))
    }
}

/// Adds the methods that no proto declares: HEAD where GET exists, and OPTIONS.
fn with_implied(mut methods: Vec<&'static str>) -> Vec<&'static str> {
    methods.push("OPTIONS");
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.dedup();
    methods
}

/// The response to OPTIONS.
pub(super) fn response(allow: &str) -> Response<Content> {
    let mut response = Response::new(Content::from(Bytes::new()));
    *response.status_mut() = StatusCode::NO_CONTENT;
    if let Ok(allow) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}
