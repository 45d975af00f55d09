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
        source: DriverError,
    },
    /// The database rejected the statement. This is a bug in this program; retrying does not help.
    #[error("cannot {operation}: the database rejected it")]
    Refused {
        /// The operation as a verb phrase, such as `read an order`.
        operation: &'static str,
        /// The driver's error, or `no answer in time`.
        #[source]
        source: DriverError,
    },
    /// A pooler gives one session to several clients.
    #[error(
        "the address leads to a pooler that shares sessions between transactions: use its session mode, or the address \
         of Postgres itself"
    )]
    Pooler,
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

/// The driver's error as one text. It is the end of a chain, because the driver's own types each repeat their sources.
#[derive(Debug, Clone)]
pub struct DriverError(DbErr);

impl std::fmt::Display for DriverError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) = &self.0
        {
            return error.fmt(f);
        }
        if let DbErr::Conn(RuntimeErr::Internal(why)) | DbErr::Custom(why) = &self.0 {
            return f.write_str(why);
        }
        self.0.fmt(f)
    }
}

impl std::error::Error for DriverError {}

impl Error {
    /// Whether the same operation can be retried, because the database was unreachable.
    pub const fn is_unavailable(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Pooler | Self::Refused { .. } | Self::Schema { .. } | Self::Corrupt { .. } => {
                false
            }
        }
    }

    /// Converts a driver error of `operation`. Contention that outlasted its retries counts as unavailable.
    pub(crate) fn database(operation: &'static str, source: DbErr) -> Self {
        match classify(&source) {
            Fault::Connection | Fault::Contention => Self::Unavailable {
                operation,
                source: DriverError(source),
            },
            Fault::Refusal => Self::Refused {
                operation,
                source: DriverError(source),
            },
        }
    }

    /// The database did not reply in time.
    pub fn no_answer(operation: &'static str) -> Self {
        Self::database(operation, no_answer())
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
