//! Refunds an order or a part of it, and waits for the refund's outcome.

use std::time::Duration;

use super::act_on_order::Target;
use super::create_order::OrderReply;
use super::next_saga::NextSaga;
use super::until::Until;
use super::{App, store_error};
use crate::domain::{Order, OrderState, RefundId, RefundOrder, RefundRefusal, SagaId, Tariff};
use crate::error::{Error, Violation};
use crate::plans::{book_tickets, refund_order};
use crate::store::journal::Journal;

impl App {
    /// Starts the refund and waits up to `wait` for its end. A known idempotency key returns the order that it refunded.
    /// Errors: KeyRequired (neither key nor etag), NotFound, KeyReused, OrderState, EtagMismatch, Invalid,
    /// RefundTooLarge, StoreUnavailable (the refund may have started).
    ///
    /// A dropped future leaves the refund either unwritten or running.
    pub async fn refund_order(
        &self,
        command: RefundOrder,
        wait: Duration,
    ) -> Result<OrderReply, Error> {
        let until = Until::after(wait);
        until.bound(self.refund(&command, until)).await
    }

    async fn refund(&self, command: &RefundOrder, until: Until) -> Result<OrderReply, Error> {
        if command.claim.is_none() && command.etag.is_none() {
            // NOT_FOUND comes before the check of the key (rule 21).
            self.get_order(command.order_id).await?;
            return Err(Error::KeyRequired);
        }
        let target = Target {
            order_id: command.order_id,
            etag: command.etag.as_deref(),
            claim: command.claim.as_ref(),
        };
        let act = |order| self.refund_as_it_is(command, order, until);
        self.act_on_order(target, until, act).await
    }

    async fn refund_as_it_is(
        &self,
        command: &RefundOrder,
        order: Order,
        until: Until,
    ) -> Result<Option<OrderReply>, Error> {
        if order.state != OrderState::Confirmed {
            let state = order.state.as_str();
            let why = format!("an order that is {state} cannot be refunded");
            return Err(Error::OrderState(why));
        }
        let tariff = self.tariff_of(&order).await?;
        self.begin_refund(command, order, tariff, until).await
    }

    /// Reserves the amount and the seats in the commit that starts the saga (rule 18). `None`: the order changed before it.
    async fn begin_refund(
        &self,
        command: &RefundOrder,
        mut order: Order,
        tariff: Tariff,
        until: Until,
    ) -> Result<Option<OrderReply>, Error> {
        let saga_id = SagaId::generate();
        let asked = refund_order::Asked {
            refund_id: RefundId::generate(),
            saga_id,
            amount: command.amount,
            seat_ids: &command.seat_ids,
            reason: &command.reason,
            tariff,
            now: self.0.engine.now(),
        };
        let payload = refund_order::accept(&mut order, &asked).map_err(refusal)?;
        let next = NextSaga {
            plan: (refund_order::KIND, refund_order::VERSION),
            saga_id,
            order,
            payload: &payload,
            claim: command.claim.as_ref(),
            actor: &command.actor,
            reason: &command.reason,
        };
        self.begin_next(next, until).await
    }

    /// The tariff that the order was booked under, which may differ from the current one.
    async fn tariff_of(&self, order: &Order) -> Result<Tariff, Error> {
        let found = self.0.store.load(order.saga_id).await;
        let Some((saga, _)) = found.map_err(store_error)? else {
            let why = format!("order {} has no saga", order.order_id);
            return Err(Error::Internal(why.into()));
        };
        let payload = saga.payload.decode::<book_tickets::Payload>();
        let payload = payload.map_err(|error| Error::Internal(Box::new(error)))?;
        let currency = order.captured.map(|captured| captured.currency);
        Ok(currency.map_or(payload.tariff, |currency| payload.tariff_in(currency)))
    }
}

fn refusal(refusal: RefundRefusal) -> Error {
    let field = match &refusal {
        RefundRefusal::TooMany => return Error::OrderState(refusal.to_string()),
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
