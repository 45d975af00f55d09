//! Orders, sagas with their history, ledger entries, the outbox and idempotency keys.
//!
//! No foreign keys: a child row is always written by the statement that writes its parent, and a check would cost one
//! read per row of the hottest tables. No index of `orders` contains a mutable column, and `saga_instances` has only
//! the rounded `wake_us` in one, so that updates stay on their page (heap-only tuples).

use sea_orm_migration::prelude::*;

use crate::table::Kind::{Bytes, Number, Text, Uuid};
use crate::table::{create, index, optional, required};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000001_orders_and_sagas"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        orders(manager).await?;
        saga_instances(manager).await?;
        saga_history(manager).await?;
        ledger_entries(manager).await?;
        outbox(manager).await?;
        idempotency_keys(manager).await
    }
}

async fn orders(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        required("order_id", Uuid),
        required("organization_id", Text),
        required("user_id", Text),
        required("event_id", Text),
        required("saga_id", Uuid),
        required("state", Text),
        required("version", Number),
        required("create_us", Number),
        required("update_us", Number),
        optional("expire_us", Number),
        required("body", Text),
    ];
    create(manager, "orders", columns, &["order_id"], Some(70)).await?;
    for (name, on) in [
        (
            "orders_of_organization",
            "orders (organization_id, create_us, order_id)",
        ),
        (
            "orders_of_user",
            "orders (organization_id, user_id, create_us, order_id)",
        ),
        (
            "orders_of_event",
            "orders (organization_id, event_id, create_us, order_id)",
        ),
    ] {
        index(manager, name, on).await?;
    }
    Ok(())
}

/// The time from which a saga may be claimed, rounded down to a multiple of 2^22 µs (4.2 s). It rarely changes while a
/// saga runs, so its index is rarely updated. Statements also check `due_us` and `lease_until_us`, which are exact.
const WAKE: &str = "BIGINT GENERATED ALWAYS AS ((CASE WHEN due_us IS NULL THEN NULL \
     WHEN lease_until_us > due_us THEN lease_until_us ELSE due_us END) / 4194304 * 4194304) STORED";

async fn saga_instances(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        required("saga_id", Uuid),
        required("kind", Text),
        required("definition_version", Number),
        required("organization_id", Text),
        required("order_id", Uuid),
        required("state", Text),
        optional("due_us", Number),
        optional("owner", Text),
        optional("lease_until_us", Number),
        required("epoch", Number),
        required("version", Number),
        required("commit_id", Uuid),
        required("create_us", Number),
        required("update_us", Number),
        required("body", Text),
        ColumnDef::new("wake_us").custom(WAKE).take(),
    ];
    create(manager, "saga_instances", columns, &["saga_id"], Some(70)).await?;
    for (name, on) in [
        (
            "sagas_to_wake",
            "saga_instances (wake_us) WHERE wake_us IS NOT NULL",
        ),
        (
            "sagas_to_attend",
            "saga_instances (create_us, saga_id) WHERE state = 'NEEDS_ATTENTION'",
        ),
        ("sagas_of_order", "saga_instances (order_id)"),
        (
            "sagas_of_organization",
            "saga_instances (organization_id, create_us, saga_id)",
        ),
        ("sagas_by_time", "saga_instances (create_us, saga_id)"),
    ] {
        index(manager, name, on).await?;
    }
    Ok(())
}

/// Lines are keyed by the saga version that their commit produces, so that inserting one needs no read.
async fn saga_history(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        required("saga_id", Uuid),
        required("version", Number),
        required("line", Number),
        required("commit_id", Uuid),
        required("time_us", Number),
        required("event", Text),
        required("step", Text),
        required("detail", Text),
        required("actor", Text),
    ];
    let key = ["saga_id", "version", "line"];
    create(manager, "saga_history", columns, &key, None).await
}

async fn ledger_entries(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        required("entry_id", Uuid),
        required("transaction_id", Uuid),
        required("organization_id", Text),
        required("order_id", Uuid),
        required("account", Text),
        required("direction", Text),
        required("currency", Text),
        required("minor", Number),
        required("kind", Text),
        required("create_us", Number),
    ];
    create(manager, "ledger_entries", columns, &["entry_id"], None).await?;
    index(
        manager,
        "ledger_entries_of_order",
        "ledger_entries (order_id)",
    )
    .await?;
    index(
        manager,
        "ledger_entries_of_organization",
        "ledger_entries (organization_id, create_us, entry_id)",
    )
    .await
}

async fn outbox(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        required("delivery_id", Uuid),
        required("order_id", Uuid),
        required("organization_id", Text),
        required("kind", Text),
        required("state", Text),
        required("attempts", Number),
        optional("last_error", Text),
        optional("due_us", Number),
        optional("owner", Text),
        optional("lease_until_us", Number),
        required("create_us", Number),
        required("body", Text),
    ];
    create(manager, "outbox", columns, &["delivery_id"], Some(80)).await?;
    index(
        manager,
        "outbox_due",
        "outbox (due_us) WHERE due_us IS NOT NULL",
    )
    .await?;
    index(
        manager,
        "outbox_of_order",
        "outbox (order_id, kind, create_us, delivery_id)",
    )
    .await
}

async fn idempotency_keys(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        required("organization_id", Text),
        required("caller", Text),
        required("method", Text),
        required("idempotency_key", Text),
        required("fingerprint", Bytes),
        required("order_id", Uuid),
        required("saga_id", Uuid),
        required("expire_us", Number),
    ];
    let key = ["organization_id", "caller", "method", "idempotency_key"];
    create(manager, "idempotency_keys", columns, &key, None).await?;
    index(
        manager,
        "idempotency_keys_to_expire",
        "idempotency_keys (expire_us)",
    )
    .await
}
