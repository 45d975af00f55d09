//! The public conversion between canonical JSON and wire bytes, without HTTP. Delegates to `read` and `write`.

use crate::json::read;
use crate::json::write::{self, UnknownAny};
use crate::table::{Message, Tables};

/// JSON that is not the canonical proto3 JSON of a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {description}")]
pub struct InvalidJson {
    /// The JSON path of the fault, such as `tickets[1].seatId`; empty for the whole text.
    pub path: String,
    /// The fault, as the predicate of a sentence about the path.
    pub description: String,
}

/// Bytes that are not an encoding of the message, or a message that has no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message has no JSON")]
pub struct Unwritable;

/// Encodes a message from its JSON.
///
/// # Errors
/// The JSON is not the canonical proto3 JSON of `message`.
pub fn to_wire(
    tables: &'static Tables,
    message: &'static Message,
    json: &[u8],
) -> Result<Vec<u8>, InvalidJson> {
    let mut out = Vec::with_capacity(json.len());
    read::message(tables, message, json, &mut out).map_err(|fault| InvalidJson {
        path: fault.path(),
        description: fault.description().to_owned(),
    })?;
    Ok(out)
}

/// Renders a message's wire bytes as JSON.
///
/// # Errors
/// The bytes are not an encoding of `message`, or a value in them has no JSON.
pub fn to_json(
    tables: &'static Tables,
    message: &'static Message,
    wire: &[u8],
) -> Result<Vec<u8>, Unwritable> {
    let mut out = Vec::with_capacity(wire.len() * 2);
    write::message(tables, message, wire, UnknownAny::Refuse, &mut out).map_err(|_| Unwritable)?;
    Ok(out)
}
