//! The only room with SQL: orders, sagas, ledger, outbox and keys on Postgres or SQLite.

pub mod journal;

/// A store operation that failed, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached, or its answer was lost: try the same again.
    #[error("the database is not reachable while it should {operation}")]
    Unavailable {
        /// What was being done, such as `commit sagas`.
        operation: &'static str,
        /// Why.
        #[source]
        source: sea_orm::DbErr,
    },
    /// The database refused what it was told: a fault of ours.
    #[error("the database refused to {operation}")]
    Refused {
        /// What was being done.
        operation: &'static str,
        /// Why.
        #[source]
        source: sea_orm::DbErr,
    },
    /// A row cannot be read.
    #[error("the {what} {id} cannot be read: {why}")]
    Corrupt {
        /// `order`, `saga`, `delivery`.
        what: &'static str,
        /// Which one.
        id: String,
        /// Why not.
        why: String,
    },
}
