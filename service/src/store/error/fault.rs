//! Classifies driver errors by the reaction they allow. Knows the error codes of Postgres and SQLite.

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr};

/// The reaction that a failure allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The database is unreachable or its reply was lost: retry later. The statement may have been applied.
    Connection,
    /// A concurrent transaction interfered and nothing was written: retry immediately.
    Contention,
    /// The database rejected the statement: a retry fails again.
    Refusal,
}

/// Classifies a driver error.
pub(crate) fn classify(error: &DbErr) -> Fault {
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
        // A SQLSTATE has five characters; a SQLite result code is a shorter number.
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

/// Classifies a SQLSTATE: five characters, of which the first two are the class.
fn postgres_fault(code: &str) -> Fault {
    match code {
        // Serialization failure, deadlock, lock not available.
        "40001" | "40P01" | "55P03" => Fault::Contention,
        // Statement timeout; read-only transaction, as on a server demoted by a failover.
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

/// Classifies a SQLite result code, whose low byte is the primary code.
fn sqlite_fault(code: u32) -> Fault {
    match code & 0xff {
        // Busy, locked.
        5 | 6 => Fault::Contention,
        // I/O error, disk full, cannot open.
        10 | 13 | 14 => Fault::Connection,
        _ => Fault::Refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_shutdown_code_is_a_connection_fault() {
        for code in ["57P01", "08006", "53300", "25006"] {
            assert_eq!(postgres_fault(code), Fault::Connection, "{code}");
        }
    }

    #[test]
    fn a_constraint_violation_is_a_refusal() {
        assert_eq!(postgres_fault("23505"), Fault::Refusal);
        assert_eq!(sqlite_fault(1555), Fault::Refusal);
    }

    #[test]
    fn a_deadlock_and_a_busy_sqlite_file_are_contention() {
        assert_eq!(postgres_fault("40P01"), Fault::Contention);
        assert_eq!(sqlite_fault(517), Fault::Contention);
    }
}
