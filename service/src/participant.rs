//! The four services that other teams run: converts domain calls to gRPC, and their replies to domain answers.
//!
//! Does not decide what an answer means for a saga: the plans do.

mod channel;
mod grpc;
mod inventory;
mod look;
mod notification;
mod payment;
mod subscription;
mod wire;

use std::future::Future;

use crate::domain::{Answer, CallError, Request};

pub use channel::{Addresses, InvalidAddress};
pub use grpc::Grpc;
pub use look::{Evidence, Look};

/// The four participants.
pub trait Participants: Send + Sync + 'static {
    /// Makes one call. Dropping the future leaves the outcome unknown.
    fn call(&self, request: Request) -> impl Future<Output = Result<Answer, CallError>> + Send;
}
