//! Canonical JSON to and from wire bytes, for those who want it without HTTP. Owns nothing: `json` does the work.

use crate::json::read;
use crate::json::write::{self, UnknownAny};
use crate::table::{Message, Tables};

/// JSON that is not a message's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {why}")]
pub struct InvalidJson {
    /// Where, as in `tickets[1].seatId`; empty when it is the whole.
    pub path: String,
    /// What is wrong, as the end of a sentence.
    pub why: String,
}

/// Bytes that are not a message's, or that have no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be shown as JSON")]
pub struct Unwritable;

/// The wire bytes of a message from its JSON.
///
/// # Errors
/// When the JSON is not canonical proto3 JSON of that message.
pub fn to_wire(
    tables: &'static Tables,
    message: &'static Message,
    json: &[u8],
) -> Result<Vec<u8>, InvalidJson> {
    let mut out = Vec::with_capacity(json.len());
    read::message(tables, message, json, &mut out).map_err(|fault| InvalidJson {
        path: fault.path(),
        why: fault.why().to_owned(),
    })?;
    Ok(out)
}

/// A message's JSON from its wire bytes.
///
/// # Errors
/// When the bytes are no such message, or hold what has no JSON.
pub fn to_json(
    tables: &'static Tables,
    message: &'static Message,
    wire: &[u8],
) -> Result<Vec<u8>, Unwritable> {
    let mut out = Vec::with_capacity(wire.len() * 2);
    write::message(tables, message, wire, UnknownAny::Refuse, &mut out).map_err(|_| Unwritable)?;
    Ok(out)
}
