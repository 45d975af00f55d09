//! The participants as one small model: they keep their rules, fail as the seed says, and note what we broke.

mod money;
mod seats;

use std::time::Duration;

use crate::domain::{Answer, Call, CallError, Money, Tariff, Timestamp};
use crate::engine::simulation::Dice;
use crate::engine::simulation::journal::SimulatedJournal;

pub(super) use money::Provider;
pub(super) use seats::{Ending, Inventory};

/// How long seats are held.
pub(super) const HOLD: Duration = Duration::from_secs(120);
/// From one outage to the next.
const OUTAGE_EVERY_SECS: u64 = 120;
/// How long an outage takes.
const OUTAGE_SECS: u64 = 40;
/// What is booked.
pub(super) const SEATS: [&str; 2] = ["A1", "A2"];
/// Price of each seat, in cents.
pub(super) const PRICES: [i64; 2] = [4_000, 6_000];
/// Fee per ticket in cents, and tax.
pub(super) const TARIFF: Tariff = Tariff {
    booking_fee_minor: 150,
    tax_bps: 825,
};
/// Both seats with 3.00 of fees and 8.25 of tax, in cents.
pub(super) const TOTAL: i64 = 11_125;

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

const PLOTS: [Plot; 14] = [
    Plot::Smooth,
    Plot::Smooth,
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
    /// The participants are unreachable for a minute now and then: no call reaches them.
    outages: Option<u64>,
    pub(super) inventory: Inventory,
    pub(super) provider: Provider,
    pub(super) calls: u64,
    pub(super) breach: Option<String>,
    late: Vec<(Timestamp, Call, String)>,
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
            outages: dice.percent(30).then(|| dice.below(OUTAGE_EVERY_SECS)),
            inventory: Inventory::new(dice.percent(10), dice.percent(15)),
            provider: Provider::default(),
            calls: 0,
            breach: None,
            late: Vec::new(),
        }
    }

    pub(super) fn expected_total(&self) -> Option<Money> {
        (self.plot == Plot::PriceChanged).then(|| usd(TOTAL + 1))
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
        let queries = matches!(
            call,
            Call::GetPayment { .. } | Call::GetHold { .. } | Call::GetRefund { .. }
        );
        if queries != key.is_empty() {
            self.breach = Some(format!("a call with the wrong key: {key:?} {call:?}"));
        }
        if self.is_out(now) {
            return Err(CallError::Unknown {
                message: "simulated outage".into(),
            });
        }
        if dice.percent(self.fault_percent) {
            match dice.below(3) {
                0 => {}
                1 => {
                    let _lost = self.perform(call, key, now);
                }
                _ => self.late.push((
                    now.plus(Duration::from_millis(dice.below(60_000))),
                    call.clone(),
                    key.to_owned(),
                )),
            }
            return Err(CallError::Unknown {
                message: "simulated".into(),
            });
        }
        self.perform(call, key, now)
    }

    fn is_out(&self, now: Timestamp) -> bool {
        let secs = now.micros().unsigned_abs() / 1_000_000;
        self.outages
            .is_some_and(|offset| (secs + offset) % OUTAGE_EVERY_SECS < OUTAGE_SECS)
    }

    /// One call that no network delays: it is made, and its answer may be lost.
    pub(super) fn call_in_time(
        &mut self,
        call: &Call,
        key: &str,
        now: Timestamp,
        dice: &mut Dice,
    ) -> Result<Answer, CallError> {
        self.calls += 1;
        let answer = self.perform(call, key, now);
        if dice.percent(self.fault_percent) {
            return Err(CallError::Unknown {
                message: "simulated".into(),
            });
        }
        answer
    }

    /// What the call would be answered if nothing had ever been asked for. It is not made.
    pub(super) fn as_if_nothing_happened(
        &self,
        call: &Call,
        key: &str,
        now: Timestamp,
    ) -> Result<Answer, CallError> {
        let mut empty = Self {
            plot: self.plot,
            fault_percent: 0,
            outages: None,
            inventory: Inventory::new(false, self.inventory.is_adopted),
            provider: Provider::default(),
            calls: 0,
            breach: None,
            late: Vec::new(),
        };
        empty.perform(call, key, now)
    }

    /// Calls that were given up by us arrive after all.
    pub(super) fn late_calls(&mut self, journal: &SimulatedJournal) {
        let now = journal.now();
        let (arrived, waiting) = self.late.drain(..).partition(|(at, _, _)| *at <= now);
        self.late = waiting;
        for (_, call, key) in arrived {
            let _unheard = self.perform(&call, &key, now);
        }
    }

    pub(super) fn all_late_calls(&mut self, journal: &SimulatedJournal) {
        for (_, call, key) in std::mem::take(&mut self.late) {
            let _unheard = self.perform(&call, &key, journal.now());
        }
        self.inventory.expire(journal.now());
    }

    fn perform(&mut self, call: &Call, key: &str, now: Timestamp) -> Result<Answer, CallError> {
        self.inventory.expire(now);
        self.provider.acts(self.plot, now);
        let (inventory, provider) = (&mut self.inventory, &mut self.provider);
        let noted = match call {
            Call::HoldSeats { .. } => return inventory.hold(self.plot, now),
            Call::ReleaseHold { keep_hold, .. } => inventory.release(*keep_hold),
            Call::GetHold { .. } => return Ok(inventory.query()),
            Call::ConfirmBooking { .. } => inventory.confirm(provider.is_authorized()),
            Call::CancelBooking { seat_ids, .. } => return inventory.cancel(seat_ids, key),
            Call::AuthorizePayment { amount, .. } => provider.authorize(self.plot, *amount, now),
            Call::CapturePayment { amount, .. } => {
                let are_booked = inventory.seats == Ending::Booked;
                provider.capture(self.plot, *amount, are_booked, now)
            }
            Call::VoidPayment { .. } => return Ok(provider.void()),
            Call::GetPayment { .. } => return Ok(provider.view()),
            Call::RefundPayment {
                refund_id, amount, ..
            } => provider.refund(*refund_id, *amount, key, now),
            Call::GetRefund { refund_id } => return Ok(provider.refund_view(*refund_id)),
            Call::SendNotification { .. } | Call::RecordUsage { .. } => return Ok(Answer::Taken),
        };
        noted.unwrap_or_else(|breach| {
            self.breach.get_or_insert(breach);
            Err(refused("BREACH"))
        })
    }
}

/// The answer, or what we broke.
type Noted = Result<Result<Answer, CallError>, String>;

pub(super) fn usd(cents: i64) -> Money {
    Money::new(cents, "USD".parse().expect("a known code"))
}

fn refused(reason: &str) -> CallError {
    CallError::Refused {
        reason: reason.into(),
        message: "simulated".into(),
    }
}
