//! The turn's order of effects: what is yielded again, what is read again, and what becomes of a late answer.

use super::*;
use crate::domain::{CommitId, Guard, HoldState, OrderState, PaymentState, Secret};
use crate::plans::Catalog;
use crate::rpc::tests::samples;
use crate::saga::machine::Intervention;
use crate::saga::machine::tests::bench::{Bench, Counted, hold, payment, refusal, unknown};
use crate::saga::plan::Settlement;

fn next(turn: &mut Turn<'_>, bench: &Bench) -> Effect {
    let token = Secret::new("tok".into());
    turn.next(&mut Moment {
        now: bench.now,
        owner: &bench.owner,
        token: Some(&token),
        source: &mut Counted::at(turn.saga().version),
    })
}

/// A turn of the saga on the bench, whose call was answered so, and the commit of that answer.
fn answered<'a>(
    bench: &'a Bench,
    plans: &'a Catalog,
    answer: Result<Answer, CallError>,
) -> (Turn<'a>, Commit) {
    let machine = Machine::new(&bench.plan, &bench.policy, plans);
    let mut turn = Turn::new(machine, bench.saga.clone(), bench.order.clone());
    let Effect::Call { place, .. } = next(&mut turn, bench) else {
        panic!("a call is made");
    };
    assert_eq!(place.kind, bench.saga.kind);
    turn.resume(Event::Answered(answer));
    assert!(turn.holds_answer());
    let commit = committed(&mut turn, bench);
    (turn, commit)
}

fn committed(turn: &mut Turn<'_>, bench: &Bench) -> Commit {
    let Effect::Commit { commit, place } = next(turn, bench) else {
        panic!("it writes");
    };
    assert!(place.is_some(), "it records an answer");
    *commit
}

fn loaded(bench: &Bench) -> Event {
    Event::Loaded(Some(Box::new((bench.saga.clone(), bench.order.clone()))))
}

#[test]
fn a_commit_in_doubt_is_yielded_again_identically() {
    let (bench, plans) = (Bench::held(), Catalog::all());
    let (mut turn, first) = answered(&bench, &plans, Ok(payment(PaymentState::Authorized)));
    turn.resume(Event::InDoubt);
    assert!(turn.holds_answer());
    assert_eq!(committed(&mut turn, &bench), first);
    turn.resume(Event::Committed(Outcome::Applied));
    assert!(!turn.holds_answer());
    assert_eq!(turn.saga(), &first.saga);
    assert!(matches!(next(&mut turn, &bench), Effect::Call { .. }));
}

#[test]
fn a_stale_answer_is_applied_to_the_saga_as_it_is_now() {
    let (mut bench, plans) = (Bench::held(), Catalog::all());
    let before = bench.saga.version;
    let saw = Bench::held();
    let (mut turn, _) = answered(&saw, &plans, Ok(payment(PaymentState::RequiresAction)));
    bench.cancels();
    turn.resume(Event::Committed(Outcome::Stale));
    assert!(matches!(next(&mut turn, &bench), Effect::Load(_)));
    turn.resume(loaded(&bench));
    let commit = committed(&mut turn, &bench);
    assert_eq!(commit.guard.seen_version(), Some(before + 1));
    assert_eq!(commit.saga.state, SagaState::Compensating, "it turns back");
}

#[test]
fn an_answer_of_a_replica_that_lost_its_lease_is_left_to_the_new_owner() {
    let (mut bench, plans) = (Bench::held(), Catalog::all());
    let saw = Bench::held();
    let (mut turn, _) = answered(&saw, &plans, Ok(payment(PaymentState::Authorized)));
    bench.saga.epoch += 1;
    turn.resume(Event::Committed(Outcome::Fenced));
    assert!(matches!(next(&mut turn, &bench), Effect::Load(_)));
    turn.resume(loaded(&bench));
    assert!(matches!(
        next(&mut turn, &bench),
        Effect::Done(Done::Fenced)
    ));
}

/// A booking at its void, and the same booking after a person ended it as FAILED.
fn stuck_and_resolved() -> (Bench, Bench) {
    let at_the_void = || {
        let mut bench = Bench::booked();
        for _ in 0..3 {
            bench.passes(std::time::Duration::from_secs(60));
            bench.answered(Err(unknown()));
        }
        bench
    };
    let mut resolved = at_the_void();
    resolved.saga.epoch += 1;
    resolved.answered(Err(refusal()));
    let (Answer::Payment(payment), Answer::Hold(hold)) =
        (payment(PaymentState::Voided), hold(HoldState::Released))
    else {
        panic!("they are");
    };
    let settlement = Settlement {
        order_state: OrderState::Failed,
        payment,
        hold,
    };
    let resolve = Intervention::Resolve(Box::new(settlement));
    resolved.intervenes(&resolve).expect("it agrees");
    assert!(resolved.saga.state.has_ended());
    (at_the_void(), resolved)
}

