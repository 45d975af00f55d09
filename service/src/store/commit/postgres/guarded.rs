//! Binds the parameters of the tables that guards refer to: sagas, idempotency keys and orders.

use super::batch::{Batch, bind_columns};
use crate::domain::{Commit, Guard};
use crate::store::row;

/// Binds $1 to $16: the sagas, their guards and whether each commit has a key.
pub(super) fn bind_sagas<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .map(|commit| (row::from_saga(commit), *commit))
        .collect();
    bind_columns!(
        batch,
        rows,
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
}

/// Binds $18 to $26: the idempotency keys. ($17 is the lease.)
pub(super) fn bind_keys<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .filter_map(|commit| {
            let key = row::from_key(commit.key.as_ref()?);
            Some((commit.saga.saga_id.uuid(), key))
        })
        .collect();
    bind_columns!(
        batch,
        rows,
        |(by_saga, _)| *by_saga,
        |(_, key)| key.organization_id.as_str(),
        |(_, key)| key.caller.as_str(),
        |(_, key)| key.method.as_str(),
        |(_, key)| key.idempotency_key.as_str(),
        |(_, key)| key.fingerprint.as_slice(),
        |(_, key)| key.order_id,
        |(_, key)| key.saga_id,
        |(_, key)| key.expire_us,
    )
}

/// Binds $27 to $39: the orders.
pub(super) fn bind_orders<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    let rows: Vec<_> = commits
        .iter()
        .filter_map(|commit| {
            let write = commit.order.as_ref()?;
            let order = row::from_order(&write.order);
            Some((commit.saga.saga_id.uuid(), order, write.seen.is_none()))
        })
        .collect();
    bind_columns!(
        batch,
        rows,
        |(by_saga, _, _)| *by_saga,
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
    )
}

/// Binds $84: whether each commit ends a saga at rest.
pub(super) fn bind_at_rest<'q>(batch: Batch<'q>, commits: &[&Commit]) -> Batch<'q> {
    bind_columns!(batch, commits, |commit| matches!(
        commit.guard,
        Guard::AtRest { .. }
    ))
}
