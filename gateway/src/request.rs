//! Encodes the request message from path, query and body. The path is written last: on the wire the last value of a
//! field wins, so the path takes precedence over the query and the body. Knows no connections.

pub(crate) mod accept;
pub(crate) mod body;
pub(crate) mod coding;
pub(crate) mod content_type;
pub(crate) mod if_match;
mod patch;
mod query;

use crate::json::fault::Fault;
use crate::json::read;
use crate::json::read::parameter::put_parameter;
use crate::json::wire;
use crate::route::Match;
use crate::table::{Body, Field, Kind, Shape, Tables};

/// The parts of an HTTP request that become the message, besides the path.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) query: &'a str,
    pub(crate) content_type: &'a str,
    pub(crate) body: &'a [u8],
}

/// The wire bytes of the request message of the matched route.
pub(crate) fn encode(
    tables: &'static Tables,
    matched: &Match<'_>,
    parts: &Parts<'_>,
) -> Result<Vec<u8>, Fault> {
    let route = matched.route;
    let mut out = Vec::with_capacity(parts.body.len() + 64);
    match route.body {
        Body::None => {}
        Body::Whole if route.input.shape == Shape::HttpBody => raw(parts, &mut out),
        Body::Whole if parts.body.is_empty() => {}
        Body::Whole => read::message(tables, route.input, parts.body, &mut out)?,
        Body::Field(field) => body_field(tables, field, parts, &mut out)?,
    }
    query::put(route, parts.query, tables.json.ignores_unknown, &mut out)?;
    patch::put(route, parts.body, &mut out)?;
    for variable in route.variables {
        let refused = |fault: Fault| fault.in_field(variable.name);
        let text = matched
            .text(variable)
            .ok_or_else(|| refused(Fault::new("is not percent-encoded UTF-8")))?;
        path_field(variable.path, &text, &mut out).map_err(refused)?;
    }
    Ok(out)
}

fn body_field(
    tables: &'static Tables,
    field: &'static Field,
    parts: &Parts<'_>,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    if let Kind::Message(message) = field.kind
        && message.shape == Shape::HttpBody
    {
        wire::put_tag(out, field.number, wire::DELIMITED);
        let start = wire::open(out);
        raw(parts, out);
        wire::close(out, start);
        return Ok(());
    }
    if parts.body.is_empty() {
        return Ok(());
    }
    read::field(tables, field, parts.body, out).map_err(|fault| fault.in_field(field.json))
}

/// Appends a `google.api.HttpBody` with exactly the bytes of the body.
fn raw(parts: &Parts<'_>, out: &mut Vec<u8>) {
    if !parts.content_type.is_empty() {
        wire::put_tag(out, 1, wire::DELIMITED);
        wire::put_bytes(out, parts.content_type.as_bytes());
    }
    wire::put_tag(out, 2, wire::DELIMITED);
    wire::put_bytes(out, parts.body);
}

/// Appends a path variable, even when it is the default: it must override the value of the body.
fn path_field(path: &[&'static Field], text: &str, out: &mut Vec<u8>) -> Result<(), Fault> {
    let Some((field, inner)) = path.split_first() else {
        return Ok(());
    };
    wire::put_tag(out, field.number, wire::wire_of(field.kind));
    if inner.is_empty() {
        return put_parameter(field.kind, text, out).map(|_| ());
    }
    let start = wire::open(out);
    path_field(inner, text, out)?;
    wire::close(out, start);
    Ok(())
}
