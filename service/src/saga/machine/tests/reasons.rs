//! The reason of a failed order is the first cause of its failure.

use super::bench::{Bench, hold, payment, refusal, unknown, usd};
use super::operators::captured;
use crate::domain::{
    Answer, HoldState, Order, PaymentState, Reason, RefundState, RefundView, SagaState, Way,
};
use crate::saga::machine::{Decision, Intervention};

fn reason(order: &Order) -> Reason {
    let failure = order.failure.clone();
    failure.expect("the order failed").reason
}

#[test]
fn an_order_that_an_operator_unwinds_is_cancelled_by_an_operator() {
    let mut bench = Bench::held();
    let unwound = bench.intervenes(&Intervention::Compensate);
    unwound.expect("it may unwind");
    bench.answered(Ok(payment(PaymentState::Voided)));
    bench.answered(Ok(hold(HoldState::Released)));
    assert_eq!(bench.saga.state, SagaState::Compensated);
    assert_eq!(reason(&bench.order), Reason::CancelledByOperator);
}

#[test]
fn a_token_that_no_key_opens_is_unreadable_and_not_a_declined_card() {
    let mut bench = Bench::held();
    let decision = bench.decides_with(None);
    let Decision::Write(commit) = decision else {
        panic!("{decision:?}");
    };
    bench.writes(*commit);
    assert_eq!(bench.saga.way, Way::Backward);
    bench.answered(Ok(payment(PaymentState::Voided)));
    bench.answered(Ok(hold(HoldState::Released)));
    assert_eq!(reason(&bench.order), Reason::PaymentTokenUnreadable);
}

#[test]
fn a_lost_capture_of_another_amount_is_a_mismatch() {
    let mut bench = Bench::booked();
    for _ in 0..3 {
        bench.passes(std::time::Duration::from_secs(60));
        bench.answered(Err(unknown()));
    }
    let why = bench.saga.failure.clone().expect("it turned back");
    assert_eq!(why.reason, Reason::ParticipantUnavailable);
    bench.answered(Ok(captured(4_999)));
    bench.answered(Ok(Answer::Refund(RefundView {
        state: RefundState::Succeeded,
        amount: Some(usd(4_999)),
    })));
    bench.answered(Ok(Answer::Booking {
        booking_id: "booking-1".into(),
        tickets: Vec::new(),
    }));
    bench.answered(Ok(captured(4_999)));
    bench.answered(Ok(hold(HoldState::Released)));
    assert_eq!(bench.saga.state, SagaState::Compensated);
    assert_eq!(reason(&bench.order), Reason::PaymentMismatch);
    assert_eq!(bench.order.refunded, bench.order.captured);
    let mut refused = Bench::booked();
    refused.answered(Err(refusal()));
    refused.answered(Ok(payment(PaymentState::Authorized)));
    let why = refused.saga.failure.clone().expect("it turned back");
    assert_eq!(why.reason, Reason::PaymentDeclined);
}
