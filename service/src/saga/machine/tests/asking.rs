//! What is asked before it is tried, when waiting begins, and what is tried again by itself.

use std::time::Duration;

use crate::domain::{Call, HoldState, PaymentState, Reason, SagaState, Way};
use crate::saga::machine::Purpose;
use crate::saga::machine::tests::bench::{Bench, hold, payment, refusal, unknown};

const LONG: Duration = Duration::from_secs(3_601);

#[test]
fn a_step_that_was_first_tried_long_ago_is_asked_about_and_then_tried() {
    let mut bench = Bench::booked();
    assert_eq!(bench.calls().0, Purpose::Act, "a fresh step is tried");
    bench.passes(LONG);
    let (purpose, call) = bench.calls();
    assert_eq!(purpose, Purpose::Query);
    assert!(matches!(call, Call::GetPayment { .. }), "{call:?}");
    bench.answered(Ok(payment(PaymentState::Authorized)));
    let (purpose, call) = bench.calls();
    assert_eq!(purpose, Purpose::Act, "it is not done: it is tried");
    assert!(matches!(call, Call::CapturePayment { .. }), "{call:?}");
    bench.answered(Err(unknown()));
    bench.passes(Duration::from_secs(1));
    assert_eq!(
        bench.calls().0,
        Purpose::Query,
        "each repeat is asked about"
    );
    bench.answered(Ok(payment(PaymentState::Captured)));
    assert_eq!(bench.saga.state, SagaState::Completed, "it was done before");
}

#[test]
fn an_old_hold_is_asked_about_and_asked_for_again_for_its_prices() {
    let mut bench = Bench::new();
    bench.passes(LONG);
    let (purpose, call) = bench.calls();
    assert_eq!(purpose, Purpose::Query);
    assert!(matches!(call, Call::GetHold { .. }), "{call:?}");
    bench.answered(Ok(hold(HoldState::Held)));
    let (purpose, call) = bench.calls();
    assert_eq!(purpose, Purpose::Act);
    assert!(matches!(call, Call::HoldSeats { .. }), "{call:?}");
}

#[test]
fn an_old_hold_that_ran_out_unwinds() {
    let mut bench = Bench::new();
    bench.passes(LONG);
    bench.answered(Ok(hold(HoldState::Expired)));
    assert_eq!(bench.saga.way, Way::Backward);
    let failure = bench.saga.failure.as_ref().expect("it says why");
    assert_eq!(failure.reason, Reason::HoldExpired);
}

#[test]
fn waiting_begins_with_a_look_at_once_where_something_was_told_meanwhile() {
    for told in [false, true] {
        let mut bench = Bench::held();
        bench.passes(Duration::from_secs(1));
        bench.saga.hint_time = told.then_some(bench.now);
        bench.passes(Duration::from_secs(1));
        bench.answered(Ok(payment(PaymentState::RequiresAction)));
        assert_eq!(bench.saga.state, SagaState::Waiting);
        let at_once = bench.saga.due_time == Some(bench.now);
        assert_eq!(at_once, told);
        if told {
            bench.answered(Ok(payment(PaymentState::RequiresAction)));
            assert!(bench.saga.due_time > Some(bench.now), "and only once");
        }
    }
}

#[test]
fn what_was_told_before_the_step_began_hurries_nothing() {
    let mut bench = Bench::held();
    bench.saga.hint_time = Some(bench.now.minus(Duration::from_secs(1)));
    bench.answered(Ok(payment(PaymentState::RequiresAction)));
    assert!(bench.saga.due_time > Some(bench.now));
}

#[test]
fn an_undo_whose_outcome_stays_unknown_is_tried_every_quarter_of_an_hour_until_it_is_refused() {
    let mut bench = Bench::held();
    bench.answered(Ok(payment(PaymentState::Declined)));
    for _ in 0..2 {
        bench.passes(Duration::from_secs(60));
        bench.answered(Err(unknown()));
    }
    for _ in 0..3 {
        assert_eq!(bench.saga.state, SagaState::NeedsAttention);
        let quarter = Duration::from_secs(900);
        assert_eq!(bench.saga.due_time, Some(bench.now.plus(quarter)));
        let failure = bench.saga.failure.clone().expect("it says why");
        assert_eq!(
            failure.reason,
            Reason::PaymentDeclined,
            "the order's end stays"
        );
        let stopped = failure.stopped_by.expect("and what stopped it");
        assert_eq!(stopped.reason, Reason::CompensationUnknown);
        bench.passes(quarter);
        bench.answered(Err(unknown()));
    }
    bench.passes(Duration::from_secs(900));
    bench.answered(Err(refusal()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    assert_eq!(bench.saga.due_time, None, "never after a refusal");
}
