//! ResolveSaga of a saga that is called again: it waits for the replica, at most `STEP_DEADLINE` (rule 26). On both
//! databases.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::domain::{
    Answer, Call, CallError, HeldSeat, HoldState, HoldView, Money, Order, OrderId, OrderState,
    Outcome, PaymentState, PaymentView, Request, Saga, SagaId, SagaPayload, SagaState, Secret,
    TicketState, Timestamp,
};
use crate::engine::{Beginning, Begun, Engine, EngineError, Parts};
use crate::participant::Participants;
use crate::plans::Catalog;
use crate::plans::book_tickets::{KIND, Payload};
use crate::rpc::tests::samples;
use crate::saga::{Operator, Policy, Start};
use crate::store::Store;
use crate::store::journal::Journal as _;
use crate::store::tests::bench::Bench;

const SOON: Duration = Duration::from_secs(30);
/// How many voids are answered at once; those after them wait for the test.
const VOIDS_AT_ONCE: u32 = 2;

/// Participants that hold the seats and answer no authorization and no void.
#[derive(Debug, Clone)]
struct Unanswering {
    voids: Arc<AtomicU32>,
    hangs: watch::Receiver<bool>,
}

impl Participants for Unanswering {
    async fn call(&self, request: Request) -> Result<Answer, CallError> {
        match request.call {
            Call::HoldSeats { seat_ids, .. } => Ok(Answer::Held {
                hold_id: "hold-1".into(),
                expire_time: Some(Timestamp::from_micros(4_102_444_800_000_000)),
                seats: seat_ids
                    .iter()
                    .map(|seat| HeldSeat {
                        seat_id: seat.to_string(),
                        seat_label: seat.to_string(),
                        price: Some(Money::new(5_000, "USD".parse().expect("a currency"))),
                    })
                    .collect(),
            }),
            Call::GetPayment { .. } => Ok(Answer::Payment(PaymentView {
                payment_id: "pay-1".into(),
                state: PaymentState::Voided,
                amount: None,
                captured: None,
                refunded: None,
                redirect_url: String::new(),
                decline_code: String::new(),
            })),
            Call::GetHold { .. } => Ok(Answer::Hold(HoldView {
                hold_id: "hold-1".into(),
                is_bound: true,
                state: HoldState::Released,
                seat_ids: Vec::new(),
            })),
            Call::VoidPayment { .. } => {
                if self.voids.fetch_add(1, Ordering::SeqCst) >= VOIDS_AT_ONCE {
                    let mut hangs = self.hangs.clone();
                    let released = hangs.wait_for(|hangs| !hangs).await;
                    released.expect("the test holds the sender");
                }
                Err(unknown())
            }
            Call::AuthorizePayment { .. }
            | Call::CapturePayment { .. }
            | Call::ConfirmBooking { .. }
            | Call::ReleaseHold { .. }
            | Call::CancelBooking { .. }
            | Call::GetRefund { .. }
            | Call::RefundPayment { .. }
            | Call::SendNotification { .. }
            | Call::RecordUsage { .. } => Err(unknown()),
        }
    }
}

fn unknown() -> CallError {
    CallError::Unknown {
        message: "no answer".into(),
    }
}

async fn engine(bench: &Bench, hangs: watch::Receiver<bool>) -> Engine<Store, Unanswering> {
    let engine = Engine::new(Parts {
        journal: bench.another(Duration::from_secs(1)).await,
        participants: Unanswering {
            voids: Arc::default(),
            hangs,
        },
        catalog: Catalog::all(),
        open_token: Box::new(|_, sealed| Some(Secret::new(sealed.to_owned()))),
        policy: Policy {
            step_attempts: 1,
            step_deadline: Duration::from_millis(500),
            compensation_attempts: VOIDS_AT_ONCE,
            capture_margin: Duration::from_secs(1),
            lease: Duration::from_secs(1),
            attention_interval: Duration::from_millis(200),
        },
        delivery_attempts: 1,
        owner: "resolving".parse().expect("visible ASCII"),
        sagas_max: 16,
    });
    engine.run();
    engine
}

