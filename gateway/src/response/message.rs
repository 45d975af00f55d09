//! Renders the part of a response message that a route returns, as JSON or as raw bytes. Knows no HTTP responses.

use bytes::Bytes;
use http::HeaderValue;

use crate::json::wire::{self, Malformed};
use crate::json::write::{self, UnknownAny};
use crate::problem::Problem;
use crate::table::{Route, Shape, Tables};

/// Whether the route returns the bytes of a `google.api.HttpBody`.
pub(crate) fn is_raw(route: &'static Route) -> bool {
    let shown = match route.response_body {
        None => Some(route.output),
        Some(field) => field.kind.message(),
    };
    shown.is_some_and(|shown| shown.shape == Shape::HttpBody)
}

/// Appends the JSON of the message, or of the field that the route returns.
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
            "the service's answer has no JSON form"
        );
        Problem::unwritable()
    })
}

/// The bytes and the content type of the `google.api.HttpBody` that the route returns.
pub(crate) fn raw(route: &'static Route, message: &Bytes) -> Result<(Bytes, HeaderValue), Problem> {
    let raw = match route.response_body {
        None => message.clone(),
        Some(field) => bytes_field(message, field.number).unwrap_or_default(),
    };
    http_body(&raw).map_err(|Malformed| Problem::unwritable())
}

/// The bytes and the content type of an encoded `google.api.HttpBody`.
fn http_body(message: &Bytes) -> Result<(Bytes, HeaderValue), Malformed> {
    let content_type = bytes_field(message, 1)
        .filter(|value| !value.is_empty())
        .map_or_else(
            || Ok(HeaderValue::from_static("application/octet-stream")),
            |value| HeaderValue::from_bytes(&value).map_err(|_| Malformed),
        )?;
    Ok((bytes_field(message, 2).unwrap_or_default(), content_type))
}

fn bytes_field(message: &Bytes, wanted: u32) -> Option<Bytes> {
    wire::last_bytes(message, wanted).map(|bytes| message.slice_ref(bytes))
}
