//! What participants answer: as asked, not at all, no, or anything that has the right shape.

use std::time::Duration;

use proptest::prelude::*;

use crate::domain::{
    Answer, Call, CallError, HeldSeat, HoldState, HoldView, Money, Order, OrderState, PaymentState,
    PaymentView, RefundState, RefundView, SeatId, Timestamp,
};
use crate::saga::Settlement;
use crate::saga::machine::tests::bench::{Bench, usd};

/// An answer to a call that is not made yet.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// What was asked is done.
    Good,
    /// Anything else.
    Other(Result<Answer, CallError>),
}

pub(super) fn reply() -> impl Strategy<Value = Reply> {
    let lost = CallError::Unknown {
        message: "lost".into(),
    };
    let refused = CallError::Refused {
        reason: "NO".into(),
        message: "no".into(),
    };
    let wrong = CallError::Invalid {
        message: "what?".into(),
    };
    prop_oneof![
        6 => Just(Reply::Good),
        2 => Just(Reply::Other(Err(lost))),
        1 => Just(Reply::Other(Err(refused))),
        1 => Just(Reply::Other(Err(wrong))),
        4 => answer().prop_map(|answer| Reply::Other(Ok(answer))),
    ]
}

/// How a person says that it was settled, which the participants may contradict.
pub(super) fn settlement() -> impl Strategy<Value = Settlement> {
    let states = prop::sample::select(OrderState::ALL);
    (states, payment(), hold()).prop_map(|(order_state, payment, hold)| Settlement {
        order_state,
        payment,
        hold,
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        1 => (name(), prop::option::of(time()), prop::collection::vec(held(), 0..3)).prop_map(
            |(hold_id, expire_time, seats)| Answer::Held {
                hold_id,
                expire_time,
                seats,
            }
        ),
        2 => hold().prop_map(Answer::Hold),
        1 => (name(), seats()).prop_map(|(booking_id, seats)| Answer::Booking {
            booking_id,
            tickets: seats.into_iter().map(|seat| (seat, "t-1".into())).collect(),
        }),
        3 => payment().prop_map(Answer::Payment),
        2 => (prop::sample::select(RefundState::ALL), money())
            .prop_map(|(state, amount)| Answer::Refund(RefundView { state, amount })),
        1 => Just(Answer::Absent),
        1 => Just(Answer::Taken),
    ]
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![String::new(), "n-1".to_owned(), "n-2".to_owned()])
}

fn time() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_000_000_i64).prop_map(Timestamp::from_micros)
}

fn seat() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["A1".to_owned(), "A2".to_owned(), "B9".to_owned()])
}

fn seats() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(seat(), 0..3)
}

fn held() -> impl Strategy<Value = HeldSeat> {
    (seat(), money()).prop_map(|(seat_id, price)| HeldSeat {
        seat_label: seat_id.clone(),
        seat_id,
        price,
    })
}

fn hold() -> impl Strategy<Value = HoldView> {
    let states = [
        HoldState::None,
        HoldState::Held,
        HoldState::Booked,
        HoldState::Released,
        HoldState::Expired,
    ];
    (name(), prop::sample::select(states.to_vec()), seats()).prop_map(
        |(hold_id, state, seat_ids)| HoldView {
            hold_id,
            is_bound: true,
            state,
            seat_ids,
        },
    )
}

/// Amounts that may be the right one, and some that never are.
fn money() -> impl Strategy<Value = Option<Money>> {
    let yen = "JPY".parse().expect("a known code");
    prop_oneof![
        4 => prop::sample::select(vec![0, 1, 1_001, 5_000, 10_000, 10_001, i64::MAX])
            .prop_map(|minor| Some(usd(minor))),
        1 => Just(Some(Money::new(5_000, yen))),
        1 => Just(None),
    ]
}

fn payment() -> impl Strategy<Value = PaymentView> {
    let states = prop::sample::select(PaymentState::ALL);
    (name(), states, money(), money(), money()).prop_map(
        |(payment_id, state, amount, captured, refunded)| PaymentView {
            payment_id,
            state,
            amount,
            captured,
            refunded,
            redirect_url: String::new(),
            decline_code: String::new(),
        },
    )
}

/// What a participant answers who does as it is asked.
pub(super) fn good(call: &Call, bench: &Bench) -> Answer {
    let order = &bench.order;
    let paid = |state: PaymentState| payment_of(order, state);
    let given_back = Answer::Hold(HoldView {
        hold_id: "hold-1".into(),
        is_bound: true,
        state: HoldState::Released,
        seat_ids: Vec::new(),
    });
    match call {
        Call::HoldSeats { seat_ids, .. } => Answer::Held {
            hold_id: "hold-1".into(),
            expire_time: Some(bench.now.plus(Duration::from_secs(100_000))),
            seats: seat_ids
                .iter()
                .map(|seat| HeldSeat {
                    seat_id: seat.to_string(),
                    seat_label: "Seat".into(),
                    price: Some(usd(5_000)),
                })
                .collect(),
        },
        Call::ReleaseHold { .. } | Call::GetHold { .. } => given_back,
        Call::ConfirmBooking { tickets, .. } => Answer::Booking {
            booking_id: "booking-1".into(),
            tickets: tickets
                .iter()
                .map(|(seat, _)| (seat.to_string(), format!("t-{seat}")))
                .collect(),
        },
        Call::CancelBooking { seat_ids, .. } => booking_without(order, seat_ids),
        Call::AuthorizePayment { .. } => paid(PaymentState::Authorized),
        Call::CapturePayment { .. } => paid(PaymentState::Captured),
        Call::VoidPayment { .. } => paid(PaymentState::Voided),
        Call::GetPayment { .. } => paid(match bench.saga.steps[bench.saga.cursor].name.as_str() {
            "authorize_payment" => PaymentState::Authorized,
            "capture_payment" => PaymentState::Captured,
            _ => order.payment.state,
        }),
        Call::RefundPayment { amount, .. } => Answer::Refund(RefundView {
            state: RefundState::Succeeded,
            amount: Some(*amount),
        }),
        Call::GetRefund { refund_id } => {
            let mut refunds = order.refunds.iter();
            let named = refunds.find(|refund| refund.refund_id == *refund_id);
            Answer::Refund(RefundView {
                state: RefundState::Succeeded,
                amount: named.map(|refund| refund.amount),
            })
        }
        Call::SendNotification { .. } | Call::RecordUsage { .. } => Answer::Taken,
    }
}

fn payment_of(order: &Order, state: PaymentState) -> Answer {
    let total = order.charges.map(|charges| charges.total);
    let nothing = total.map(|total| Money::zero(total.currency));
    let is_captured = state == PaymentState::Captured;
    Answer::Payment(PaymentView {
        payment_id: order.payment.payment_id.clone().unwrap_or("pay-1".into()),
        state,
        amount: total,
        captured: if is_captured { total } else { nothing },
        refunded: nothing,
        redirect_url: String::new(),
        decline_code: String::new(),
    })
}

/// The booking after these seats are cancelled; none named: all.
fn booking_without(order: &Order, seat_ids: &[SeatId]) -> Answer {
    let is_kept = |seat: &str| {
        let mut named = seat_ids.iter();
        !seat_ids.is_empty() && !named.any(|named| named.as_str() == seat)
    };
    let seats = order
        .tickets
        .iter()
        .map(|ticket| ticket.seat_id.to_string());
    let kept = seats.filter(|seat| is_kept(seat));
    Answer::Booking {
        booking_id: "booking-1".into(),
        tickets: kept.map(|seat| (seat, "t-1".into())).collect(),
    }
}
