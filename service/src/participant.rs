//! The four services that other teams run, in domain terms: what is asked of them, and what they answer.
//!
//! Turns domain calls into gRPC and back. Decides nothing: what an answer means is the saga's.

mod grpc;
mod inventory;
mod look;
mod payment;
mod wire;

use std::future::Future;

use crate::domain::{Answer, CallError, Request};

pub use grpc::{Addresses, Grpc, InvalidAddress};
pub use look::{Evidence, Look};

/// The four participants.
pub trait Participants: Send + Sync + 'static {
    /// Makes one call. Dropping the future leaves the outcome unknown.
    fn call(&self, request: Request) -> impl Future<Output = Result<Answer, CallError>> + Send;
}
