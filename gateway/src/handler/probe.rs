//! The probes `/healthz` (the gateway runs) and `/readyz` (the service serves). Knows no routes.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Response, StatusCode};

use super::methods;
use crate::problem::Problem;
use crate::response::body::Content;
use crate::upstream::Upstream;

/// The response to a probe; none where `path` is not a probe's.
///
/// # Errors
/// The method is neither GET, HEAD nor OPTIONS.
pub(super) async fn response(
    upstream: &Upstream,
    method: &Method,
    path: &str,
) -> Option<Result<Response<Content>, Problem>> {
    let is_alive = match path {
        "/healthz" => true,
        "/readyz" => false,
        _ => return None,
    };
    if method != Method::GET && method != Method::HEAD {
        return Some(methods::allowed(method, vec!["GET"]).map(|allow| methods::response(&allow)));
    }
    let (status, body) = if is_alive {
        (StatusCode::OK, "{\"status\":\"ALIVE\"}")
    } else if upstream.is_ready().await {
        (StatusCode::OK, "{\"status\":\"SERVING\"}")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "{\"status\":\"NOT_SERVING\"}",
        )
    };
    let mut response = Response::new(Content::from(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Some(Ok(response))
}
