//! The four services that other teams run, in domain terms: what is asked of them, and what they answer.
//!
//! Turns domain calls into gRPC and back. Decides nothing: what an answer means is the saga's.

mod call;
mod grpc;
mod inventory;
mod look;
mod payment;
mod wire;

pub use call::{
    Answer, Call, CallError, HeldSeat, HoldState, HoldView, Participants, PaymentView, RefundView,
    Request,
};
pub use grpc::{Addresses, Grpc, InvalidAddress};
pub use look::{Evidence, Look};
