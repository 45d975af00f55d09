//! The layers in front of every rpc: one tower layer per file.
//!
//! Owns spans, limits and refusals that need no message. Does not know what an rpc does: [`Refuse`] converts an error to a
//! response, and `server::layers` decides the order of the layers.

pub mod admission;
pub mod body_limit;
pub mod doubt;
pub mod gate;
pub mod grpc;
pub mod library_error;
pub mod message;
pub mod misnamed_key;
pub mod timeout;
pub mod trace;
pub mod web;

use http::Response;
use tonic::body::Body;

use crate::error::Error;

/// Converts an error to a complete response.
pub type Refuse = fn(&Error) -> Response<Body>;

/// Whether a path belongs to health or reflection, which are never refused under load.
fn is_infrastructure(path: &str) -> bool {
    path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.")
}

#[cfg(test)]
mod echo;
