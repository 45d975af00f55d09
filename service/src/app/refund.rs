//! Refunds an order, or a part of it, and waits until the money is back.

use std::time::Duration;

use super::cancel::TRIES_MAX;
use super::next_saga::NextSaga;
use super::place::Placed;
use super::{App, store_error};
use crate::domain::{Order, OrderState, RefundId, RefundOrder, RefundRefusal, SagaId, Tariff};
use crate::error::{Error, Violation};
use crate::plans::{book_tickets, refund_order};
use crate::store::journal::Journal;

impl App {
    /// Asks for the refund and waits up to `wait` for its end. With a key that was used before: finds what it refunded.
    /// Errors: KeyRequired (neither key nor etag), NotFound, KeyReused, OrderState, EtagMismatch, Invalid,
    /// RefundTooLarge, StoreUnavailable (the refund may be under way).
    ///
    /// A dropped future leaves the refund either unwritten or under way.
    pub async fn refund(&self, wish: RefundOrder, wait: Duration) -> Result<Placed, Error> {
        if wish.claim.is_none() && wish.etag.is_none() {
            // What is not there is told first (RULE 21).
            self.order(wish.order_id).await?;
            return Err(Error::KeyRequired);
        }
        for _ in 0..TRIES_MAX {
            if let Some(row) = self.known_key(wish.claim.as_ref()).await? {
                return self.found(wish.claim.as_ref(), &row, wait).await;
            }
            let order = self.order(wish.order_id).await?;
            if wish.etag.as_ref().is_some_and(|etag| *etag != order.etag()) {
                return Err(Error::EtagMismatch);
            }
            if order.state != OrderState::Confirmed {
                let state = order.state.as_str();
                let why = format!("an order that is {state} cannot be refunded");
                return Err(Error::OrderState(why));
            }
            let tariff = self.tariff_of(&order).await?;
            if let Some(placed) = self.begin_refund(&wish, order, tariff, wait).await? {
                return Ok(placed);
            }
        }
        Err(Error::Overloaded)
    }

    /// Reserves the amount and the seats in the commit that begins the saga (RULE 18). None: the order moved meanwhile.
    async fn begin_refund(
        &self,
        wish: &RefundOrder,
        mut order: Order,
        tariff: Tariff,
        wait: Duration,
    ) -> Result<Option<Placed>, Error> {
        let saga_id = SagaId::generate();
        let asked = refund_order::Asked {
            refund_id: RefundId::generate(),
            saga_id,
            amount: wish.amount,
            seat_ids: &wish.seat_ids,
            reason: &wish.reason,
            tariff,
            now: self.0.engine.now(),
        };
        let payload = refund_order::accept(&mut order, &asked).map_err(refusal)?;
        let next = NextSaga {
            plan: (refund_order::KIND, refund_order::VERSION),
            saga_id,
            order,
            payload: &payload,
            claim: wish.claim.as_ref(),
            actor: &wish.actor,
            reason: &wish.reason,
        };
        self.begin_next(next, wait).await
    }

    /// The tariff that the order was booked under, which may not be today's.
    async fn tariff_of(&self, order: &Order) -> Result<Tariff, Error> {
        let found = self.0.store.load(order.saga_id).await;
        let Some((saga, _)) = found.map_err(store_error)? else {
            let why = format!("order {} has no saga", order.order_id);
            return Err(Error::Internal(why.into()));
        };
        let payload = serde_json::from_str::<book_tickets::Payload>(&saga.payload);
        let payload = payload.map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(payload.tariff)
    }
}

fn refusal(refusal: RefundRefusal) -> Error {
    let field = match &refusal {
        RefundRefusal::TooLarge(_) => return Error::RefundTooLarge(refusal.to_string()),
        RefundRefusal::Unpriced(error) => return Error::Internal(Box::new(*error)),
        RefundRefusal::UnknownSeat(index)
        | RefundRefusal::CancelledSeat(index)
        | RefundRefusal::LeavingSeat(index) => format!("seatIds[{index}]"),
        RefundRefusal::Currency(_) | RefundRefusal::LastTicket(_) => "amount".to_owned(),
    };
    Error::Invalid(vec![Violation {
        field,
        description: refusal.to_string(),
    }])
}
