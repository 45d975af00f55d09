//! Two versions of one plan side by side, on both databases: each saga finishes under the version that it began with, and a
//! replica that knows only one leaves the other alone.

use std::time::Duration;

use crate::domain::{
    Answer, Call, Failure, Order, OrderId, OrderState, PaymentState, Reason, ReplicaId, Saga,
    SagaId, SagaPayload, SagaState, Secret, StepState, TicketState,
};
use crate::engine::tests::participants::Willing;
use crate::engine::{Beginning, Begun, Engine, Parts};
use crate::plans::book_tickets::{
    AuthorizePayment, CapturePayment, ConfirmBooking, HoldSeats, KIND, Payload,
};
use crate::plans::{Catalog, book_tickets};
use crate::rpc::tests::samples;
use crate::saga::{
    Act, Captured, Change, Definition, Edge, Placed, Plan, Policy, Progress, Retriable, Scene,
    Start, Step, Unreadable, Verdict,
};
use crate::store::Store;
use crate::store::journal::Journal as _;
use crate::store::tests::bench::Bench;

const LEASE: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(30);

/// The buyer was thanked.
struct Thanked;

impl Progress for Thanked {}
impl Edge<Thanked> for Captured {}

/// What version 2 does besides: a step after the pivot.
#[derive(Debug)]
struct ThankBuyer;

impl Step for ThankBuyer {
    type From = Captured;
    type To = Thanked;
}

impl Retriable for ThankBuyer {}

impl Act for ThankBuyer {
    fn name(&self) -> &'static str {
        "thank_buyer"
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        Ok(Call::SendNotification {
            notification_id: format!("{}/thanks", scene.saga.saga_id),
            organization_id: scene.order.organization_id.clone(),
            template: "thanks".into(),
            contact: scene.order.contact.clone(),
            data: Default::default(),
        })
    }

    fn judge(
        &self,
        _scene: &Scene<'_>,
        answer: &Answer,
        _change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        assert_eq!(*answer, Answer::Taken);
        Ok(Verdict::Done)
    }

    fn refusal(&self, reason: &Reason, message: &str) -> Failure {
        Failure::new(reason.clone(), message)
    }
}

fn version_2() -> Definition {
    let before = book_tickets::plan();
    Plan::<Placed>::begin(KIND, 2)
        .then(HoldSeats)
        .then(AuthorizePayment)
        .then(ConfirmBooking)
        .pivot(CapturePayment)
        .and(ThankBuyer)
        .ends(before.complete, before.unwound)
        .yielding_to_cancel()
}

/// A replica that knows these plans.
struct Replica {
    store: Store,
    engine: Engine<Store, Willing>,
    participants: Willing,
}

impl Replica {
    async fn knowing(bench: &Bench, name: &str, plans: Vec<Definition>) -> Self {
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
            delivery_attempts: 1,
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

    async fn begins(&self, version: u32) -> Order {
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

    async fn saga(&self, order: &Order) -> Saga {
        let found = self.store.load(order.saga_id).await.expect("it reads");
        found.expect("it is there").0
    }

    /// Waits until the saga fits, or for [`SOON`].
    async fn until(&self, order: &Order, fits: impl Fn(&Saga) -> bool) -> Saga {
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

fn payload() -> Payload {
    Payload {
        return_url: String::new(),
        expected_total: None,
        adopted_hold_id: None,
        tariff: crate::domain::Tariff::default(),
        booking_fees: crate::domain::BookingFees::default(),
        hold_duration_secs: 900,
    }
}

fn start(order: Order, payload: &Payload) -> Start {
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

fn names(saga: &Saga) -> Vec<&str> {
    let done = saga.steps.iter().inspect(|step| {
        assert_eq!(step.state, StepState::Succeeded, "{step:?}");
    });
    done.map(|step| step.name.as_str()).collect()
}

async fn each_saga_finishes_under_its_own_version(bench: &Bench) {
    let old = Replica::knowing(bench, "old", vec![book_tickets::plan()]).await;
    old.participants.payment_is_away(true);
    let first = old.begins(1).await;
    old.until(&first, |saga| saga.cursor == 1).await;
    old.engine.stop().await;

    let new = Replica::knowing(bench, "new", vec![book_tickets::plan(), version_2()]).await;
    let second = new.begins(2).await;
    let ended = |saga: &Saga| saga.state == SagaState::Completed;
    let of_first = new.until(&first, ended).await;
    let of_second = new.until(&second, ended).await;
    let steps = [
        "hold_seats",
        "authorize_payment",
        "confirm_booking",
        "capture_payment",
    ];
    assert_eq!(
        (names(&of_first), of_first.definition_version),
        (steps.to_vec(), 1)
    );
    let steps = [&steps[..], &["thank_buyer"]].concat();
    assert_eq!(
        (names(&of_second), of_second.definition_version),
        (steps, 2)
    );
    for order in [&first, &second] {
        let order = new.store.order(order.order_id).await.expect("it reads");
        assert_eq!(order.expect("it is there").state, OrderState::Confirmed);
    }
    new.engine.stop().await;
}

async fn a_replica_leaves_a_version_alone_that_it_does_not_know(bench: &Bench) {
    let new = Replica::knowing(bench, "new", vec![book_tickets::plan(), version_2()]).await;
    new.participants.payment_is_away(true);
    let strange = new.begins(2).await;
    new.until(&strange, |saga| saga.cursor == 1).await;
    new.engine.stop().await;
    let before = new.saga(&strange).await;

    let old = Replica::knowing(bench, "old", vec![book_tickets::plan()]).await;
    let known = old.begins(1).await;
    old.until(&known, |saga| saga.state == SagaState::Completed)
        .await;
    let refused = old.engine.begin(Beginning {
        plan: (KIND, 2),
        start: start(known, &payload()),
        patience: SOON,
    });
    refused
        .await
        .expect_err("it cannot begin what it does not know");
    assert!(!old.engine.knows(&before));
    assert_eq!(old.saga(&strange).await, before, "nobody touched it");
    old.engine.stop().await;

    let newer = Replica::knowing(bench, "newer", vec![version_2()]).await;
    let ended = newer
        .until(&strange, |saga| saga.state == SagaState::Completed)
        .await;
    assert_eq!(ended.steps.len(), 5);
    newer.engine.stop().await;
}

mod sqlite {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_saga_finishes_under_its_own_version() {
        let bench = Bench::sqlite().await;
        super::each_saga_finishes_under_its_own_version(&bench).await;
        bench.close().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_replica_leaves_a_version_alone_that_it_does_not_know() {
        let bench = Bench::sqlite().await;
        super::a_replica_leaves_a_version_alone_that_it_does_not_know(&bench).await;
        bench.close().await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_saga_finishes_under_its_own_version() {
        let bench = Bench::postgres().await;
        super::each_saga_finishes_under_its_own_version(&bench).await;
        bench.close().await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_replica_leaves_a_version_alone_that_it_does_not_know() {
        let bench = Bench::postgres().await;
        super::a_replica_leaves_a_version_alone_that_it_does_not_know(&bench).await;
        bench.close().await;
    }
}
