//! A replica that stops gives its leases up and takes none again, also when an answer arrives later. On both databases.

use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{
    Answer, Call, CallError, HeldSeat, Money, OrderId, OrderState, PaymentState, Request, SagaId,
    SagaPayload, Secret, Tariff, TicketState, Timestamp,
};
use crate::engine::{Beginning, Engine, Parts};
use crate::participant::Participants;
use crate::plans::Catalog;
use crate::plans::book_tickets::{KIND, Payload};
use crate::rpc::tests::samples;
use crate::saga::{Policy, Start};
use crate::store::Store;
use crate::store::journal::Journal as _;
use crate::store::tests::bench::Bench;

const SOON: Duration = Duration::from_secs(30);

/// Holds the seats once the test says so, and answers nothing else.
#[derive(Debug, Clone)]
struct Slow(watch::Receiver<bool>);

impl Participants for Slow {
    async fn call(&self, request: Request) -> Result<Answer, CallError> {
        let Call::HoldSeats { seat_ids, .. } = request.call else {
            return Err(CallError::Unknown {
                message: "no answer".into(),
            });
        };
        let mut answers = self.0.clone();
        let released = answers.wait_for(|answers| *answers).await;
        released.expect("the test holds the sender");
        let price = Money::new(5_000, "USD".parse().expect("a currency"));
        let held = |seat: &crate::domain::SeatId| HeldSeat {
            seat_id: seat.to_string(),
            seat_label: seat.to_string(),
            price: Some(price),
        };
        Ok(Answer::Held {
            hold_id: "hold-1".into(),
            expire_time: Some(Timestamp::from_micros(4_102_444_800_000_000)),
            seats: seat_ids.iter().map(held).collect(),
        })
    }
}

async fn engine(bench: &Bench, answers: watch::Receiver<bool>) -> Engine<Store, Slow> {
    let engine = Engine::new(Parts {
        journal: bench.another(Duration::from_secs(60)).await,
        participants: Slow(answers),
        catalog: Catalog::all(),
        open_token: Box::new(|_, sealed| Some(Secret::new(sealed.to_owned()))),
        policy: Policy {
            step_attempts: 5,
            step_deadline: SOON,
            compensation_attempts: 5,
            capture_margin: Duration::from_secs(1),
            lease: Duration::from_secs(60),
            attention_interval: SOON,
        },
        delivery_attempts: 1,
        owner: "stopping".parse().expect("visible ASCII"),
        sagas_max: 16,
    });
    engine.run();
    engine
}

async fn begin(engine: &Engine<Store, Slow>) -> SagaId {
    let mut order = samples::order();
    (order.order_id, order.saga_id) = (OrderId::generate(), SagaId::generate());
    order.state = OrderState::Pending;
    (order.charges, order.captured, order.refunded) = (None, None, None);
    (order.payment.payment_id, order.payment.state) = (None, PaymentState::Pending);
    (order.hold_id, order.booking_id) = (None, None);
    for ticket in &mut order.tickets {
        (ticket.state, ticket.ticket_id) = (TicketState::Held, None);
    }
    order.create_time = engine.now();
    order.version = 1;
    let saga_id = order.saga_id;
    let payload = Payload {
        return_url: String::new(),
        expected_total: None,
        adopted_hold_id: None,
        tariff: Tariff::default(),
        booking_fees: crate::domain::BookingFees::default(),
        hold_duration_secs: 900,
    };
    let begun = engine.begin(Beginning {
        plan: (KIND, 1),
        start: Start {
            saga_id,
            seen: None,
            order,
            payload: SagaPayload::encode(&payload).expect("it encodes"),
            sealed_token: None,
            key: None,
            actor: "ann".into(),
            detail: String::new(),
        },
        patience: SOON,
    });
    begun.await.expect("it begins");
    saga_id
}

async fn no_lease_is_taken_after_the_stop(bench: &Bench) {
    let (answer, answers) = watch::channel(false);
    let engine = engine(bench, answers).await;
    let saga_id = begin(&engine).await;
    let load = async || {
        let found = bench.store.load(saga_id).await.expect("it reads");
        found.expect("it exists").0
    };
    assert!(load().await.owner.is_some(), "the replica drives it");
    // The call is still under way when the leases are given up.
    engine.stop().await;
    let left = load().await;
    assert_eq!(left.owner, None);
    answer.send(true).expect("the participant waits");
    let recorded = async {
        loop {
            let now = load().await;
            if now.version > left.version {
                return now;
            }
            tokio::task::yield_now().await;
        }
    };
    let recorded = tokio::time::timeout(SOON, recorded).await;
    let recorded = recorded.expect("the answer is recorded");
    assert_eq!(recorded.owner, None, "another replica continues at once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lease_is_taken_after_the_stop_on_sqlite() {
    let bench = Bench::sqlite().await;
    no_lease_is_taken_after_the_stop(&bench).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_lease_is_taken_after_the_stop_on_postgres() {
    let bench = Bench::postgres().await;
    no_lease_is_taken_after_the_stop(&bench).await;
    bench.close().await;
}
