//! The participants as one small model: it keeps their rules, fails as the seed says, and notes what we broke.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::order::{Money, PaymentState, RefundState, Timestamp};
use crate::participant::{
    Answer, Call, CallError, HeldSeat, HoldState, HoldView, PaymentView, RefundView,
};

use super::Dice;
use super::journal::SimulatedJournal;

/// How long seats are held.
pub(super) const HOLD: Duration = Duration::from_secs(120);
/// What the seat costs, in cents.
const PRICE: i64 = 5_000;

/// Where the seats are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Untouched,
    Held,
    Booked,
    Free,
}

/// What the buyer and the provider do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plot {
    Smooth,
    Declined,
    ActionThen(bool),
    ActionNever,
    CaptureDeclined,
    CapturePendingThen(bool),
    CaptureOther,
    NoSeats,
    PriceChanged,
}

const PLOTS: [Plot; 12] = [
    Plot::Smooth,
    Plot::Smooth,
    Plot::Smooth,
    Plot::Declined,
    Plot::ActionThen(true),
    Plot::ActionThen(false),
    Plot::ActionNever,
    Plot::CaptureDeclined,
    Plot::CapturePendingThen(true),
    Plot::CapturePendingThen(false),
    Plot::CaptureOther,
    Plot::NoSeats,
];

pub(super) struct World {
    plot: Plot,
    fault_percent: u64,
    pub(super) seats: Ending,
    hold_ends: Timestamp,
    hold_undone: bool,
    booking_undone: bool,
    payment: Option<PaymentState>,
    void_mark: bool,
    acts_at: Option<Timestamp>,
    refunds: BTreeMap<String, i64>,
    pub(super) captures: u32,
    pub(super) captured: i64,
    pub(super) refunded: i64,
    pub(super) total: i64,
    pub(super) calls: u64,
    pub(super) breach: Option<String>,
    late: Vec<(Timestamp, Call)>,
}

impl World {
    pub(super) fn new(dice: &mut Dice) -> Self {
        let plot = if dice.percent(5) {
            Plot::PriceChanged
        } else {
            PLOTS[usize::try_from(dice.below(PLOTS.len() as u64)).expect("it is small")]
        };
        Self {
            plot,
            fault_percent: [0, 10, 30, 60][usize::try_from(dice.below(4)).expect("it is small")],
            seats: Ending::Untouched,
            hold_ends: Timestamp::from_micros(0),
            hold_undone: false,
            booking_undone: false,
            payment: None,
            void_mark: false,
            acts_at: None,
            refunds: BTreeMap::new(),
            captures: 0,
            captured: 0,
            refunded: 0,
            total: PRICE,
            calls: 0,
            breach: None,
            late: Vec::new(),
        }
    }

    pub(super) fn expected_total(&self) -> Option<Money> {
        (self.plot == Plot::PriceChanged).then(|| usd(PRICE + 1))
    }

