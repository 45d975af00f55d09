//! Participants that do everything that is asked, except while the Payment service is away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::domain::{
    Answer, Call, CallError, HeldSeat, Money, PaymentState, PaymentView, Request, Timestamp,
};
use crate::participant::Participants;

/// All four of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Willing {
    away: Arc<AtomicBool>,
    panics: Arc<Mutex<Vec<&'static str>>>,
}

impl Willing {
    /// Whether the Payment service is away.
    pub(super) fn payment_is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// The next call of each of these names panics.
    pub(super) fn panics_at(&self, calls: &[&'static str]) {
        *self.panics.lock().expect("no panic while it is held") = calls.to_vec();
    }

    fn panics_now(&self, call: &Call) -> bool {
        let mut planted = self.panics.lock().expect("no panic while it is held");
        let name = format!("{call:?}");
        let found = planted.iter().position(|planted| name.starts_with(planted));
        found.map(|index| planted.remove(index)).is_some()
    }
}

fn price() -> Money {
    Money::new(5_000, "USD".parse().expect("a currency"))
}

fn payment(state: PaymentState, captured: Money) -> Answer {
    Answer::Payment(PaymentView {
        payment_id: "pay-1".into(),
        state,
        amount: Some(price()),
        captured: Some(captured),
        refunded: Some(Money::zero(price().currency)),
        redirect_url: String::new(),
        decline_code: String::new(),
    })
}

impl Participants for Willing {
    async fn call(&self, request: Request) -> Result<Answer, CallError> {
        let nothing = Money::zero(price().currency);
        assert!(!self.panics_now(&request.call), "a planted panic");
        match request.call {
            Call::HoldSeats { seat_ids, .. } => Ok(Answer::Held {
                hold_id: "hold-1".into(),
                expire_time: Some(far_away()),
                seats: seat_ids
                    .iter()
                    .map(|seat| HeldSeat {
                        seat_id: seat.to_string(),
                        seat_label: seat.to_string(),
                        price: Some(price()),
                    })
                    .collect(),
            }),
            Call::AuthorizePayment { .. } if self.away.load(Ordering::SeqCst) => {
                Err(CallError::Unknown {
                    message: "away".into(),
                })
            }
            Call::AuthorizePayment { .. } | Call::GetPayment { .. } => {
                Ok(payment(PaymentState::Authorized, nothing))
            }
            Call::ConfirmBooking { tickets, .. } => Ok(Answer::Booking {
                booking_id: "booking-1".into(),
                tickets: tickets
                    .iter()
                    .map(|(seat, _)| (seat.to_string(), format!("ticket-{seat}")))
                    .collect(),
            }),
            Call::CapturePayment { amount, .. } => Ok(payment(PaymentState::Captured, amount)),
            Call::SendNotification { .. } | Call::RecordUsage { .. } => Ok(Answer::Taken),
            other @ (Call::ReleaseHold { .. }
            | Call::GetHold { .. }
            | Call::CancelBooking { .. }
            | Call::GetRefund { .. }
            | Call::VoidPayment { .. }
            | Call::RefundPayment { .. }) => Err(CallError::Invalid {
                message: format!("nobody should ask {other:?}"),
            }),
        }
    }
}

fn far_away() -> Timestamp {
    let year_2100 = Timestamp::from_micros(4_102_444_800_000_000);
    year_2100.minus(Duration::from_secs(1))
}
