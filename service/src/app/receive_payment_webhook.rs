//! Handles webhooks of the Payment service. A webhook is a hint (rule 9): it is recorded durably and makes the order's
//! sagas due. State changes only by what GetPayment or a call answers, never by the webhook's content.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::create_order::engine_error;
use super::until::PATIENCE_MIN;
use super::{App, store_error};
use crate::domain::{
    About, CommitId, Event, Money, Order, OrderState, Outcome, Refund, RefundState, SagaId,
    SagaPayload, Webhook, WebhookVerdict,
};
use crate::engine::Beginning;
use crate::error::Error;
use crate::plans::{return_payment, review_refund};
use crate::saga::{Hint, Start, StepIn};
use crate::store;
use crate::store::journal::Journal;

/// The actor of the history lines.
const ACTOR: &str = "payment";
/// Attempts of stepping in. Each lost attempt means that another commit changed the saga.
const TRIES_MAX: usize = 32;
/// The error text for a repeated webhook that contradicted its order at first receipt.
const MISMATCH_BEFORE: &str = "it did not when it came first";

impl App {
    /// Handles a webhook with a valid signature. A repeated one gets the first answer and has no further effect.
    /// Errors: PaymentMismatch, StoreUnavailable, Overloaded.
    ///
    /// A dropped future may have recorded the webhook for some of the order's sagas; a repeat completes it.
    pub async fn receive_payment_webhook(&self, webhook: Webhook) -> Result<(), Error> {
        let store = &self.0.store;
        let known = store.webhook(&webhook.webhook_id).await;
        match known.map_err(store_error)? {
            Some(WebhookVerdict::Noted) => return Ok(()),
            Some(WebhookVerdict::Mismatch) => return Err(Error::PaymentMismatch(MISMATCH_BEFORE)),
            None => {}
        }
        let order = match webhook.order_id {
            Some(order_id) => store.order(order_id).await.map_err(store_error)?,
            None => None,
        };
        let mismatch = match (&webhook.content, &order) {
            (Some(content), Some(order)) => content.mismatch(order),
            (Some(_), None) => Some("there is no such order"),
            (None, _) => None,
        };
        if let Some(order) = order {
            self.note(&order, &webhook, mismatch).await?;
            if mismatch.is_none() {
                for refund in changed_refunds(&webhook, &order) {
                    self.review_refund(&webhook, &order, refund).await?;
                }
                if reports_unknown_money(&webhook, &order) {
                    self.return_payment(&webhook, order).await?;
                }
            }
        }
        let verdict = match mismatch {
            Some(_) => WebhookVerdict::Mismatch,
            None => WebhookVerdict::Noted,
        };
        let recorded = store.record_webhook(&webhook, verdict).await;
        recorded.map_err(store_error)?;
        mismatch.map_or(Ok(()), |why| Err(Error::PaymentMismatch(why)))
    }

    /// Records the webhook with every saga of the order that has not ended, or with the booking's if all have.
    async fn note(
        &self,
        order: &Order,
        webhook: &Webhook,
        mismatch: Option<&str>,
    ) -> Result<(), Error> {
        let mut concerned = self.live_sagas(order.order_id).await?;
        if concerned.is_empty() {
            concerned.push(order.saga_id);
        }
        let Webhook {
            webhook_id, event, ..
        } = webhook;
        let (line, detail) = match mismatch {
            Some(why) => (
                Event::WebhookMismatch,
                format!("{event} {webhook_id}: {why}"),
            ),
            None => (Event::WebhookReceived, format!("{event} {webhook_id}")),
        };
        for saga_id in concerned {
            self.step_in(saga_id, webhook_id, line.clone(), &detail)
                .await?;
        }
        Ok(())
    }

    /// Starts the saga that returns money found on an ended order (rule 10).
    async fn return_payment(&self, webhook: &Webhook, order: Order) -> Result<(), Error> {
        let name = digest("return_payment", order.order_id.uuid(), &webhook.webhook_id);
        let plan = (return_payment::KIND, return_payment::VERSION);
        self.begin(webhook, order, (plan, name, SagaPayload::default()))
            .await
    }

    /// Starts the saga that looks at a refund which may have changed after its saga ended (rule 31).
    async fn review_refund(
        &self,
        webhook: &Webhook,
        order: &Order,
        refund: &Refund,
    ) -> Result<(), Error> {
        let of = refund.refund_id.uuid();
        let name = digest("review_refund", of, &webhook.webhook_id);
        let plan = (review_refund::KIND, review_refund::VERSION);
        let payload = SagaPayload::encode(&review_refund::Payload::of(order, refund));
        let payload = payload.map_err(|error| Error::Internal(Box::new(error)))?;
        self.begin(webhook, order.clone(), (plan, name, payload))
            .await
    }

