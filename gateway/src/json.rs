//! Canonical proto3 JSON, straight to and from protobuf's wire bytes, driven by tables: no message is ever built.
//!
//! Owns the mapping in both directions. Knows nothing of HTTP.

pub(crate) mod fault;
mod keys;
mod lexer;
pub(crate) mod mask;
pub(crate) mod named;
mod number;
pub(crate) mod read;
pub(crate) mod scalar;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod write;

/// How deep objects and lists may nest, either way.
pub(crate) const DEPTH_MAX: u32 = 100;
