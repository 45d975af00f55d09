//! Indexes for listing deliveries, newest first, per tenant and overall, and for deleting old webhooks, oldest first.

use sea_orm_migration::prelude::*;

use crate::table::index;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000004_lists_and_sweeps"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, on) in [
            (
                "outbox_of_organization",
                "outbox (organization_id, create_us, delivery_id)",
            ),
            ("outbox_by_time", "outbox (create_us, delivery_id)"),
            ("webhooks_to_sweep", "webhooks (receive_us)"),
        ] {
            index(manager, name, on).await?;
        }
        Ok(())
    }
}
