//! The service's answer as an HTTP response. Knows no requests.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG};
use http::{HeaderValue, Response};

use crate::body::Content;
use crate::json::write::{self, UnknownAny};
use crate::precondition;
use crate::problem::Problem;
use crate::table::{Route, Shape, Tables};
use crate::upstream::metadata;
use crate::wire::{self, Broken};

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
        && let Some(etag) = precondition::of(route.output, &message)
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
    let shown = match route.response_body {
        None => Some(route.output),
        Some(field) => field.kind.message(),
    };
    if shown.is_some_and(|shown| shown.shape == Shape::HttpBody) {
        return raw(route, message);
    }
    // JSON is mostly larger than what it is made from.
    let mut out = Vec::with_capacity(message.len() * 2 + 64);
    json(tables, route, message, &mut out)?;
    Ok((
        Bytes::from(out),
        HeaderValue::from_static("application/json"),
    ))
}

/// Appends the JSON of what the route shows of a message.
pub(crate) fn json(
    tables: &'static Tables,
    route: &'static Route,
    message: &Bytes,
    out: &mut Vec<u8>,
) -> Result<(), Problem> {
    match route.response_body {
        None => write::message(tables, route.output, message, UnknownAny::Refuse, out),
        Some(field) => write::field(tables, route.output, field, message, out),
    }
    .map_err(|error| {
        tracing::error!(
            rpc = route.grpc,
            ?error,
            "an answer cannot be shown as JSON"
        );
        Problem::unwritable()
    })
}

/// The bytes and the type of the `google.api.HttpBody` that the route shows.
pub(crate) fn raw(route: &'static Route, message: &Bytes) -> Result<(Bytes, HeaderValue), Problem> {
    let raw = match route.response_body {
        None => message.clone(),
        Some(field) => bytes_field(message, field.number).unwrap_or_default(),
    };
    http_body(&raw).map_err(|Broken| Problem::unwritable())
}

/// A `google.api.HttpBody`: its bytes as they are.
fn http_body(message: &Bytes) -> Result<(Bytes, HeaderValue), Broken> {
    let content_type = bytes_field(message, 1)
        .filter(|value| !value.is_empty())
        .map_or_else(
            || Ok(HeaderValue::from_static("application/octet-stream")),
            |value| HeaderValue::from_bytes(&value).map_err(|_| Broken),
        )?;
    Ok((bytes_field(message, 2).unwrap_or_default(), content_type))
}

fn bytes_field(message: &Bytes, wanted: u32) -> Option<Bytes> {
    wire::last_bytes(message, wanted).map(|bytes| message.slice_ref(bytes))
}
