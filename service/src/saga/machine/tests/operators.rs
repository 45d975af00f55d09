//! What an operator may do, by where the saga stands.

use std::time::Duration;

use crate::domain::{
    Account, Answer, Direction, HoldState, HoldView, OrderState, PaymentState, PaymentView,
    RefundState, RefundView, SagaState, Way,
};
use crate::saga::machine::tests::bench::{Bench, hold, payment, refusal, unknown, usd};
use crate::saga::machine::{Intervention, Purpose};
use crate::saga::plan::Settlement;

pub(super) fn settled(
    order_state: OrderState,
    state: PaymentState,
    (captured, refunded): (i64, i64),
    hold: HoldState,
) -> Intervention {
    Intervention::Resolve(Box::new(Settlement {
        order_state,
        payment: PaymentView {
            payment_id: "pay-1".into(),
            state,
            amount: Some(usd(5_000)),
            captured: Some(usd(captured)),
            refunded: Some(usd(refunded)),
            redirect_url: String::new(),
            decline_code: String::new(),
        },
        hold: HoldView {
            hold_id: "hold-1".into(),
            is_bound: true,
            state: hold,
            seat_ids: Vec::new(),
        },
    }))
}

/// Its capture was never heard of, and its void is refused.
fn stuck_at_the_void() -> Bench {
    let mut bench = Bench::booked();
    for _ in 0..3 {
        bench.passes(Duration::from_secs(60));
        bench.answered(Err(unknown()));
    }
    assert_eq!(bench.saga.way, Way::Backward);
    bench.answered(Err(refusal()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    bench
}

#[test]
fn a_saga_that_is_asked_to_unwind_turns_back_before_its_next_call() {
    let mut bench = Bench::held();
    bench
        .intervenes(&Intervention::Compensate)
        .expect("allowed");
    assert_eq!(bench.saga.way, Way::Forward, "whoever drives it turns it");
    let again = bench.intervenes(&Intervention::Compensate);
    assert!(again.is_err(), "it is asked already");
    let (purpose, _) = bench.calls();
    assert_eq!((purpose, bench.saga.way), (Purpose::Undo, Way::Backward));
    bench.answered(Ok(payment(PaymentState::Voided)));
    bench.answered(Ok(hold(HoldState::Released)));
    assert_eq!(bench.saga.state, SagaState::Compensated);
    assert_eq!(bench.order.state, OrderState::Failed);
}

#[test]
fn an_answer_that_comes_after_the_wish_to_unwind_is_undone_too() {
    let mut bench = Bench::held();
    let (purpose, _) = bench.calls();
    assert_eq!(purpose, Purpose::Act);
    // While the call is under way.
    bench
        .intervenes(&Intervention::Compensate)
        .expect("allowed");
    bench.hears_of(purpose, Ok(payment(PaymentState::RequiresAction)));
    assert_eq!(bench.saga.way, Way::Backward);
    assert_eq!(
        bench.order.state,
        OrderState::Pending,
        "no buyer is waited for"
    );
}

#[test]
fn nothing_unwinds_from_the_sending_of_the_capture_on() {
    let mut bench = Bench::booked();
    let why = bench.intervenes(&Intervention::Compensate);
    let why = why.expect_err("the capture is named");
    assert!(why.contains("capture_payment"), "{why}");
    bench.answered(Ok(payment(PaymentState::Pending)));
    assert!(bench.intervenes(&Intervention::Compensate).is_err());
    bench.passes(Duration::from_secs(60));
    bench.answered(Ok(payment(PaymentState::Captured)));
    let why = bench.intervenes(&Intervention::Compensate);
    assert!(why.expect_err("it has ended").contains("COMPLETED"));
}

#[test]
fn a_retry_is_for_those_that_stand_or_pause() {
    let mut bench = Bench::held();
    let why = bench.intervenes(&Intervention::Retry);
    assert!(
        why.expect_err("its call is under way")
            .contains("under way")
    );
    bench.answered(Err(unknown()));
    bench.intervenes(&Intervention::Retry).expect("it pauses");
    assert_eq!(bench.saga.due_time, Some(bench.now));
    let mut bench = stuck_at_the_void();
    bench.intervenes(&Intervention::Retry).expect("it stands");
    assert_eq!(bench.saga.state, SagaState::Compensating);
    let failure = bench.saga.failure.clone().expect("it unwinds still");
    assert_eq!((failure.stopped_by, failure.next_moves.len()), (None, 0));
    bench.answered(Ok(payment(PaymentState::Voided)));
    assert_eq!(bench.saga.cursor, 2, "it goes on undoing");
}

#[test]
fn only_what_stands_still_is_resolved() {
    let mut bench = Bench::held();
    let end = settled(
        OrderState::Failed,
        PaymentState::Voided,
        (0, 0),
        HoldState::Released,
    );
    let why = bench.intervenes(&end).expect_err("it goes on by itself");
    assert!(why.contains("RUNNING"), "{why}");
}

#[test]
fn an_order_is_resolved_to_what_the_participants_say_and_to_nothing_else() {
    use HoldState::{Booked, Held, Released};
    use OrderState::{Cancelled, Confirmed, Failed};
    use PaymentState::{Authorized, Captured, PartiallyRefunded, Refunded, Voided};
    for (state, payment, moved, hold, contradiction) in [
        (Confirmed, Captured, (5_000, 0), Booked, None),
        (Confirmed, Captured, (5_000, 0), Released, Some("RELEASED")),
        (Confirmed, Captured, (4_000, 0), Booked, Some("40.00")),
        (Confirmed, Voided, (0, 0), Booked, Some("VOIDED")),
        (
            Confirmed,
            Refunded,
            (5_000, 5_000),
            Booked,
            Some("REFUNDED"),
        ),
        (Failed, Voided, (0, 0), Released, None),
        (Failed, Refunded, (5_000, 5_000), Released, None),
        (Cancelled, Refunded, (5_000, 5_000), Released, None),
        (Failed, Voided, (0, 0), Held, Some("HELD")),
        (Cancelled, Voided, (0, 0), Booked, Some("BOOKED")),
        (Failed, Authorized, (0, 0), Released, Some("AUTHORIZED")),
        (Failed, Captured, (5_000, 0), Released, Some("CAPTURED")),
        (
            Cancelled,
            PartiallyRefunded,
            (5_000, 1_000),
            Released,
            Some("PARTIALLY_REFUNDED"),
        ),
    ] {
        let mut bench = stuck_at_the_void();
        let case = format!("{state:?} {payment:?} {moved:?} {hold:?}");
        let resolved = bench.intervenes(&settled(state, payment, moved, hold));
        match contradiction {
            None => {
                resolved.unwrap_or_else(|why| panic!("{case}: {why}"));
                assert_eq!(bench.order.state, state, "{case}");
                assert!(bench.saga.state.has_ended(), "{case}");
                assert_eq!(bench.saga.sealed_token, None, "{case}");
            }
            Some(told) => {
                let why = resolved.expect_err(&case);
                assert!(why.contains(told), "{case}: {why}");
                assert_eq!(bench.saga.state, SagaState::NeedsAttention, "{case}");
            }
        }
    }
}

#[test]
fn the_books_tell_money_that_came_and_went_while_nobody_looked() {
    let mut bench = stuck_at_the_void();
    let returned = settled(
        OrderState::Failed,
        PaymentState::Refunded,
        (5_000, 5_000),
        HoldState::Released,
    );
    bench.intervenes(&returned).expect("it was settled so");
    let kinds: Vec<_> = bench.ledger.iter().map(|entry| &*entry.kind).collect();
    assert_eq!(
        kinds,
        [
            "unasked_capture",
            "unasked_capture",
            "unasked_capture_returned",
            "unasked_capture_returned"
        ]
    );
    assert_eq!(bench.order.refunded, Some(usd(5_000)));
    assert_eq!(
        bench.order.returned(),
        Some(usd(5_000)),
        "the order lists it, so that no later saga returns it again"
    );
}

#[test]
fn money_that_was_to_be_returned_and_stayed_is_the_sales() {
    let mut bench = Bench::booked();
    // Less was captured than asked for: it is too late to void, and the refund is refused. The provider takes the rest.
    let Answer::Payment(mut less) = payment(PaymentState::Captured) else {
        panic!("a payment is answered");
    };
    less.captured = Some(usd(4_000));
    bench.answered(Ok(Answer::Payment(less.clone())));
    bench.answered(Ok(Answer::Payment(less)));
    bench.answered(Err(refusal()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    let kept = settled(
        OrderState::Confirmed,
        PaymentState::Captured,
        (5_000, 0),
        HoldState::Booked,
    );
    bench.intervenes(&kept).expect("it was settled so");
    assert_eq!(bench.order.state, OrderState::Confirmed);
    let suspense = bench
        .ledger
        .iter()
        .filter(|entry| entry.account == Account::Suspense)
        .map(|entry| match entry.direction {
            Direction::Debit => entry.amount.minor,
            Direction::Credit => -entry.amount.minor,
        });
    assert_eq!(suspense.sum::<i64>(), 0, "{:?}", bench.ledger);
}

#[test]
fn a_cancel_that_meets_a_capture_completes_the_booking_and_leaves_the_rest_to_its_successor() {
    let mut bench = Bench::booked();
    bench.cancels();
    bench.answered(Ok(payment(PaymentState::Captured)));
    assert_eq!(bench.saga.state, SagaState::Completed);
    assert_eq!(bench.order.state, OrderState::Cancelling);
    assert_eq!(bench.order.captured, Some(usd(5_000)));
}

#[test]
fn a_person_who_confirms_has_decided_of_the_cancel_too() {
    let mut bench = stuck_at_the_void();
    bench.cancels();
    assert_eq!(bench.order.state, OrderState::Cancelling);
    let booked = settled(
        OrderState::Confirmed,
        PaymentState::Captured,
        (5_000, 0),
        HoldState::Booked,
    );
    bench.intervenes(&booked).expect("it is booked and paid");
    assert_eq!(bench.order.state, OrderState::Confirmed);
}

#[test]
fn money_that_the_books_have_is_not_resolved_away() {
    let mut bench = stuck_at_the_void();
    bench.intervenes(&Intervention::Retry).expect("it stands");
    bench.answered(Ok(captured(4_999)));
    bench.answered(Err(refusal()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    let nothing = settled(
        OrderState::Failed,
        PaymentState::Voided,
        (0, 0),
        HoldState::Released,
    );
    let why = bench.intervenes(&nothing).expect_err("4999 were captured");
    assert!(why.contains("nothing was captured"), "{why}");
    let returned = settled(
        OrderState::Failed,
        PaymentState::Refunded,
        (4_999, 4_999),
        HoldState::Released,
    );
    bench.intervenes(&returned).expect("all of it is back");
    assert_eq!(bench.order.refunded, bench.order.captured);
}

#[test]
fn more_money_than_the_books_had_and_returned_is_not_resolved_away() {
    let mut bench = stuck_at_the_void();
    bench.intervenes(&Intervention::Retry).expect("it stands");
    bench.answered(Ok(captured(4_999)));
    let returned = RefundView {
        state: RefundState::Succeeded,
        amount: Some(usd(4_999)),
    };
    bench.answered(Ok(Answer::Refund(returned)));
    bench.answered(Err(refusal()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    assert_eq!(bench.order.refunded, Some(usd(4_999)));
    let (all, free) = (PaymentState::Refunded, HoldState::Released);
    let more = settled(OrderState::Failed, all, (5_999, 5_999), free);
    let why = bench.intervenes(&more).expect_err("the books had less");
    assert!(why.contains("59.99 USD was captured"), "{why}");
    let before = bench.ledger.len();
    let same = settled(OrderState::Failed, all, (4_999, 4_999), free);
    bench.intervenes(&same).expect("it is as the books have it");
    assert_eq!(bench.ledger.len(), before, "nothing is posted twice");
}

#[test]
fn a_payment_without_a_name_is_neither_refunded_nor_forgotten() {
    let mut bench = Bench::held();
    bench.answered(Err(refusal()));
    for _ in 0..2 {
        let Answer::Payment(payment) = captured(1) else {
            panic!("it is one");
        };
        let nameless = PaymentView {
            payment_id: String::new(),
            ..payment
        };
        bench.passes(Duration::from_secs(60));
        bench.answered(Ok(Answer::Payment(nameless)));
    }
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    assert!(bench.order.refunds.is_empty() && bench.ledger.is_empty());
}

/// Captured, of this amount.
pub(super) fn captured(minor: i64) -> Answer {
    let Answer::Payment(payment) = payment(PaymentState::Captured) else {
        panic!("it is one");
    };
    Answer::Payment(PaymentView {
        captured: Some(usd(minor)),
        ..payment
    })
}

#[test]
fn a_capture_that_a_cancel_met_reaches_the_ledger_when_a_person_ends_the_booking() {
    let mut bench = Bench::booked();
    let (purpose, _) = bench.calls();
    bench.cancels();
    bench.hears_of(purpose, Ok(payment(PaymentState::Captured)));
    assert!(bench.ledger.is_empty(), "nothing is posted yet");
    assert_eq!(
        bench.order.captured.filter(|money| !money.is_zero()),
        None,
        "the order has no amount that the ledger lacks"
    );
    bench.answered(Err(refusal()));
    assert_eq!(bench.saga.state, SagaState::NeedsAttention);
    let returned = settled(
        OrderState::Cancelled,
        PaymentState::Refunded,
        (5_000, 5_000),
        HoldState::Released,
    );
    bench.intervenes(&returned).expect("it was settled so");
    let suspense = bench.ledger.iter();
    let suspense = suspense.filter(|entry| entry.account == Account::Suspense);
    assert_eq!(suspense.count(), 2, "in and out: {:?}", bench.ledger);
}
