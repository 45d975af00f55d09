//! Fake use cases, an order and a saga, for tests of the rpcs and the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};

use crate::app::{OrderReply, SagaReply};
use crate::domain::{
    Balance, CancelOrder, Charges, Claim, Contact, CreateOrder, Cursor, Delivery, DeliveryFilter,
    DeliveryId, HistoryEntry, LedgerEntry, LedgerFilter, Money, Operate, Operation, Order,
    OrderFilter, OrderId, OrderState, OrganizationId, Page, PageRequest, Payment, PaymentState,
    RefundOrder, Saga, SagaFilter, SagaId, SagaPayload, SagaState, Step, StepState, Ticket,
    TicketState, Timestamp, Way, Webhook,
};
use crate::error::{Error, Missing};
use crate::rpc::{Pages, UseCases};
use crate::vault::Vault;

const MADE: Timestamp = Timestamp::from_micros(1_700_000_000_000_001);

pub(crate) fn pages() -> Pages {
    Pages::new(Vault::new(&Vault::generate()).expect("a good key"))
}

pub(crate) fn order() -> Order {
    let usd = "USD".parse().expect("a known code");
    let (price, nothing) = (Money::new(5_000, usd), Money::zero(usd));
    Order {
        order_id: uuid::Uuid::from_u128(1).into(),
        organization_id: "org-1".parse().expect("an id"),
        user_id: "ann".parse().expect("an id"),
        event_id: "ga-opera".parse().expect("an id"),
        state: OrderState::Confirmed,
        tickets: vec![Ticket {
            seat_id: "A1".parse().expect("an id"),
            seat_label: "Seat A1".into(),
            holder_name: String::new(),
            price: Some(price),
            ticket_id: Some("t-1".into()),
            state: TicketState::Booked,
        }],
        charges: Some(Charges {
            subtotal: price,
            booking_fee: nothing,
            tax: nothing,
            total: price,
        }),
        captured: Some(price),
        refunded: Some(nothing),
        payment: Payment {
            payment_id: Some("pay-1".into()),
            state: PaymentState::Captured,
            method_type: "card".into(),
            redirect_url: None,
        },
        refunds: Vec::new(),
        hold_id: Some("hold-1".into()),
        booking_id: Some("booking-1".into()),
        failure: None,
        contact: Contact {
            email: "ann@example.com".into(),
            phone: String::new(),
        },
        metadata: BTreeMap::new(),
        saga_id: uuid::Uuid::from_u128(2).into(),
        create_time: MADE,
        update_time: MADE,
        expire_time: None,
        version: 3,
    }
}

pub(crate) fn saga() -> Saga {
    Saga {
        saga_id: uuid::Uuid::from_u128(2).into(),
        kind: "book_tickets".into(),
        definition_version: 1,
        order_id: uuid::Uuid::from_u128(1).into(),
        organization_id: "org-1".parse().expect("an id"),
        state: SagaState::Running,
        way: Way::Forward,
        cursor: 0,
        steps: vec![Step {
            name: "hold_seats".into(),
            state: StepState::Running,
            attempts: 1,
            undo_attempts: 0,
            last_error: None,
            start_time: Some(MADE),
            end_time: None,
            asked: false,
        }],
        failure: None,
        unwind_asked: false,
        hint_time: None,
        payload: SagaPayload::default(),
        sealed_token: None,
        owner: None,
        due_time: None,
        epoch: 1,
        version: 1,
        create_time: MADE,
        update_time: MADE,
    }
}

/// Use cases over one order and one saga that record the commands and webhooks they get.
#[derive(Debug, Clone)]
pub(crate) struct FakeUseCases {
    order: Order,
    created: Arc<Mutex<Option<(CreateOrder, Duration)>>>,
    received: Arc<Mutex<Vec<Webhook>>>,
}

impl Default for FakeUseCases {
    fn default() -> Self {
        Self {
            order: order(),
            created: Arc::default(),
            received: Arc::default(),
        }
    }
}

impl FakeUseCases {
    pub(crate) fn with(self, order: Order) -> Self {
        Self { order, ..self }
    }

    pub(crate) fn created(&self) -> (CreateOrder, Duration) {
        let created = self.created.lock().expect("the lock is not poisoned");
        created.clone().expect("CreateOrder was called")
    }

    pub(crate) fn has_created(&self) -> bool {
        self.created
            .lock()
            .expect("the lock is not poisoned")
            .is_some()
    }
}

