//! The store's errors: one variant per reaction that a caller can have.
//!
//! `fault` knows the database codes. Nothing here knows a table.

mod fault;

use sea_orm::{DbErr, RuntimeErr};

pub(crate) use fault::{Fault, classify};

/// A failed store operation. `Display` never includes the source; callers log the chain once.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is unreachable or its reply was lost. The operation may have been applied; retry it unchanged.
    #[error("cannot {operation}: the database is unreachable or did not reply")]
    Unavailable {
        /// The operation as a verb phrase, such as `read an order`.
        operation: &'static str,
        /// The driver's error, or `no answer in time`.
        #[source]
        source: DbErr,
    },
    /// The database rejected the statement. This is a bug in this program; retrying does not help.
    #[error("cannot {operation}: the database rejected the statement")]
    Refused {
        /// The operation as a verb phrase, such as `read an order`.
        operation: &'static str,
        /// The driver's error, or `no answer in time`.
        #[source]
        source: DbErr,
    },
    /// The schema is older than this binary.
    #[error("the database schema is older than this binary: run `order-service migrate up`")]
    Schema {
        /// Names of the migrations that are not applied, oldest first.
        missing: Vec<String>,
    },
    /// A row cannot be decoded.
    #[error("cannot decode {what} {id}: {why}")]
    Corrupt {
        /// The kind of row: `order`, `saga`, `delivery` and so on.
        what: &'static str,
        /// The row's primary key.
        id: String,
        /// The first problem found. Never quotes the row's body, which may hold personal data.
        why: String,
    },
}

impl Error {
    /// Whether the same operation can be retried, because the database was unreachable.
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Refused { .. } | Self::Schema { .. } | Self::Corrupt { .. } => false,
        }
    }

    /// Converts a driver error of `operation`. Contention that outlasted its retries counts as unavailable.
    pub(crate) fn database(operation: &'static str, source: DbErr) -> Self {
        match classify(&source) {
            Fault::Connection | Fault::Contention => Self::Unavailable { operation, source },
            Fault::Refusal => Self::Refused { operation, source },
        }
    }
}

/// A failure inside a multi-statement read or write, before it is attributed to an operation.
#[derive(Debug)]
pub(crate) enum QueryError {
    /// The database failed or rejected a statement.
    Database(DbErr),
    /// A row was read and cannot be decoded.
    Corrupt(Error),
}

impl QueryError {
    /// Attributes the failure to `operation`.
    pub(crate) fn during(self, operation: &'static str) -> Error {
        match self {
            Self::Database(source) => Error::database(operation, source),
            Self::Corrupt(error) => error,
        }
    }
}

impl From<DbErr> for QueryError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// The driver error for a reply that did not arrive in time.
pub(crate) fn no_answer() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("no answer in time".to_owned()))
}
