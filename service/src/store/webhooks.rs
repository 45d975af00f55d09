//! Webhooks that were taken, by id, and what a saga's history holds of them. Knows nothing of what they tell.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, Statement, Value};

use super::entity::webhook;
use super::fault::bounded;
use super::{Error, Store, facts, row};
use crate::domain::{CommitId, SagaId, Webhook, WebhookVerdict};

impl Store {
    /// What became of the webhook of this id; none when it was never taken.
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

    /// Records a webhook; one that is recorded already stays as it is. Dropped, it leaves the row or none.
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

    /// Whether a saga's history has lines of this very commit.
    pub async fn has_recorded(&self, saga_id: SagaId, commit_id: CommitId) -> Result<bool, Error> {
        let found = facts::recorded(&self.pools.reads, saga_id.uuid(), commit_id.uuid());
        bounded("read a history", found).await
    }
}
