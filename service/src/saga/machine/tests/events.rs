//! Any sequence of events, for every plan: answers that are good, lost, refused or nonsense, time that passes, cancels and
//! operators. Whatever comes, what must be true after every transition is; and in the end every saga ends, or says what is
//! left to a person.

mod answers;
mod invariants;

use std::time::Duration;

use proptest::prelude::*;

use crate::domain::{Order, OrderState, PaymentState, RefundState, SagaState, Tariff};
use crate::plans::{cancel_order, refund_order, return_payment};
use crate::saga::machine::tests::bench::{Bench, SAGA, usd};
use crate::saga::machine::tests::samples;
use crate::saga::machine::{Decision, Intervention};
use answers::{Reply, good, reply, settlement};
use invariants::Watch;

/// Sequences for each plan.
const CASES: u32 = 256;
/// Events in one sequence at the most.
const EVENTS_MAX: usize = 40;
/// Writes one after the other, without a call, a pause or an end: more would never end.
const WRITES_MAX: usize = 16;
/// Good answers that any saga can end with.
const ANSWERS_MAX: usize = 64;

/// What may happen to a saga.
#[derive(Debug, Clone)]
enum Event {
    /// The next call, and its answer.
    Call(Reply),
    /// Time.
    Passes(Duration),
    /// The user cancels, where the service lets it through.
    Cancel,
    /// An operator acts, or is refused.
    Operator(Intervention),
}

fn event() -> impl Strategy<Value = Event> {
    let act = prop_oneof![
        Just(Intervention::Retry),
        Just(Intervention::Compensate),
        settlement().prop_map(|settlement| Intervention::Resolve(Box::new(settlement))),
    ];
    prop_oneof![
        12 => reply().prop_map(Event::Call),
        2 => (0..100_000_u64).prop_map(|secs| Event::Passes(Duration::from_secs(secs))),
        1 => Just(Event::Cancel),
        2 => act.prop_map(Event::Operator),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..EVENTS_MAX)
}

/// A confirmed order of two seats at 50 USD.
fn confirmed() -> Order {
    let mut order = samples::order();
    let mut second = order.tickets[0].clone();
    second.seat_id = "A2".parse().expect("visible ASCII");
    second.ticket_id = Some("t-2".into());
    order.tickets.push(second);
    let charges = order.charges.as_mut().expect("it is priced");
    (charges.subtotal, charges.total) = (usd(10_000), usd(10_000));
    order.captured = Some(usd(10_000));
    order
}

fn cancel() -> Bench {
    let mut order = confirmed();
    order.state = OrderState::Cancelling;
    let payload = cancel_order::Payload {
        reason: String::new(),
    };
    let seen = Some(order.version - 1);
    Bench::of(cancel_order::plan(), order, seen, &payload)
}

/// None: money alone.
fn refund(seats: &[&str], amount: Option<i64>) -> Bench {
    let mut order = confirmed();
    let seats = seats
        .iter()
        .map(|seat| seat.parse().expect("visible ASCII"));
    let asked = refund_order::Asked {
        refund_id: uuid::Uuid::from_u128(9).into(),
        saga_id: SAGA.into(),
        amount: amount.map(usd),
        seat_ids: &seats.collect::<Vec<_>>(),
        reason: "ill",
        tariff: Tariff::default(),
        now: order.create_time,
    };
    let payload = refund_order::accept(&mut order, &asked).expect("it is good");
    let seen = Some(order.version - 1);
    Bench::of(refund_order::plan(), order, seen, &payload)
}

fn return_payment() -> Bench {
    let mut order = confirmed();
    order.state = OrderState::Expired;
    order.payment.state = PaymentState::Voided;
    (order.captured, order.refunded) = (None, None);
    for ticket in &mut order.tickets {
        ticket.state = crate::domain::TicketState::Cancelled;
    }
    let seen = Some(order.version - 1);
    Bench::of(return_payment::plan(), order, seen, &serde_json::json!({}))
}

/// Lets it all happen, then helps the saga to its end.
fn stands(mut bench: Bench, events: &[Event]) {
    let mut watch = Watch::new(&bench);
    for event in events {
        match event {
            Event::Call(reply) => calls(&mut bench, &mut watch, reply),
            Event::Passes(span) => bench.passes(*span),
            Event::Cancel if may_be_cancelled(&bench) => bench.cancels(),
            Event::Cancel => {}
            Event::Operator(act) => {
                let ended = bench.saga.state.has_ended();
                let done = bench.intervenes(act);
                assert!(!ended || done.is_err(), "{act:?} of a saga that has ended");
            }
        }
        watch.looks(&bench);
    }
    for _ in 0..ANSWERS_MAX {
        if bench.saga.state.has_ended() {
            return;
        }
        if bench.saga.state == SagaState::NeedsAttention {
            bench
                .intervenes(&Intervention::Retry)
                .expect("what stands can be retried");
        }
        calls(&mut bench, &mut watch, &Reply::Good);
    }
    // Only what a person must decide does not end by good answers and retries.
    assert_eq!(
        bench.saga.state,
        SagaState::NeedsAttention,
        "{:?}",
        bench.saga
    );
}

fn may_be_cancelled(bench: &Bench) -> bool {
    let state = bench.order.state;
    bench.saga.kind == "book_tickets"
        && matches!(state, OrderState::Pending | OrderState::AwaitingPayment)
}

/// Writes what is to be written, waits where it waits, and answers the next call.
fn calls(bench: &mut Bench, watch: &mut Watch, reply: &Reply) {
    for _ in 0..WRITES_MAX {
        let decision = bench.decides();
        assert_eq!(
            decision,
            bench.decides(),
            "it is not decided by what is durable"
        );
        match decision {
            Decision::Call { purpose, call, .. } => {
                let answer = match reply {
                    Reply::Good => Ok(good(&call, bench)),
                    Reply::Other(answer) => answer.clone(),
                };
                bench.hears_of(purpose, answer);
                watch.looks(bench);
                return;
            }
            Decision::Write(commit) => {
                bench.writes(*commit);
                watch.looks(bench);
            }
            Decision::Sleep(_) | Decision::Rest => {
                let Some(due) = bench.saga.due_time else {
                    return;
                };
                assert!(due > bench.now, "it is due, and rests: {:?}", bench.saga);
                bench.now = due;
            }
        }
    }
    // A saga that waits for another saga of the order polls without calls.
    let waits = |refund: &crate::domain::Refund| {
        refund.state == RefundState::Pending && refund.saga_id != Some(SAGA.into())
    };
    let others = bench.order.refunds.iter().any(waits);
    assert!(others, "it writes, and gets nowhere: {:?}", bench.saga);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn a_booking_stands_whatever_comes(events in events()) {
        stands(Bench::new(), &events);
    }

    #[test]
    fn a_booking_that_is_booked_stands_whatever_comes(events in events()) {
        stands(Bench::booked(), &events);
    }

    #[test]
    fn a_cancel_stands_whatever_comes(events in events()) {
        stands(cancel(), &events);
    }

    #[test]
    fn a_refund_of_money_stands_whatever_comes(events in events()) {
        stands(refund(&[], Some(1_001)), &events);
    }

    #[test]
    fn a_refund_of_a_seat_stands_whatever_comes(events in events()) {
        stands(refund(&["A1"], None), &events);
    }

    #[test]
    fn a_refund_of_the_last_seats_stands_whatever_comes(events in events()) {
        stands(refund(&["A1", "A2"], None), &events);
    }

    #[test]
    fn a_return_stands_whatever_comes(events in events()) {
        stands(return_payment(), &events);
    }
}
