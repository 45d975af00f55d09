//! The encodings that the rows share: JSON bodies, free text, times, and the error for a row that cannot be decoded.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::domain::Timestamp;
use crate::store::error::Error;

pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("map keys are strings and the writer is memory")
}

/// Reports only the position of a JSON error: serde_json's own message may quote the body, which may contain a contact.
pub(super) fn from_json<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body)
        .map_err(|error| format!("its JSON body is malformed at character {}", error.column()))
}

/// Replaces NUL characters, which Postgres cannot store in text and which participants and callers may send.
pub(crate) fn text(free: &str) -> String {
    free.replace('\0', "\u{fffd}")
}

pub(super) fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::micros)
}

/// Builds the error for a row of kind `what` with primary key `id`.
pub(super) fn corrupt(what: &'static str, id: Uuid) -> impl Fn(&dyn Display) -> Error {
    move |why| Error::Corrupt {
        what,
        id: id.to_string(),
        why: why.to_string(),
    }
}
