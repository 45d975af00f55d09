//! A stand-in for the four participants of the order service, served over real gRPC: for first runs, demos and tests.
//!
//! Owns the participant rules as the contract states them. A request that breaks a rule is answered with
//! FAILED_PRECONDITION, so that a caller's mistake is visible. Knows no order states, no sagas and no order database: it sees
//! only what a participant sees.
//!
//! Every request passes the `gate`, which checks key and deadline, applies injected faults and writes the journal. Each rpc is
//! a pure decision over one in-memory `world`: the request is the input, changes and an answer are the output.
//!
//! Imports run in one direction: `server` → `control`, the participants' services → `gate` → `rpc` → `world` → the
//! participants' records → `value`.

mod config;
mod control;
mod error;
mod gate;
mod inventory;
mod notification;
mod payment;
mod rpc;
mod server;
mod subscription;
#[cfg(test)]
mod tests;
mod value;
mod world;

pub use config::{Config, Webhook};
pub use error::Error;
pub use server::{Sandbox, bind};
