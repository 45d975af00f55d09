//! Runs sagas: performs what the machine decides, finds due sagas, renews leases, delivers the outbox.
//!
//! Owns tasks, timers and retries. Knows no business rule, no protobuf and no SQL: participants and the journal are traits.

mod begin;
mod delivery;
mod delivery_due;
mod driver;
mod failpoint;
mod handle;
mod hub;
mod lease;
mod poll;
mod recovery;
mod renewal;
mod run;
#[cfg(test)]
mod simulation;
mod step_in;
#[cfg(test)]
mod tests;

pub use begin::{Beginning, Begun};
pub use handle::{Engine, EngineError, OpenToken, Parts};
pub use hub::{Hub, News, Subscription};

/// The engine as it runs: over the real store, and participants over gRPC.
pub type Live = Engine<crate::store::Store, crate::participant::Grpc>;
