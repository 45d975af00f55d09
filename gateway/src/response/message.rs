//! The part of a response message that a route shows, as JSON or as raw bytes. Knows no HTTP responses.

use bytes::Bytes;
use http::HeaderValue;

use crate::json::wire::{self, Broken};
use crate::json::write::{self, UnknownAny};
use crate::problem::Problem;
use crate::table::{Route, Shape, Tables};

/// Whether the route answers the bytes of a `google.api.HttpBody`.
pub(crate) fn is_raw(route: &'static Route) -> bool {
    let shown = match route.response_body {
        None => Some(route.output),
        Some(field) => field.kind.message(),
    };
    shown.is_some_and(|shown| shown.shape == Shape::HttpBody)
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