    /// One call, as the network has it.
    pub(super) fn call(
        &mut self,
        call: &Call,
        key: &str,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<Answer, CallError> {
        self.calls += 1;
        let queries = matches!(call, Call::GetPayment { .. } | Call::GetHold { .. });
        if queries != key.is_empty() {
            self.breach = Some(format!("a call with the wrong key: {key:?} {call:?}"));
        }
        if dice.percent(self.fault_percent) {
            match dice.below(3) {
                0 => {}
                1 => {
                    let _lost = self.perform(call, now);
                }
                _ => self.late.push((
                    now.plus(Duration::from_millis(dice.below(60_000))),
                    call.clone(),
                )),
            }
            return Err(CallError::Unknown {
                message: "simulated".into(),
            });
        }
        self.perform(call, now)
    }

    /// Calls that were given up by us arrive after all.
    pub(super) fn late_calls(&mut self, journal: &SimulatedJournal, _dice: &mut Dice) {
        let now = journal.now();
        let (arrived, waiting) = self.late.drain(..).partition(|(at, _)| *at <= now);
        self.late = waiting;
        for (_, call) in arrived {
            let _unheard = self.perform(&call, now);
        }
    }

    pub(super) fn all_late_calls(&mut self, journal: &SimulatedJournal) {
        for (_, call) in std::mem::take(&mut self.late) {
            let _unheard = self.perform(&call, journal.now());
        }
        self.expire(journal.now());
    }

    fn expire(&mut self, now: Timestamp) {
        if self.seats == Ending::Held && self.hold_ends <= now {
            self.seats = Ending::Free;
        }
    }

    fn perform(&mut self, call: &Call, now: Timestamp) -> Result<Answer, CallError> {
        self.expire(now);
        self.provider_acts(now);
        match call {
            Call::HoldSeats { .. } => self.hold(now),
            Call::ReleaseHold { .. } => self.release(),
            Call::GetHold { .. } => Ok(self.hold_view()),
            Call::ConfirmBooking { .. } => self.confirm(now),
            Call::CancelBooking { .. } => {
                self.booking_undone = true;
                if self.seats == Ending::Booked {
                    self.seats = Ending::Free;
                }
                Ok(Answer::Booking {
                    booking_id: "b".into(),
                    tickets: Vec::new(),
                })
            }
            Call::AuthorizePayment { amount, .. } => self.authorize(*amount, now),
            Call::CapturePayment { amount, .. } => self.capture(*amount, now),
            Call::VoidPayment { .. } => Ok(self.void()),
            Call::GetPayment { .. } => Ok(self.payment_view()),
            Call::RefundPayment {
                refund_id, amount, ..
            } => {
                self.refunds
                    .entry(refund_id.to_string())
                    .or_insert_with(|| {
                        self.refunded += amount.minor;
                        amount.minor
                    });
                if self.refunded == self.captured {
                    self.payment = Some(PaymentState::Refunded);
                }
                Ok(Answer::Refund(RefundView {
                    state: RefundState::Succeeded,
                    amount: Some(*amount),
                }))
            }
            Call::GetRefund { .. } => Ok(Answer::Absent),
            Call::SendNotification { .. } | Call::RecordUsage { .. } => Ok(Answer::Taken),
        }
    }

    fn hold(&mut self, now: Timestamp) -> Result<Answer, CallError> {
        if self.hold_undone || self.plot == Plot::NoSeats {
            return Err(refused("SEATS_UNAVAILABLE"));
        }
        if self.seats == Ending::Untouched {
            self.seats = Ending::Held;
            self.hold_ends = now.plus(HOLD);
        }
        let price = Some(usd(PRICE));
        let seat = HeldSeat {
            seat_id: "A1".into(),
            seat_label: "A 1".into(),
            price,
        };
        Ok(Answer::Held {
            hold_id: "h".into(),
            expire_time: Some(self.hold_ends),
            seats: vec![seat],
        })
    }

    fn release(&mut self) -> Result<Answer, CallError> {
        if self.seats == Ending::Booked {
            return Err(refused("BOOKED"));
        }
        self.hold_undone = true;
        self.seats = Ending::Free;
        Ok(self.hold_view())
    }

    fn hold_view(&self) -> Answer {
        let state = match self.seats {
            Ending::Untouched => HoldState::None,
            Ending::Held => HoldState::Held,
            Ending::Booked => HoldState::Booked,
            Ending::Free => HoldState::Released,
        };
        Answer::Hold(HoldView {
            hold_id: "h".into(),
            state,
            seat_ids: vec!["A1".into()],
        })
    }

    fn confirm(&mut self, now: Timestamp) -> Result<Answer, CallError> {
        if self.booking_undone || !matches!(self.seats, Ending::Held | Ending::Booked) {
            return Err(refused("HOLD_INVALID"));
        }
        if self.seats == Ending::Held
            && self.payment != Some(PaymentState::Authorized)
            && self.breach.is_none()
        {
            self.breach = Some(format!(
                "seats are booked at {now:?} although the payment is {:?}",
                self.payment
            ));
        }
        self.seats = Ending::Booked;
        Ok(Answer::Booking {
            booking_id: "b".into(),
            tickets: vec![("A1".into(), "t".into())],
        })
    }

    fn authorize(&mut self, amount: Money, now: Timestamp) -> Result<Answer, CallError> {
        if self.void_mark {
            return Err(refused("VOIDED"));
        }
        if amount != usd(PRICE) {
            self.breach = Some(format!("{amount} is authorized"));
        }
        if self.payment.is_none() {
            self.payment = Some(match self.plot {
                Plot::Declined => PaymentState::Declined,
                Plot::ActionThen(_) | Plot::ActionNever => PaymentState::RequiresAction,
                Plot::Smooth
                | Plot::CaptureDeclined
                | Plot::CapturePendingThen(_)
                | Plot::CaptureOther
                | Plot::NoSeats
                | Plot::PriceChanged => PaymentState::Authorized,
            });
            self.acts_at = Some(now.plus(Duration::from_secs(20)));
        }
        Ok(self.payment_view())
    }

    /// The buyer confirms, or the provider makes up its mind.
    fn provider_acts(&mut self, now: Timestamp) {
        if self.acts_at.is_none_or(|at| at > now) {
            return;
        }
        match (self.plot, self.payment) {
            (Plot::ActionThen(agrees), Some(PaymentState::RequiresAction)) => {
                self.payment = Some(if agrees {
                    PaymentState::Authorized
                } else {
                    PaymentState::Declined
                });
            }
            (Plot::CapturePendingThen(true), Some(PaymentState::Pending)) => self.take(PRICE),
            (Plot::CapturePendingThen(false), Some(PaymentState::Pending)) => {
                self.payment = Some(PaymentState::Declined);
            }
            _ => {}
        }
    }

    fn take(&mut self, cents: i64) {
        self.captures += 1;
        self.captured += cents;
        self.payment = Some(PaymentState::Captured);
    }

    fn capture(&mut self, amount: Money, now: Timestamp) -> Result<Answer, CallError> {
        if self.seats != Ending::Booked && self.payment == Some(PaymentState::Authorized) {
            self.breach = Some(format!("captured while the seats are {:?}", self.seats));
        }
        if self.payment == Some(PaymentState::Authorized) {
            match self.plot {
                Plot::CaptureDeclined => self.payment = Some(PaymentState::Declined),
                Plot::CapturePendingThen(_) => {
                    self.payment = Some(PaymentState::Pending);
                    self.acts_at = Some(now.plus(Duration::from_secs(20)));
                }
                Plot::CaptureOther => self.take(amount.minor - 1),
                Plot::Smooth
                | Plot::Declined
                | Plot::ActionThen(_)
                | Plot::ActionNever
                | Plot::NoSeats
                | Plot::PriceChanged => self.take(amount.minor),
            }
        }
        match self.payment {
            Some(PaymentState::Voided) | None => Err(refused("VOIDED")),
            Some(_) => Ok(self.payment_view()),
        }
    }

    fn void(&mut self) -> Answer {
        self.void_mark = true;
        match self.payment {
            Some(
                PaymentState::Captured
                | PaymentState::Pending
                | PaymentState::Refunded
                | PaymentState::Declined,
            ) => {}
            Some(_) | None => self.payment = Some(PaymentState::Voided),
        }
        self.payment_view()
    }

    fn payment_view(&self) -> Answer {
        Answer::Payment(PaymentView {
            payment_id: if self.payment.is_some() {
                "p".into()
            } else {
                String::new()
            },
            state: self.payment.unwrap_or(PaymentState::Pending),
            amount: Some(usd(PRICE)),
            captured: Some(usd(self.captured)),
            refunded: Some(usd(self.refunded)),
            redirect_url: String::new(),
            decline_code: String::new(),
        })
    }
}

fn usd(cents: i64) -> Money {
    Money::new(cents, "USD".parse().expect("a known code"))
}

fn refused(reason: &str) -> CallError {
    CallError::Refused {
        reason: reason.into(),
        message: "simulated".into(),
    }
}
