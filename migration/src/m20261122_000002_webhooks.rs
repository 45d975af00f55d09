//! Processed webhooks by the id that the sender assigned, so that repeats are recognized.

use sea_orm_migration::prelude::*;

use crate::table::Kind::{Number, Text, Uuid};
use crate::table::{create, optional, required};

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261122_000002_webhooks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = vec![
            required("webhook_id", Text),
            required("event", Text),
            optional("order_id", Uuid),
            required("verdict", Text),
            required("receive_us", Number),
        ];
        create(manager, "webhooks", columns, &["webhook_id"], None).await
    }
}