    /// Starts a saga of an order that stays as it is. The saga's id is derived from the webhook's id, so that repeats start
    /// it once.
    async fn begin(
        &self,
        webhook: &Webhook,
        order: Order,
        (plan, name, payload): ((&'static str, u32), [u8; 16], SagaPayload),
    ) -> Result<(), Error> {
        let millis = u64::try_from(order.create_time.micros() / 1_000).unwrap_or_default();
        let mut random = [0; 10];
        random.copy_from_slice(&name[..10]);
        let saga_id = uuid::Builder::from_unix_timestamp_millis(millis, &random);
        let begun = self.0.engine.begin(Beginning {
            plan,
            start: Start {
                saga_id: saga_id.into_uuid().into(),
                seen: Some(order.version),
                order,
                payload,
                sealed_token: None,
                key: None,
                actor: ACTOR.into(),
                detail: format!("{} {}", webhook.event, webhook.webhook_id),
            },
            patience: PATIENCE_MIN,
        });
        begun.await.map(drop).map_err(engine_error)
    }

    /// Writes one line into a saga's history and makes the saga due. The commit id is derived from the webhook's id, so
    /// that repeats apply once.
    async fn step_in(
        &self,
        saga_id: SagaId,
        webhook_id: &str,
        event: Event,
        detail: &str,
    ) -> Result<(), Error> {
        let store = &self.0.store;
        let commit_id = commit_id(webhook_id, saga_id);
        for _ in 0..TRIES_MAX {
            let (saga, order) = match store.load(saga_id).await {
                Ok(Some(found)) => found,
                // An undecodable saga is parked by recovery and does not block the others.
                Ok(None) | Err(store::Error::Corrupt { .. }) => return Ok(()),
                Err(error) => return Err(store_error(error)),
            };
            if !self.0.engine.knows(&saga) {
                // A replica that knows the version polls the participant.
                return Ok(());
            }
            // Checked after the load: a concurrent receiver raises the version that guards the commit.
            let recorded = store.has_recorded(saga_id, commit_id).await;
            if recorded.map_err(store_error)? {
                return Ok(());
            }
            let hint = Hint {
                commit_id,
                event: event.clone(),
                detail: detail.to_owned(),
                actor: ACTOR.to_owned(),
            };
            let engine = &self.0.engine;
            let stepping = engine.step_in(&saga, order, StepIn::Hint(hint), PATIENCE_MIN);
            match stepping.await.map_err(engine_error)?.1 {
                Outcome::Applied => return Ok(()),
                Outcome::Stale => {}
                Outcome::Fenced | Outcome::KeyTaken(_) => return Ok(()),
            }
        }
        Err(Error::Overloaded)
    }
}

/// Whether the webhook reports money on an order that ended without a booking and has no captured amount. Most late
/// webhooks only repeat what the order has.
fn reports_unknown_money(webhook: &Webhook, order: &Order) -> bool {
    let has_ended = match order.state {
        OrderState::Failed | OrderState::Expired | OrderState::Cancelled => true,
        OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Confirmed
        | OrderState::Cancelling => false,
    };
    let reports_money = ["payment.authorized", "payment.captured"].contains(&&*webhook.event);
    has_ended && reports_money && order.captured.is_none_or(Money::is_zero)
}

/// The refunds of the order that the webhook reports otherwise than the order has them. A webhook that names the refund by
/// an id of the provider concerns each refund of its amount.
fn changed_refunds<'a>(webhook: &Webhook, order: &'a Order) -> Vec<&'a Refund> {
    let otherwise = match webhook.event.as_str() {
        "refund.failed" => RefundState::Succeeded,
        "refund.succeeded" => RefundState::Failed,
        _ => return Vec::new(),
    };
    let Some(content) = &webhook.content else {
        return Vec::new();
    };
    let About::Refund(named) = content.about else {
        return Vec::new();
    };
    let concerns = |refund: &&Refund| {
        let is_named = match named {
            Some(refund_id) => refund.refund_id == refund_id,
            None => refund.amount == content.amount,
        };
        is_named && refund.state == otherwise
    };
    order.refunds.iter().filter(concerns).collect()
}

fn commit_id(webhook_id: &str, saga_id: SagaId) -> CommitId {
    let name = digest("webhook", saga_id.uuid(), webhook_id);
    uuid::Builder::from_random_bytes(name).into_uuid().into()
}

/// The bytes of an id that is derived from another id and a webhook's id.
fn digest(of: &str, id: Uuid, webhook_id: &str) -> [u8; 16] {
    let mut digest = Sha256::new_with_prefix(of);
    digest.update(id.as_bytes());
    digest.update(webhook_id.as_bytes());
    let mut name = [0; 16];
    name.copy_from_slice(&digest.finalize()[..16]);
    name
}
