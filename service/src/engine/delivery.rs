//! Delivers the outbox: usage and notifications, at least once and in order. A failed delivery never rolls a booking back.

use std::time::Duration;

use futures::StreamExt;
use futures::stream;

use crate::domain::{
    Call, CallError, Delivery, DeliveryId, DeliveryKind, DueDelivery, Message, Order, Request,
};
use crate::engine::failpoint;
use crate::engine::failpoint::{Place, When};
use crate::engine::handle::Engine;
use crate::engine::poll::{Pace, poll};
use crate::participant::Participants;
use crate::store;
use crate::store::journal::{Journal, Outbox};
use crate::supervise::caught;

/// Pause between two claims when this replica wrote no delivery.
const INTERVAL: Duration = Duration::from_millis(500);
/// Most deliveries claimed at once.
const CLAIMED_MAX: usize = 128;
/// Most deliveries sent at once.
const SENT_AT_ONCE: usize = 16;

/// Delivers one kind until the engine stops. Each kind has its own receiver, so a slow one delays only its kind.
pub(super) async fn run<J: Journal + Outbox, P: Participants>(
    engine: Engine<J, P>,
    kind: DeliveryKind,
) {
    let inner = engine.inner();
    let pace = Pace {
        interval: INTERVAL,
        wake: inner.delivery_due.of(kind),
        stopping: &inner.stopping,
        failure: "deliveries cannot be read or written",
    };
    poll(pace, || deliver_due(&engine, kind)).await;
}

/// Sends due deliveries. Returns whether more may be due.
async fn deliver_due<J: Journal + Outbox, P: Participants>(
    engine: &Engine<J, P>,
    kind: DeliveryKind,
) -> Result<bool, store::Error> {
    let inner = engine.inner();
    let due = inner
        .parts
        .journal
        .claim_deliveries(&inner.parts.owner, kind, CLAIMED_MAX)
        .await?;
    let full = due.len() == CLAIMED_MAX;
    let sent = stream::iter(due)
        .map(|due| send(engine, due))
        .buffer_unordered(SENT_AT_ONCE);
    let answers: Vec<(Delivery, Result<(), CallError>)> = sent.collect().await;
    let taken: Vec<DeliveryId> = answers
        .iter()
        .filter(|(_, answer)| answer.is_ok())
        .map(|(delivery, _)| delivery.delivery_id)
        .collect();
    if !taken.is_empty() {
        inner.parts.journal.delivered(&taken).await?;
    }
    for (delivery, _) in &answers {
        failpoint::reach(Place::delivering(&delivery.message), When::AfterCommit).await;
    }
    for (delivery, answer) in answers {
        if let Err(error) = answer {
            failed(engine, &delivery, &error).await?;
        }
    }
    Ok(full)
}

async fn send<J: Journal + Outbox, P: Participants>(
    engine: &Engine<J, P>,
    due: DueDelivery,
) -> (Delivery, Result<(), CallError>) {
    let DueDelivery { delivery, order } = due;
    let request = request(&delivery, order, engine.inner().parts.policy.step_deadline);
    let place = Place::delivering(&delivery.message);
    failpoint::reach(place.clone(), When::BeforeCall).await;
    let called = caught(
        "a delivery",
        engine.inner().parts.participants.call(request),
    );
    let answer = called.await.unwrap_or_else(|panicked| {
        let message = panicked.to_string();
        Err(CallError::Unknown { message })
    });
    failpoint::reach(place, When::AfterCall).await;
    (delivery, answer.map(|_| ()))
}

fn request(delivery: &Delivery, order: Order, deadline: Duration) -> Request {
    let organization_id = delivery.organization_id.clone();
    match delivery.message.clone() {
        Message::Usage {
            event_type,
            units,
            idempotency_key,
            occur_time,
        } => Request {
            call: Call::RecordUsage {
                organization_id,
                event_type,
                units,
                occur_time,
            },
            idempotency_key,
            deadline,
        },
        Message::Notification {
            notification_id,
            template,
            data,
        } => Request {
            idempotency_key: notification_id.clone(),
            call: Call::SendNotification {
                notification_id,
                organization_id,
                template,
                contact: order.contact,
                data,
            },
            deadline,
        },
    }
}

async fn failed<J: Journal + Outbox, P: Participants>(
    engine: &Engine<J, P>,
    delivery: &Delivery,
    error: &CallError,
) -> Result<(), store::Error> {
    let parts = &engine.inner().parts;
    let attempts = delivery.attempts + 1;
    let retry_after = match error {
        CallError::Refused { .. } | CallError::Invalid { .. } => None,
        CallError::Unknown { .. } if attempts >= parts.delivery_attempts => None,
        CallError::Unknown { .. } => Some(parts.policy.stubborn_backoff(attempts, rand::random())),
    };
    if retry_after.is_none() {
        tracing::error!(delivery_id = %delivery.delivery_id, order_id = %delivery.order_id, error = error.kind(), "a delivery is dead");
    }
    parts
        .journal
        .delivery_failed(delivery.delivery_id, &error.to_string(), retry_after)
        .await
}