#[test]
fn an_answer_that_arrives_after_a_person_ended_the_saga_is_recorded_and_looked_into() {
    let (before, resolved) = stuck_and_resolved();
    let plans = Catalog::all();
    for (answer, follows_up) in [
        (Ok(payment(PaymentState::Captured)), true),
        (Ok(payment(PaymentState::Voided)), false),
        (Err(unknown()), true),
        (Err(refusal()), false),
    ] {
        let (mut turn, _) = answered(&before, &plans, answer.clone());
        turn.resume(Event::Committed(Outcome::Fenced));
        assert!(matches!(next(&mut turn, &resolved), Effect::Load(_)));
        turn.resume(loaded(&resolved));
        let commit = committed(&mut turn, &resolved);
        assert_eq!(
            commit.history[0].event,
            crate::domain::Event::AnsweredAfterEnd,
            "{answer:?}"
        );
        assert_eq!(commit.saga.state, resolved.saga.state, "the end stays");
        assert!(commit.order.is_none() && commit.ledger.is_empty());
        let successor = commit.successor.as_ref();
        assert_eq!(successor.is_some(), follows_up, "{answer:?}");
        if let Some(successor) = successor {
            assert_eq!(successor.saga.kind, "return_payment");
        }
        turn.resume(Event::Committed(Outcome::Applied));
        assert!(matches!(
            next(&mut turn, &resolved),
            Effect::Done(Done::Ended)
        ));
    }
}

#[test]
fn only_a_saga_that_would_wait_looks_at_once() {
    for state in SagaState::ALL {
        let mut saga = samples::saga();
        let later = saga.update_time.plus(std::time::Duration::from_secs(9));
        saga.state = *state;
        saga.due_time = (!state.is_at_rest()).then_some(later);
        let (at_once, before) = (saga.update_time, saga.due_time);
        let mut commit = Commit {
            commit_id: CommitId::generate(),
            guard: Guard::StepIn { version: 1 },
            saga,
            order: None,
            history: Vec::new(),
            ledger: Vec::new(),
            outbox: Vec::new(),
            key: None,
            successor: None,
        };
        look_at_once(
            &mut commit,
            &Moment {
                now: at_once,
                owner: &"x".parse().expect("visible ASCII"),
                token: None,
                source: &mut Counted::at(1),
            },
        );
        let waits = *state == SagaState::Waiting;
        let expected = if waits { Some(at_once) } else { before };
        assert_eq!(commit.saga.due_time, expected, "{state:?}");
    }
}

fn ended_with(bench: &mut Bench, state: OrderState, pay: Answer, hold_state: HoldState) {
    let (Answer::Payment(payment), Answer::Hold(hold)) = (pay, hold(hold_state)) else {
        panic!("they are");
    };
    let settlement = Settlement {
        order_state: state,
        payment,
        hold,
    };
    let resolve = Intervention::Resolve(Box::new(settlement));
    bench.intervenes(&resolve).expect("it agrees");
    assert!(bench.saga.state.has_ended());
}

fn late(before: &Bench, resolved: &Bench, answer: Result<Answer, CallError>) -> Commit {
    let plans = Catalog::all();
    let (mut turn, _) = answered(before, &plans, answer);
    turn.resume(Event::Committed(Outcome::Fenced));
    assert!(matches!(next(&mut turn, resolved), Effect::Load(_)));
    turn.resume(loaded(resolved));
    committed(&mut turn, resolved)
}

