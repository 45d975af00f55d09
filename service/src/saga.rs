//! The saga engine: plans that the compiler checks, a pure machine, and a driver that performs what it decides.
//!
//! Knows no protobuf and no SQL: participants and the journal are traits.

pub mod book_tickets;
mod booking;
mod cancel;
pub mod cancel_order;
mod catalog;
mod courier;
mod driver;
mod engine;
mod failpoint;
mod hub;
mod lease;
mod machine;
mod notification;
mod operator;
mod plan;
mod policy;
mod progress;
mod recovery;
pub mod refund_order;
mod refunding;
pub mod return_payment;
mod settlement;
#[cfg(test)]
mod simulation;
mod step;
mod suspense;
#[cfg(test)]
mod tests;

pub use catalog::Catalog;
pub use engine::{Beginning, Begun, Engine, EngineError, OpenToken, Parts};
pub use hub::{Hub, News, Subscription};
pub use machine::{
    Cancel, Decision, Intervention, Machine, Moment, Operator, Purpose, Settlement, Source, Start,
};
pub use plan::{Committed, Definition, Ending, Open, Plan, Resolution};
pub use policy::Policy;
pub use progress::{
    Authorized, Booked, Captured, Confirmed, Edge, Ended, Found, Freed, Held, Placed, Progress,
    Returned, Voided,
};
pub use refunding::{Goal, Occasion, RefundPayment};
pub use step::{
    Act, Change, Compensable, Next, Ready, Retriable, Scene, Step, Undo, Undone, Unreadable,
    Verdict,
};

/// The engine as it runs: over the real store, and participants over gRPC.
pub type Live = Engine<crate::store::Store, crate::participant::Grpc>;
