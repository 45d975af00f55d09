//! Starts another saga of an existing order, guarded by the order's version, and waits for it.

use serde::Serialize;

use super::App;
use super::create_order::{OrderReply, engine_error};
use super::until::Until;
use crate::domain::{Claim, Order, SagaId, SagaPayload};
use crate::engine::{Beginning, Begun};
use crate::error::Error;
use crate::saga::Start;

/// Another saga of an order.
#[derive(Debug)]
pub(super) struct NextSaga<'a, P> {
    /// Kind and version of its plan.
    pub(super) plan: (&'static str, u32),
    /// Id of the new saga.
    pub(super) saga_id: SagaId,
    /// The order after the first commit, with `version` still as read.
    pub(super) order: Order,
    pub(super) payload: &'a P,
    /// The idempotency key of the request.
    pub(super) claim: Option<&'a Claim>,
    /// The caller, for the history.
    pub(super) actor: &'a str,
    /// The caller's reason; may be empty.
    pub(super) reason: &'a str,
}

impl App {
    /// Starts the saga and waits up to `wait` for its end. A known idempotency key returns what it started. `None`: the
    /// order changed since it was read and nothing was started.
    ///
    /// A dropped future leaves the order either unchanged or with the saga running.
    pub(super) async fn begin_next<P: Serialize>(
        &self,
        next: NextSaga<'_, P>,
        until: Until,
    ) -> Result<Option<OrderReply>, Error> {
        let (saga_id, mut order) = (next.saga_id, next.order);
        let seen = order.version;
        order.version += 1;
        order.update_time = self.0.engine.now();
        let payload = SagaPayload::encode(next.payload);
        let changes = self.0.engine.hub().subscribe(order.order_id);
        let begun = self.0.engine.begin(Beginning {
            plan: next.plan,
            start: Start {
                saga_id,
                order: order.clone(),
                seen: Some(seen),
                payload: payload.map_err(|error| Error::Internal(Box::new(error)))?,
                sealed_token: None,
                key: self.key_row(next.claim, order.order_id, saga_id),
                actor: next.actor.to_owned(),
                detail: next.reason.to_owned(),
            },
            patience: until.patience(),
        });
        match begun.await.map_err(engine_error)? {
            Begun::New => {
                let order = self.await_order(order, saga_id, changes, until).await;
                Ok(Some(OrderReply::fresh(order)))
            }
            Begun::KeyTaken(row) => self.found(next.claim, &row, until).await.map(Some),
            Begun::Stale => Ok(None),
        }
    }
}
