//! A batch of commits on Postgres: one hand-written statement, because the batch is the hot path and row by row costs
//! a round trip each. `commit.sql` says how it works; this file only binds its columns.

use sea_orm::sqlx::{self, Row};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr};
use uuid::Uuid;

use super::row;
use crate::domain::{Commit, Guard};

pub(super) const COMMIT: &str = include_str!("postgres/commit.sql");

/// What the statement answered.
#[derive(Debug)]
pub(super) struct Written {
    /// The database's time.
    pub(super) now_us: i64,
    /// The sagas whose commits applied.
    pub(super) won: Vec<Uuid>,
}

/// Binds one column: one value of each row.
macro_rules! columns {
    ($query:expr, $rows:expr, $($column:expr),+ $(,)?) => {
        $query$(.bind($rows.iter().map($column).collect::<Vec<_>>()))+
    };
}

/// Writes those of these commits whose guards hold. No two may be of one order. Dropped, it may still apply.
pub(super) async fn write(
    db: &DatabaseConnection,
    lease_us: i64,
    commits: &[&Commit],
) -> Result<Written, DbErr> {
    let mut commits = commits.to_vec();
    commits.sort_unstable_by_key(|commit| commit.saga.order_id);

    let sagas: Vec<_> = commits
        .iter()
        .map(|commit| (row::from_saga(commit), *commit))
        .collect();
    let query = columns!(
        sqlx::query(COMMIT),
        sagas,
        |(saga, _)| saga.saga_id,
        |(saga, _)| saga.kind.as_str(),
        |(saga, _)| saga.definition_version,
        |(saga, _)| saga.organization_id.as_str(),
        |(saga, _)| saga.order_id,
        |(saga, _)| saga.state.as_str(),
        |(saga, _)| saga.due_us,
        |(saga, _)| saga.owner.as_deref(),
        |(saga, _)| saga.commit_id,
        |(saga, _)| saga.create_us,
        |(saga, _)| saga.update_us,
        |(saga, _)| saga.body.as_str(),
        |(_, commit)| commit.guard.seen_version(),
        |(_, commit)| commit.guard.seen_epoch(),
        |(_, commit)| commit.order.as_ref().and_then(|write| write.seen),
        |(_, commit)| commit.key.is_some(),
    )
    .bind(lease_us);

    let keys: Vec<_> = commits
        .iter()
        .filter_map(|commit| {
            Some((
                commit.saga.saga_id.uuid(),
                row::from_key(commit.key.as_ref()?),
            ))
        })
        .collect();
    let query = columns!(
        query,
        keys,
        |(saga_id, _)| *saga_id,
        |(_, key)| key.organization_id.as_str(),
        |(_, key)| key.caller.as_str(),
        |(_, key)| key.method.as_str(),
        |(_, key)| key.idempotency_key.as_str(),
        |(_, key)| key.fingerprint.as_slice(),
        |(_, key)| key.order_id,
        |(_, key)| key.saga_id,
        |(_, key)| key.expire_us,
    );

    let orders: Vec<_> = commits
        .iter()
        .filter_map(|commit| {
            let write = commit.order.as_ref()?;
            let order = row::from_order(&write.order);
            Some((commit.saga.saga_id.uuid(), order, write.seen.is_none()))
        })
        .collect();
    let query = columns!(
        query,
        orders,
        |(saga_id, _, _)| *saga_id,
        |(_, order, _)| order.order_id,
        |(_, order, _)| order.organization_id.as_str(),
        |(_, order, _)| order.user_id.as_str(),
        |(_, order, _)| order.event_id.as_str(),
        |(_, order, _)| order.saga_id,
        |(_, order, _)| order.state.as_str(),
        |(_, order, _)| order.version,
        |(_, order, _)| order.create_us,
        |(_, order, _)| order.update_us,
        |(_, order, _)| order.expire_us,
        |(_, order, _)| order.body.as_str(),
        |(_, _, is_new)| *is_new,
    );

    let history: Vec<_> = commits
        .iter()
        .flat_map(|commit| {
            let by_saga = commit.saga.saga_id.uuid();
            row::from_history(commit).map(move |line| (by_saga, line))
        })
        .collect();
    let query = columns!(
        query,
        history,
        |(_, line)| line.saga_id,
        |(_, line)| line.version,
        |(_, line)| line.line,
        |(_, line)| line.commit_id,
        |(_, line)| line.time_us,
        |(_, line)| line.event.as_str(),
        |(_, line)| line.step.as_str(),
        |(_, line)| line.detail.as_str(),
        |(_, line)| line.actor.as_str(),
    );

    let entries: Vec<_> = commits
        .iter()
        .flat_map(|commit| {
            let of_saga = |entry| (commit.saga.saga_id.uuid(), row::from_entry(entry));
            commit.ledger.iter().map(of_saga)
        })
        .collect();
    let query = columns!(
        query,
        entries,
        |(saga_id, _)| *saga_id,
        |(_, entry)| entry.entry_id,
        |(_, entry)| entry.transaction_id,
        |(_, entry)| entry.organization_id.as_str(),
        |(_, entry)| entry.order_id,
        |(_, entry)| entry.account.as_str(),
        |(_, entry)| entry.direction.as_str(),
        |(_, entry)| entry.currency.as_str(),
        |(_, entry)| entry.minor,
        |(_, entry)| entry.kind.as_str(),
        |(_, entry)| entry.create_us,
    );

    let messages: Vec<_> = commits
        .iter()
        .flat_map(|commit| {
            let of_saga = |message| (commit.saga.saga_id.uuid(), row::from_delivery(message));
            commit.outbox.iter().map(of_saga)
        })
        .collect();
    let query = columns!(
        query,
        messages,
        |(saga_id, _)| *saga_id,
        |(_, message)| message.delivery_id,
        |(_, message)| message.order_id,
        |(_, message)| message.organization_id.as_str(),
        |(_, message)| message.kind.as_str(),
        |(_, message)| message.state.as_str(),
        |(_, message)| message.attempts,
        |(_, message)| message.last_error.as_deref(),
        |(_, message)| message.due_us,
        |(_, message)| message.create_us,
        |(_, message)| message.body.as_str(),
    );

    let query = columns!(query, history, |(by_saga, _)| *by_saga);

    let successors: Vec<_> = commits
        .iter()
        .filter_map(|commit| {
            let successor = row::from_successor(commit.successor.as_deref()?, commit);
            Some((commit.saga.saga_id.uuid(), successor))
        })
        .collect();
    let query = columns!(
        query,
        successors,
        |(by_saga, _)| *by_saga,
        |(_, saga)| saga.saga_id,
        |(_, saga)| saga.kind.as_str(),
        |(_, saga)| saga.definition_version,
        |(_, saga)| saga.organization_id.as_str(),
        |(_, saga)| saga.order_id,
        |(_, saga)| saga.state.as_str(),
        |(_, saga)| saga.due_us,
        |(_, saga)| saga.commit_id,
        |(_, saga)| saga.create_us,
        |(_, saga)| saga.update_us,
        |(_, saga)| saga.body.as_str(),
    );

    let query = columns!(query, commits, |commit| matches!(
        commit.guard,
        Guard::AtRest { .. }
    ));

    let rows = query.fetch_all(db.get_postgres_connection_pool()).await;
    read(rows).map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
}

fn read(rows: Result<Vec<sqlx::postgres::PgRow>, sqlx::Error>) -> Result<Written, sqlx::Error> {
    let mut written = Written {
        now_us: 0,
        won: Vec::new(),
    };
    for row in rows? {
        written.now_us = row.try_get(0)?;
        written.won.extend(row.try_get::<Option<Uuid>, _>(1)?);
    }
    Ok(written)
}