async fn begin(engine: &Engine<Store, Unanswering>) -> Order {
    let mut order = samples::order();
    (order.order_id, order.saga_id) = (OrderId::generate(), SagaId::generate());
    order.state = OrderState::Pending;
    (order.charges, order.captured, order.refunded) = (None, None, None);
    order.payment.payment_id = None;
    order.payment.state = PaymentState::Pending;
    (order.hold_id, order.booking_id) = (None, None);
    for ticket in &mut order.tickets {
        (ticket.state, ticket.ticket_id) = (TicketState::Held, None);
    }
    order.create_time = engine.now();
    order.version = 1;
    let payload = Payload {
        return_url: String::new(),
        expected_total: None,
        adopted_hold_id: None,
        tariff: crate::domain::Tariff::default(),
        booking_fees: crate::domain::BookingFees::default(),
        hold_duration_secs: 900,
    };
    let begun = engine.begin(Beginning {
        plan: (KIND, 1),
        start: Start {
            saga_id: order.saga_id,
            seen: None,
            order: order.clone(),
            payload: SagaPayload::encode(&payload).expect("it serializes"),
            sealed_token: Some("tok".into()),
            key: None,
            actor: "tester".into(),
            detail: String::new(),
        },
        patience: SOON,
    });
    let begun = begun.await.expect("it begins");
    assert!(matches!(begun, Begun::New), "{begun:?}");
    order
}

/// Waits until the saga fits, or for [`SOON`].
async fn until(bench: &Bench, saga_id: SagaId, fits: impl Fn(&Saga) -> bool) {
    let looking = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        loop {
            looks.tick().await;
            let found = bench.store.load(saga_id).await.expect("it reads");
            if fits(&found.expect("it is there").0) {
                return;
            }
        }
    };
    let found = tokio::time::timeout(SOON, looking).await;
    found.expect("the saga fits in time");
}

async fn a_saga_whose_call_is_in_flight_is_not_resolved_under_it(bench: &Bench) {
    let (hangs, hanging) = watch::channel(true);
    let engine = engine(bench, hanging).await;
    let order = begin(&engine).await;
    let is_called_again = |saga: &Saga| {
        let failure = saga.failure.as_ref();
        let was_stopped = failure.is_some_and(|failure| failure.stopped_by.is_some());
        saga.state == SagaState::Compensating && was_stopped
    };
    until(bench, order.saga_id, is_called_again).await;
    let operator = Operator {
        actor: "olga".into(),
        note: "settled by phone".into(),
        key: None,
    };
    let resolve =
        || Box::pin(engine.resolve(order.saga_id, OrderState::Failed, operator.clone(), SOON));
    match resolve().await {
        Err(EngineError::Refused(why)) => assert!(why.contains("try again"), "{why}"),
        other => panic!("a call is in flight: {other:?}"),
    }
    let still = bench.store.load(order.saga_id).await.expect("it reads");
    assert!(is_called_again(&still.expect("it is there").0));
    hangs.send(false).expect("the participants listen");
    let outcome = resolve().await.expect("it rests between two calls");
    assert_eq!(outcome, Outcome::Applied);
    until(bench, order.saga_id, |saga| {
        saga.state == SagaState::Compensated
    })
    .await;
    engine.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_a_saga_whose_call_is_in_flight_is_not_resolved_under_it() {
    let bench = Bench::sqlite().await;
    a_saga_whose_call_is_in_flight_is_not_resolved_under_it(&bench).await;
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_a_saga_whose_call_is_in_flight_is_not_resolved_under_it() {
    let bench = Bench::postgres().await;
    a_saga_whose_call_is_in_flight_is_not_resolved_under_it(&bench).await;
    bench.close().await;
}
