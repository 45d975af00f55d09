//! Processed webhooks by id. Does not interpret their content.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::domain::{Webhook, WebhookVerdict};
use crate::store::connection::bounded;
use crate::store::entity::webhook;
use crate::store::{Error, Store, row};

impl Store {
    /// The verdict recorded for a webhook id; `None` if the id is not recorded.
    pub async fn webhook(&self, webhook_id: &str) -> Result<Option<WebhookVerdict>, Error> {
        let found = webhook::Entity::find_by_id(webhook_id.to_owned());
        let found = bounded("read a webhook", found.one(&self.pools.reads)).await?;
        let verdict = found.map(|row| row.verdict.parse().map_err(|why| (row.webhook_id, why)));
        verdict.transpose().map_err(|(id, why)| Error::Corrupt {
            what: "webhook",
            id,
            why: ToString::to_string(&why),
        })
    }

    /// Records a webhook. An id that is already recorded keeps its verdict. A dropped future leaves the row written or
    /// not.
    pub async fn record_webhook(
        &self,
        webhook: &Webhook,
        verdict: WebhookVerdict,
    ) -> Result<(), Error> {
        let db = &self.pools.writes;
        let values: Vec<Value> = vec![
            webhook.webhook_id.as_str().into(),
            row::text(&webhook.event).into(),
            webhook.order_id.map(|order_id| order_id.uuid()).into(),
            verdict.as_str().into(),
            self.clock.now().micros().into(),
        ];
        let sql = "INSERT INTO webhooks (webhook_id, event, order_id, verdict, receive_us) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (webhook_id) DO NOTHING";
        let insert = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        bounded("record a webhook", db.execute_raw(insert)).await?;
        Ok(())
    }
}
