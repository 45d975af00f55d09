//! One replica with an engine over the store of a bench, and the bookings that tests begin on it.

use std::time::Duration;

use crate::domain::{
    Order, OrderId, OrderState, PaymentState, ReplicaId, Saga, SagaId, SagaPayload, Secret,
    TicketState,
};
use crate::engine::tests::participants::Willing;
use crate::engine::{Beginning, Begun, Engine, Parts};
use crate::plans::Catalog;
use crate::plans::book_tickets::{KIND, Payload};
use crate::rpc::tests::samples;
use crate::saga::{Definition, Policy, Start};
use crate::store::Store;
use crate::store::journal::Journal as _;
use crate::store::tests::bench::Bench;

const LEASE: Duration = Duration::from_secs(1);
pub(super) const SOON: Duration = Duration::from_secs(30);

/// A replica that knows these plans.
pub(super) struct Replica {
    pub(super) store: Store,
    pub(super) engine: Engine<Store, Willing>,
    pub(super) participants: Willing,
}

impl Replica {
    pub(super) async fn knowing(bench: &Bench, name: &str, plans: Vec<Definition>) -> Self {
        let store = bench.another(LEASE).await;
        let participants = Willing::default();
        let engine = Engine::new(Parts {
            journal: store.clone(),
            participants: participants.clone(),
            catalog: Catalog::of(plans),
            open_token: Box::new(|_, sealed| Some(Secret::new(sealed.to_owned()))),
            policy: Policy {
                step_attempts: 1_000,
                step_deadline: Duration::from_secs(1),
                compensation_attempts: 1_000,
                capture_margin: Duration::from_secs(1),
                lease: LEASE,
                attention_interval: Duration::from_secs(900),
            },
            delivery_attempts: 10,
            owner: name.parse::<ReplicaId>().expect("visible ASCII"),
            sagas_max: 16,
        });
        engine.run();
        Self {
            store,
            engine,
            participants,
        }
    }

    pub(super) async fn begins(&self, version: u32) -> Order {
        let mut order = samples::order();
        order.order_id = OrderId::generate();
        order.saga_id = SagaId::generate();
        order.state = OrderState::Pending;
        order.charges = None;
        order.payment.payment_id = None;
        order.payment.state = PaymentState::Pending;
        order.hold_id = None;
        order.booking_id = None;
        for ticket in &mut order.tickets {
            ticket.state = TicketState::Held;
        }
        order.create_time = self.engine.now();
        order.version = 1;
        let payload = payload();
        let begun = self.engine.begin(Beginning {
            plan: (KIND, version),
            start: start(order.clone(), &payload),
            patience: SOON,
        });
        let begun = begun.await.expect("it is begun");
        assert!(matches!(begun, Begun::New), "{begun:?}");
        order
    }

    pub(super) async fn saga(&self, order: &Order) -> Saga {
        let found = self.store.load(order.saga_id).await.expect("it reads");
        found.expect("it is there").0
    }

    /// Waits until the saga fits, or for [`SOON`].
    pub(super) async fn until(&self, order: &Order, fits: impl Fn(&Saga) -> bool) -> Saga {
        let looking = async {
            let mut looks = tokio::time::interval(Duration::from_millis(20));
            loop {
                looks.tick().await;
                let saga = self.saga(order).await;
                if fits(&saga) {
                    return saga;
                }
            }
        };
        let found = tokio::time::timeout(SOON, looking).await;
        found.expect("the saga comes there in time")
    }
}

pub(super) fn payload() -> Payload {
    Payload {
        return_url: String::new(),
        expected_total: None,
        adopted_hold_id: None,
        tariff: crate::domain::Tariff::default(),
        booking_fees: crate::domain::BookingFees::default(),
        hold_duration_secs: 900,
    }
}

pub(super) fn start(order: Order, payload: &Payload) -> Start {
    Start {
        saga_id: order.saga_id,
        seen: None,
        order,
        payload: SagaPayload::encode(payload).expect("it serializes"),
        sealed_token: Some("tok".into()),
        key: None,
        actor: "tester".into(),
        detail: String::new(),
    }
}
