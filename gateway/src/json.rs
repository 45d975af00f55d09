//! Canonical proto3 JSON: converts JSON text to protobuf wire bytes and back, driven by the generated tables.
//!
//! Owns the mapping in both directions; no message struct is built in between. Knows nothing of HTTP.

pub(crate) mod fault;
mod keys;
mod mask;
pub(crate) mod read;
mod time;
pub mod transcode;
pub(crate) mod wire;
pub(crate) mod write;
