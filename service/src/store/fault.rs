//! What went wrong at the database, by what can be done about it. Knows the codes of both databases.

use std::future::Future;
use std::time::Duration;

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr};
use tracing::Instrument as _;

use super::Error;

/// Longest wait for one answer of the database, beyond which its outcome is in doubt.
pub(super) const ANSWER_WAIT: Duration = Duration::from_secs(15);

/// What can be done about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The database cannot be reached, or its answer was lost: try the same later.
    Connection,
    /// Others were in the way, and nothing was written: try the same now.
    Contention,
    /// The database understood, and says no.
    Refusal,
}

/// Sorts a failure.
pub(super) fn fault(error: &DbErr) -> Fault {
    if let DbErr::Conn(RuntimeErr::SqlxError(source))
    | DbErr::Exec(RuntimeErr::SqlxError(source))
    | DbErr::Query(RuntimeErr::SqlxError(source)) = error
    {
        return sqlx_fault(source);
    }
    let no_connection = matches!(
        error,
        DbErr::ConnectionAcquire(_) | DbErr::Conn(RuntimeErr::Internal(_))
    );
    if no_connection {
        Fault::Connection
    } else {
        Fault::Refusal
    }
}

fn sqlx_fault(error: &SqlxError) -> Fault {
    if let SqlxError::Database(source) = error {
        let code = source.code().unwrap_or_default();
        // SQLSTATEs have five characters, SQLite's numbers have fewer.
        return match code.parse::<u32>() {
            Ok(number) if code.len() < 5 => sqlite_fault(number),
            Ok(_) | Err(_) => postgres_fault(&code),
        };
    }
    let no_connection = matches!(
        error,
        SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::Protocol(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed
            | SqlxError::BeginFailed
    );
    if no_connection {
        Fault::Connection
    } else {
        Fault::Refusal
    }
}

/// SQLSTATE: five characters, of which the first two are the class.
fn postgres_fault(code: &str) -> Fault {
    match code {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Fault::Contention,
        // Statement timeout; and a server that became a standby, as in a failover.
        "57014" | "25006" => Fault::Connection,
        // Connection exceptions, insufficient resources, operator intervention, system errors.
        _ if ["08", "53", "57", "58"]
            .iter()
            .any(|class| code.starts_with(class)) =>
        {
            Fault::Connection
        }
        _ => Fault::Refusal,
    }
}

/// SQLite's result code, whose low byte is the kind.
fn sqlite_fault(code: u32) -> Fault {
    match code & 0xff {
        // Busy, locked.
        5 | 6 => Fault::Contention,
        // I/O error, disk full, cannot open.
        10 | 13 | 14 => Fault::Connection,
        _ => Fault::Refusal,
    }
}

impl Error {
    /// Says what the caller can do about a failure of `operation`.
    pub(super) fn told(operation: &'static str, source: DbErr) -> Self {
        match fault(&source) {
            Fault::Connection | Fault::Contention => Self::Unavailable { operation, source },
            Fault::Refusal => Self::Refused { operation, source },
        }
    }
}

/// An answer that did not come in time.
pub(super) fn no_answer() -> DbErr {
    DbErr::Conn(RuntimeErr::Internal("no answer in time".to_owned()))
}

/// The span of one thing asked of the database. Bears no statement and no value: both can hold personal data.
pub(super) fn span(operation: &'static str) -> tracing::Span {
    tracing::info_span!("sql", otel.kind = "client", db.operation.name = operation)
}

/// Waits for the database, but not for ever. A dropped or late write may still have applied.
pub(super) async fn bounded<T>(
    operation: &'static str,
    work: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<T, Error> {
    match tokio::time::timeout(ANSWER_WAIT, work.instrument(span(operation))).await {
        Ok(answer) => answer.map_err(|source| Error::told(operation, source)),
        Err(_) => Err(Error::told(operation, no_answer())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_goes_away_is_a_connection_fault() {
        for code in ["57P01", "08006", "53300", "25006"] {
            assert_eq!(postgres_fault(code), Fault::Connection, "{code}");
        }
    }

    #[test]
    fn a_broken_constraint_is_a_refusal() {
        assert_eq!(postgres_fault("23505"), Fault::Refusal);
        assert_eq!(sqlite_fault(1555), Fault::Refusal);
    }

    #[test]
    fn a_deadlock_and_a_busy_file_are_contention() {
        assert_eq!(postgres_fault("40P01"), Fault::Contention);
        assert_eq!(sqlite_fault(517), Fault::Contention);
    }
}
