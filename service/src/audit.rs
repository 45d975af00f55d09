//! Compares orders with the ledger, the outbox and the participants. Changes nothing.
//!
//! Owns what must hold for an order at rest, one aspect per file. Knows no SQL, no protobuf and no output format.

mod amount;
mod compare;
mod finding;
mod ledger;
mod messages;
mod payment;
mod run;
mod seats;
mod seats_sold;
mod standing;
mod strays;
#[cfg(test)]
mod tests;
mod usage;

pub use crate::domain::OrderId as Position;
pub use finding::{Finding, Kind};
pub use run::{Audit, Options, Progress, Summary};

/// The reason why an audit could not complete.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be read.
    #[error("the database cannot be read")]
    Store(#[from] crate::store::Error),
    /// A participant does not answer.
    #[error("{participant} did not report what it holds for an order")]
    Participant {
        /// The participant.
        participant: &'static str,
        /// The cause.
        #[source]
        source: crate::domain::CallError,
    },
}
