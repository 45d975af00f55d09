//! Bounds and traces one call to the database.

use std::future::Future;
use std::time::Duration;

use sea_orm::DbErr;
use tracing::Instrument as _;

use crate::store::error::{Error, QueryError, no_answer};

/// Longest wait for a reply of the database. After it the outcome of a write is unknown.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(15);

/// The span of one operation. Carries no statement and no value, because both may contain personal data.
pub(crate) fn span(operation: &'static str) -> tracing::Span {
    tracing::info_span!("sql", otel.kind = "client", db.operation.name = operation)
}

/// Runs `work` for at most `ANSWER_WAIT`. A write that was dropped or timed out may still be applied.
pub(crate) async fn bounded<T>(
    operation: &'static str,
    work: impl Future<Output = Result<T, DbErr>> + Send,
) -> Result<T, Error> {
    match tokio::time::timeout(ANSWER_WAIT, work.instrument(span(operation))).await {
        Ok(answer) => answer.map_err(|source| Error::database(operation, source)),
        Err(_) => Err(Error::database(operation, no_answer())),
    }
}

/// Like `bounded`, for work that also decodes rows.
pub(crate) async fn bounded_query<T>(
    operation: &'static str,
    work: impl Future<Output = Result<T, QueryError>> + Send,
) -> Result<T, Error> {
    match tokio::time::timeout(ANSWER_WAIT, work.instrument(span(operation))).await {
        Ok(answer) => answer.map_err(|error| error.during(operation)),
        Err(_) => Err(Error::database(operation, no_answer())),
    }
}