/// A free booking is cancelled while it is confirmed; CancelBooking is in flight at the first replica.
#[test]
fn a_late_undo_that_frees_the_seats_of_a_confirmed_order_needs_a_person() {
    let at_the_undo = || {
        let mut bench = Bench::new();
        let seats = bench
            .order
            .tickets
            .iter()
            .map(|ticket| crate::domain::HeldSeat {
                seat_id: ticket.seat_id.to_string(),
                seat_label: "Seat".into(),
                price: Some(crate::saga::machine::tests::bench::usd(0)),
            });
        let answer = Answer::Held {
            hold_id: "hold-1".into(),
            expire_time: Some(bench.now.plus(std::time::Duration::from_secs(100_000))),
            seats: seats.collect(),
        };
        bench.answered(Ok(answer));
        let (purpose, call) = bench.calls();
        assert!(matches!(call, Call::ConfirmBooking { .. }), "{call:?}");
        bench.cancels();
        let tickets = bench.order.tickets.iter();
        let tickets = tickets.map(|ticket| (ticket.seat_id.to_string(), "t-1".into()));
        let answer = Answer::Booking {
            booking_id: "booking-1".into(),
            tickets: tickets.collect(),
        };
        bench.hears_of(purpose, Ok(answer));
        let (_, call) = bench.calls();
        assert!(matches!(call, Call::CancelBooking { .. }), "{call:?}");
        bench
    };
    let before = at_the_undo();
    let mut resolved = at_the_undo();
    resolved.saga.epoch += 1;
    resolved.answered(Err(refusal()));
    assert_eq!(resolved.saga.state, SagaState::NeedsAttention);
    let nothing = Answer::Payment(crate::domain::PaymentView {
        payment_id: String::new(),
        state: PaymentState::Pending,
        amount: None,
        captured: None,
        refunded: None,
        redirect_url: String::new(),
        decline_code: String::new(),
    });
    ended_with(
        &mut resolved,
        OrderState::Confirmed,
        nothing,
        HoldState::Booked,
    );
    assert_eq!(resolved.order.state, OrderState::Confirmed);
    let mut silent = Vec::new();
    for answer in [
        Ok(Answer::Booking {
            booking_id: "booking-1".into(),
            tickets: Vec::new(),
        }),
        Err(unknown()),
    ] {
        let commit = late(&before, &resolved, answer.clone());
        if commit.successor.is_none() {
            silent.push((answer, commit.history[0].detail.clone()));
        }
    }
    assert!(silent.is_empty(), "no person looks: {silent:?}");
}

/// ConfirmBooking is in flight at the first replica; the second finds the margin passed, so that the step is FAILED
/// without an answer.
#[test]
fn a_late_confirm_whose_step_failed_without_an_answer_needs_a_person() {
    let at_the_confirm = || {
        let mut bench = Bench::held();
        bench.answered(Ok(payment(PaymentState::Authorized)));
        let (_, call) = bench.calls();
        assert!(matches!(call, Call::ConfirmBooking { .. }), "{call:?}");
        bench
    };
    let before = at_the_confirm();
    let mut resolved = at_the_confirm();
    resolved.saga.epoch += 1;
    resolved.passes(std::time::Duration::from_secs(99_995));
    let (_, call) = resolved.calls();
    assert!(matches!(call, Call::CancelBooking { .. }), "{call:?}");
    resolved.answered(Err(refusal()));
    assert_eq!(resolved.saga.state, SagaState::NeedsAttention);
    ended_with(
        &mut resolved,
        OrderState::Failed,
        payment(PaymentState::Voided),
        HoldState::Expired,
    );
    let seats = before.order.tickets.iter();
    let seats = seats
        .map(|t| (t.seat_id.to_string(), "t-1".to_owned()))
        .collect();
    let mut silent = Vec::new();
    for answer in [
        Ok(Answer::Booking {
            booking_id: "booking-1".into(),
            tickets: seats,
        }),
        Err(unknown()),
    ] {
        let commit = late(&before, &resolved, answer.clone());
        if commit.successor.is_none() {
            silent.push((answer, commit.history[0].detail.clone()));
        }
    }
    assert!(silent.is_empty(), "no person looks: {silent:?}");
}

#[test]
fn a_saga_that_looks_at_once_keeps_its_lease() {
    let (mut bench, plans) = (Bench::held(), Catalog::all());
    let saw = Bench::held();
    let (mut turn, _) = answered(&saw, &plans, Ok(payment(PaymentState::RequiresAction)));
    bench.saga.version += 1; // a hint
    turn.resume(Event::Committed(Outcome::Stale));
    assert!(matches!(next(&mut turn, &bench), Effect::Load(_)));
    turn.resume(loaded(&bench));
    let commit = committed(&mut turn, &bench);
    assert_eq!(commit.saga.state, SagaState::Waiting);
    turn.resume(Event::Committed(Outcome::Applied));
    let effect = next(&mut turn, &bench);
    let calls = matches!(effect, Effect::Call { .. });
    assert!(
        !calls || commit.saga.owner.is_some(),
        "a call is made and the lease was given up"
    );
}
