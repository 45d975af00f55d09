//! Starts a booking, or returns the one that the same idempotency key started.

use std::time::Duration;

use super::until::Until;
use super::{App, store_error};
use crate::domain::{
    Claim, CreateOrder, KeyRow, Order, OrderId, OrderState, Payment, PaymentState, SagaId,
    SagaPayload, Tariff, Ticket, TicketRequest, TicketState,
};
use crate::engine::{Beginning, Begun, EngineError};
use crate::error::Error;
use crate::plans::book_tickets;
use crate::saga::Start;

/// The result of a command on an order.
#[derive(Debug, Clone)]
pub struct OrderReply {
    /// The order in its current state.
    pub order: Order,
    /// Whether the idempotency key had been used before.
    pub replayed: bool,
    /// Time since the key was first used; zero if it was not.
    pub age: Duration,
}

impl OrderReply {
    /// The reply to a request that was not made before.
    pub(super) fn fresh(order: Order) -> Self {
        Self {
            order,
            replayed: false,
            age: Duration::ZERO,
        }
    }
}

impl App {
    /// Starts a booking and waits up to `wait` until it is final or needs the buyer. A known idempotency key returns the
    /// order that it started. Errors: KeyReused, StoreUnavailable (the order may exist), Overloaded, ShuttingDown.
    ///
    /// A dropped future leaves the order either unwritten or running.
    pub async fn create_order(
        &self,
        command: CreateOrder,
        wait: Duration,
    ) -> Result<OrderReply, Error> {
        let until = Until::after(wait);
        until.bound(self.book(command, until)).await
    }

    async fn book(&self, command: CreateOrder, until: Until) -> Result<OrderReply, Error> {
        let order_id = OrderId::generate();
        let sealed_token = self.0.vault.seal(order_id, &command.token);
        let payload = self.payload(&command)?;
        let key = command.claim.clone();
        let actor = command.actor.clone();
        let order = self.new_order(order_id, command);
        let changes = self.0.engine.hub().subscribe(order_id);
        let expire_time = order.create_time.plus(self.0.idempotency_ttl);
        let row = key
            .as_ref()
            .map(|claim| claim.row(order_id, order.saga_id, expire_time));
        let begun = self
            .0
            .engine
            .begin(Beginning {
                plan: (book_tickets::KIND, book_tickets::VERSION),
                start: Start {
                    saga_id: order.saga_id,
                    order: order.clone(),
                    seen: None,
                    payload,
                    sealed_token: Some(sealed_token),
                    key: row,
                    actor,
                    detail: String::new(),
                },
                patience: until.patience(),
            })
            .await
            .map_err(engine_error)?;
        match begun {
            // A new order has no earlier version, so its first commit cannot be stale.
            Begun::New | Begun::Stale => {
                let saga_id = order.saga_id;
                let order = self.await_order(order, saga_id, changes, until).await;
                Ok(OrderReply::fresh(order))
            }
            Begun::KeyTaken(row) => self.found(key.as_ref(), &row, until).await,
        }
    }

    /// The order that the same key started, once it no longer moves. Error: KeyReused if the key was used for another
    /// request.
    pub(super) async fn found(
        &self,
        claim: Option<&Claim>,
        row: &KeyRow,
        until: Until,
    ) -> Result<OrderReply, Error> {
        let same = claim.is_some_and(|claim| claim.repeats(&row.fingerprint));
        if !same {
            return Err(Error::KeyReused);
        }
        let order = self.get_order(row.order_id).await?;
        let changes = self.0.engine.hub().subscribe(row.order_id);
        let left = row.expire_time.since(self.0.engine.now());
        Ok(OrderReply {
            order: self.await_order(order, row.saga_id, changes, until).await,
            replayed: true,
            age: self.0.idempotency_ttl.saturating_sub(left),
        })
    }

    fn payload(&self, command: &CreateOrder) -> Result<SagaPayload, Error> {
        let payload = book_tickets::Payload {
            return_url: command.return_url.clone(),
            expected_total: command.expected_total,
            adopted_hold_id: command.hold_id.clone(),
            tariff: Tariff {
                booking_fee_minor: 0,
                tax_bps: self.0.tax_bps,
            },
            booking_fees: self.0.booking_fees.clone(),
            hold_duration_secs: self.0.hold_duration.as_secs(),
        };
        SagaPayload::encode(&payload).map_err(|error| Error::Internal(Box::new(error)))
    }

    fn new_order(&self, order_id: OrderId, command: CreateOrder) -> Order {
        let now = self.0.engine.now();
        let ticket = |command: TicketRequest| Ticket {
            seat_id: command.seat_id,
            seat_label: String::new(),
            holder_name: command.holder_name,
            price: None,
            ticket_id: None,
            state: TicketState::Held,
        };
        Order {
            order_id,
            organization_id: command.organization_id,
            user_id: command.user_id,
            event_id: command.event_id,
            state: OrderState::Pending,
            tickets: command.tickets.into_iter().map(ticket).collect(),
            charges: None,
            captured: None,
            refunded: None,
            payment: Payment {
                payment_id: None,
                state: PaymentState::Pending,
                method_type: command.method_type,
                redirect_url: None,
            },
            refunds: Vec::new(),
            hold_id: None,
            booking_id: None,
            failure: None,
            contact: command.contact,
            metadata: command.metadata,
            saga_id: SagaId::generate(),
            create_time: now,
            update_time: now,
            expire_time: None,
            version: 1,
        }
    }
}

pub(super) fn engine_error(error: EngineError) -> Error {
    match error {
        EngineError::Full => Error::Overloaded,
        EngineError::Stopping => Error::ShuttingDown,
        EngineError::UnknownPlan(_) => Error::Internal(Box::new(error)),
        EngineError::Refused(why) => Error::SagaState(why),
        EngineError::Store(error) => store_error(error),
    }
}