impl FakeUseCases {
    pub(crate) fn received(&self) -> Vec<Webhook> {
        self.received
            .lock()
            .expect("the lock is not poisoned")
            .clone()
    }
}

impl UseCases for FakeUseCases {
    async fn create_order(
        &self,
        command: CreateOrder,
        wait: Duration,
    ) -> Result<OrderReply, Error> {
        *self.created.lock().expect("the lock is not poisoned") = Some((command, wait));
        Ok(OrderReply {
            order: self.order.clone(),
            replayed: false,
            age: Duration::ZERO,
        })
    }

    async fn cancel_order(&self, command: CancelOrder, _: Duration) -> Result<OrderReply, Error> {
        if command.etag.is_some_and(|etag| etag != self.order.etag()) {
            return Err(Error::EtagMismatch);
        }
        Ok(OrderReply {
            order: self.get_order(command.order_id).await?,
            replayed: false,
            age: Duration::ZERO,
        })
    }

    async fn refund_order(&self, command: RefundOrder, _: Duration) -> Result<OrderReply, Error> {
        if command.claim.is_none() && command.etag.is_none() {
            return Err(Error::KeyRequired);
        }
        Ok(OrderReply {
            order: self.get_order(command.order_id).await?,
            replayed: false,
            age: Duration::ZERO,
        })
    }

    async fn get_order(&self, order_id: OrderId) -> Result<Order, Error> {
        if order_id == self.order.order_id {
            Ok(self.order.clone())
        } else {
            Err(Error::NotFound(Missing::Order))
        }
    }

    async fn watch_order(
        &self,
        order_id: OrderId,
    ) -> Result<BoxStream<'static, Result<Order, Error>>, Error> {
        let now = self.get_order(order_id).await?;
        Ok(stream::iter([Ok(now)]).boxed())
    }

    async fn list_orders(&self, _: &OrderFilter, page: PageRequest) -> Result<Page<Order>, Error> {
        let (order_id, create_time) = (self.order.order_id.uuid(), self.order.create_time);
        let cursor = Cursor {
            create_time,
            id: order_id,
        };
        Ok(match page.after {
            None => Page {
                items: vec![self.order.clone()],
                next: Some(cursor),
            },
            Some(after) => {
                assert_eq!(after, cursor);
                Page {
                    items: Vec::new(),
                    next: None,
                }
            }
        })
    }

    async fn get_saga(&self, saga_id: SagaId) -> Result<(Saga, Vec<HistoryEntry>), Error> {
        if saga_id == saga().saga_id {
            Ok((saga(), Vec::new()))
        } else {
            Err(Error::NotFound(Missing::Saga))
        }
    }

    async fn operate_saga(&self, command: Operate) -> Result<SagaReply, Error> {
        let (mut saga, history) = self.get_saga(command.saga_id).await?;
        saga.state = match command.operation {
            Operation::Retry => SagaState::Running,
            Operation::Compensate => return Err(Error::SagaState("past its pivot".into())),
            Operation::Resolve(_) => SagaState::Completed,
        };
        Ok(SagaReply {
            saga,
            history,
            replayed: false,
            age: Duration::ZERO,
        })
    }

    async fn list_sagas(&self, _: &SagaFilter, _: PageRequest) -> Result<Page<Saga>, Error> {
        Ok(Page {
            items: vec![saga()],
            next: None,
        })
    }

    async fn watch_sagas(
        &self,
        _: SagaFilter,
    ) -> Result<BoxStream<'static, Result<Saga, Error>>, Error> {
        Ok(stream::iter([Ok(saga())]).boxed())
    }

    async fn receive_payment_webhook(&self, webhook: Webhook) -> Result<(), Error> {
        self.received
            .lock()
            .expect("the lock is not poisoned")
            .push(webhook);
        Ok(())
    }

    async fn list_deliveries(
        &self,
        _: &DeliveryFilter,
        _: PageRequest,
    ) -> Result<Page<Delivery>, Error> {
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }

    async fn retry_delivery(
        &self,
        _: DeliveryId,
        _: Option<Claim>,
    ) -> Result<(Delivery, bool), Error> {
        Err(Error::NotFound(Missing::Delivery))
    }

    async fn list_ledger_entries(
        &self,
        _: &LedgerFilter,
        _: PageRequest,
    ) -> Result<Page<LedgerEntry>, Error> {
        Ok(Page {
            items: Vec::new(),
            next: None,
        })
    }

    async fn get_balances(&self, _: &OrganizationId) -> Result<Vec<Balance>, Error> {
        Ok(Vec::new())
    }
}
