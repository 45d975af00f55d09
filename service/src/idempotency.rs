//! Idempotency keys at the edge: one request per key at a time, and the stored reply for its repeats.
//!
//! This room is the fast tier and the fence. The truth is the row that the store writes beside the order, so everything
//! here may be lost at any time: the repeat then reaches the handler, which finds that row. Knows gRPC frames and metadata;
//! knows nothing of what an rpc does, nor of SQL.

mod attempt;
mod key;
mod layer;
mod reply;
mod request;
mod scope;
mod tier;

pub use layer::{Guard, Layer, Settings};
pub use reply::REPLAYED;
pub use scope::{Directory, Thing};
pub use tier::{Embedded, Redis, Tier};

use std::time::Duration;

/// How long a claim holds without being renewed: what a replica that dies leaves behind.
pub const LEASE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
