//! The response to a unary call. Knows no requests.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, Response};

use super::body::Content;
use super::message::{is_raw, json, raw};
use crate::json::wire;
use crate::problem::Problem;
use crate::table::{Message, Route, Tables};
use crate::upstream::metadata;

/// The response to a successful call.
///
/// # Errors
/// The answer has no JSON.
pub(crate) fn response(
    tables: &'static Tables,
    route: &'static Route,
    reply: tonic::Response<Bytes>,
) -> Result<Response<Content>, Problem> {
    let (reply_metadata, message, _) = reply.into_parts();
    let (body, content_type) = body(tables, route, &message)?;
    let mut response = Response::new(Content::from(body));
    metadata::outward(&reply_metadata.into_headers(), response.headers_mut());
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    if route.response_body.is_none()
        && let Some(etag) = etag(route.output, &message)
    {
        response.headers_mut().insert(ETAG, etag);
    }
    Ok(response)
}

fn body(
    tables: &'static Tables,
    route: &'static Route,
    message: &Bytes,
) -> Result<(Bytes, HeaderValue), Problem> {
    if is_raw(route) {
        return raw(route, message);
    }
    // JSON is usually larger than the wire bytes.
    let mut out = Vec::with_capacity(message.len() * 2 + 64);
    json(tables, route, message, &mut out)?;
    Ok((
        Bytes::from(out),
        HeaderValue::from_static("application/json"),
    ))
}

/// The `ETag` of an answer; none when it has no field `etag`, or a value that a header cannot hold.
fn etag(output: &'static Message, answer: &[u8]) -> Option<HeaderValue> {
    let etag = wire::last_bytes(answer, output.etag?).filter(|etag| !etag.is_empty())?;
    if etag.contains(&b'"') {
        return None;
    }
    HeaderValue::from_bytes(&[b"\"", etag, b"\""].concat()).ok()
}
