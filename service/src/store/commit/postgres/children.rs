//! Binds the parameters of the rows that a commit only inserts: history, ledger entries, deliveries and successor
//! sagas. Each row carries the id of the saga whose commit writes it.

use super::batch::{Batch, bind_columns};
use crate::domain::Commit;
use crate::store::row;

/// Binds $40 to $49: the history lines.
pub(super) fn bind_history<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .flat_map(|commit| {
            let by_saga = commit.saga.saga_id.uuid();
            row::from_history(commit).map(move |line| (line, by_saga))
        })
        .collect();
    bind_columns!(
        batch,
        rows,
        |(line, _)| line.saga_id,
        |(line, _)| line.version,
        |(line, _)| line.line,
        |(line, _)| line.commit_id,
        |(line, _)| line.time_us,
        |(line, _)| line.event.as_str(),
        |(line, _)| line.step.as_str(),
        |(line, _)| line.detail.as_str(),
        |(line, _)| line.actor.as_str(),
        |(_, by_saga)| *by_saga,
    )
}

/// Binds $50 to $60: the ledger entries.
pub(super) fn bind_ledger<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .flat_map(|commit| {
            let of_saga = |entry| (commit.saga.saga_id.uuid(), row::from_entry(entry));
            commit.ledger.iter().map(of_saga)
        })
        .collect();
    bind_columns!(
        batch,
        rows,
        |(by_saga, _)| *by_saga,
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
    )
}

/// Binds $61 to $71: the deliveries.
pub(super) fn bind_outbox<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .flat_map(|commit| {
            let of_saga = |message| (commit.saga.saga_id.uuid(), row::from_delivery(message));
            commit.outbox.iter().map(of_saga)
        })
        .collect();
    bind_columns!(
        batch,
        rows,
        |(by_saga, _)| *by_saga,
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
    )
}

/// Binds $72 to $83: the successor sagas.
pub(super) fn bind_successors<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .filter_map(|commit| {
            let successor = row::from_successor(commit.successor.as_deref()?, commit);
            Some((commit.saga.saga_id.uuid(), successor))
        })
        .collect();
    bind_columns!(
        batch,
        rows,
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
    )
}
