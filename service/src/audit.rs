//! Compares the service's orders with its own books and with what the participants report. Changes nothing.
//!
//! Knows what must hold of an order at rest, one question per file; knows no SQL, no protobuf, and not who reads.

mod amount;
mod books;
mod compare;
mod finding;
mod messages;
mod payment;
mod run;
mod seats;
mod standing;
mod strays;
#[cfg(test)]
mod tests;
mod usage;

pub use finding::{Finding, Kind};
pub use run::{Audit, Summary};

/// Why an audit could not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be read.
    #[error("the database cannot be read")]
    Store(#[from] crate::store::Error),
    /// A participant does not say what it has.
    #[error("{participant} does not say what it has for an order")]
    Participant {
        /// Which one.
        participant: &'static str,
        /// Why.
        #[source]
        source: crate::domain::CallError,
    },
}
