//! The idempotency layer: one request per key at a time, and the stored reply for its repeats.
//!
//! Owns the fast tier, which fences concurrent requests. The database row that the store writes with the order is
//! authoritative, so that everything here may be lost at any time: the repeat then reaches the handler, which finds that
//! row. Knows gRPC frames and metadata; does not know what an rpc does, nor SQL.

mod attempt;
mod key;
mod layer;
mod reply;
mod request;
mod scope;
mod settings;
mod tier;

pub use layer::{Guard, Layer};
pub use reply::REPLAYED;
pub use scope::{Directory, Object};
pub use settings::Settings;
pub use tier::{Embedded, Redis, Tier};

use std::time::Duration;

/// How long a claim lasts without renewal: a replica that dies blocks its keys that long.
pub const LEASE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
