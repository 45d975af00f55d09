//! What stands in front of every rpc: one tower layer per file.
//!
//! Owns spans, limits and refusals that need no message. Knows no rpc by meaning; how an error becomes a response is
//! handed in as [`Refuse`], and in what order the layers stand is the server's to say.

pub mod admission;
pub mod body_limit;
pub mod doubt;
pub mod gate;
pub mod library_error;
pub mod trace;
pub mod web;

use http::Response;
use tonic::body::Body;

use crate::error::Error;

/// How an error becomes a whole response.
pub type Refuse = fn(&Error) -> Response<Body>;

/// Whether a path is asked by machines that watch or discover the service: never refused for load.
fn is_infrastructure(path: &str) -> bool {
    path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.")
}

#[cfg(test)]
mod echo;
