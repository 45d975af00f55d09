//! The Payment service: one payment, and its refunds, which may take their time, fail, or be refused.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::domain::{
    Answer, Money, PaymentState, PaymentView, RefundId, RefundState, RefundView, Timestamp,
};
use crate::engine::simulation::world::{Noted, Plot, TOTAL, refused, usd};

/// How long the buyer, and the provider, take.
const TAKES: Duration = Duration::from_secs(20);

/// One refund, and what becomes of it.
struct Refund {
    minor: i64,
    state: RefundState,
    ends: RefundState,
    at: Timestamp,
}

#[derive(Default)]
pub(in super::super) struct Provider {
    payment: Option<PaymentState>,
    void_mark: bool,
    acts_at: Option<Timestamp>,
    refunds: BTreeMap<RefundId, Refund>,
    /// A person settled the order, while a call of a stalled replica may still arrive: a refund that asks for more than is
    /// left is no fault of a saga, and is refused.
    is_settled_by_hand: bool,
    pub(in super::super) captures: u32,
    pub(in super::super) captured: i64,
}

impl Provider {
    pub(super) fn is_authorized(&self) -> bool {
        self.payment == Some(PaymentState::Authorized)
    }

    /// What is back with the buyer.
    pub(in super::super) fn refunded(&self) -> i64 {
        let back = self.refunds.values();
        let back = back.filter(|refund| refund.state == RefundState::Succeeded);
        back.map(|refund| refund.minor).sum()
    }

    /// Whether nothing is reserved.
    pub(in super::super) fn is_settled(&self) -> bool {
        !matches!(
            self.payment,
            Some(PaymentState::Authorized | PaymentState::RequiresAction | PaymentState::Pending)
        )
    }

    /// Authorizes or captures without a request.
    pub(in super::super) fn goes_wrong(&mut self, takes: bool) {
        if takes {
            self.take(TOTAL);
        } else {
            self.payment = Some(PaymentState::Authorized);
        }
    }

    /// A refund that succeeded fails after all. Returns whether there is such a refund.
    pub(in super::super) fn bounce(&mut self, refund_id: RefundId) -> bool {
        let refund = self.refunds.get_mut(&refund_id);
        let refund = refund.filter(|refund| refund.state == RefundState::Succeeded);
        refund
            .map(|refund| refund.state = RefundState::Failed)
            .is_some()
    }

    /// A person waits for the refunds that are on their way.
    pub(in super::super) fn settle_refunds(&mut self) {
        self.is_settled_by_hand = true;
        for refund in self.refunds.values_mut() {
            if refund.state == RefundState::Pending {
                refund.state = refund.ends;
            }
        }
    }

    /// A person voids what is reserved and returns what was captured.
    pub(in super::super) fn return_everything(&mut self) {
        self.settle_refunds();
        self.void_mark = true;
        if self.payment.is_none() || !self.is_settled() {
            self.payment = Some(PaymentState::Voided);
        }
        self.return_amount(self.captured - self.refunded());
    }

    /// A person returns what a refund was to return, unless it did.
    pub(in super::super) fn return_refund(&mut self, refund_id: RefundId, cents: i64) {
        self.settle_refunds();
        let refund = self.refunds.get(&refund_id);
        if refund.is_none_or(|refund| refund.state != RefundState::Succeeded) {
            self.return_amount(cents);
        }
    }

    fn return_amount(&mut self, cents: i64) {
        self.settle_refunds();
        let left = cents.min(self.captured - self.refunded());
        if left > 0 {
            let refund = Refund {
                minor: left,
                state: RefundState::Succeeded,
                ends: RefundState::Succeeded,
                at: Timestamp::from_micros(0),
            };
            let refund_id = RefundId::from(uuid::Uuid::from_u128(self.refunds.len() as u128));
            self.refunds.insert(refund_id, refund);
        }
    }

    /// The buyer confirms, or the provider makes up its mind.
    pub(super) fn acts(&mut self, plot: Plot, now: Timestamp) {
        for refund in self.refunds.values_mut() {
            if refund.state == RefundState::Pending && refund.at <= now {
                refund.state = refund.ends;
            }
        }
        if self.acts_at.is_none_or(|at| at > now) {
            return;
        }
        match (plot, self.payment) {
            (Plot::ActionThen(agrees), Some(PaymentState::RequiresAction)) => {
                self.payment = Some(if agrees {
                    PaymentState::Authorized
                } else {
                    PaymentState::Declined
                });
            }
            (Plot::CapturePendingThen(true), Some(PaymentState::Pending)) => self.take(TOTAL),
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

    pub(super) fn authorize(&mut self, plot: Plot, amount: Money, now: Timestamp) -> Noted {
        if self.void_mark {
            return Ok(Err(refused("VOIDED")));
        }
        if amount != usd(TOTAL) {
            return Err(format!("{amount} is authorized"));
        }
        if self.payment.is_none() {
            self.payment = Some(match plot {
                Plot::Declined => PaymentState::Declined,
                Plot::ActionThen(_) | Plot::ActionNever => PaymentState::RequiresAction,
                Plot::Smooth
                | Plot::CaptureDeclined
                | Plot::CapturePendingThen(_)
                | Plot::CaptureOther
                | Plot::NoSeats
                | Plot::PriceChanged => PaymentState::Authorized,
            });
            self.acts_at = Some(now.plus(TAKES));
        }
        Ok(Ok(self.view()))
    }

    pub(super) fn capture(
        &mut self,
        plot: Plot,
        amount: Money,
        are_booked: bool,
        now: Timestamp,
    ) -> Noted {
        if self.void_mark && self.is_authorized() {
            // A late call, and a provider that reserved anew what was undone: after the mark it is refused.
            return Ok(Err(refused("VOIDED")));
        }
        if self.is_authorized() {
            if !are_booked {
                return Err("captured while the seats are not booked".into());
            }
            match plot {
                Plot::CaptureDeclined => self.payment = Some(PaymentState::Declined),
                Plot::CapturePendingThen(_) => {
                    self.payment = Some(PaymentState::Pending);
                    self.acts_at = Some(now.plus(TAKES));
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
            Some(PaymentState::Voided) | None => Ok(Err(refused("VOIDED"))),
            Some(_) => Ok(Ok(self.view())),
        }
    }

    pub(super) fn void(&mut self) -> Answer {
        self.void_mark = true;
        match self.payment {
            Some(PaymentState::Captured | PaymentState::Pending | PaymentState::Declined) => {}
            Some(_) | None => self.payment = Some(PaymentState::Voided),
        }
        self.view()
    }

    /// Once per name. Its end follows from the name: most arrive at once, some later, some never.
    pub(super) fn refund(
        &mut self,
        refund_id: RefundId,
        amount: Money,
        key: &str,
        now: Timestamp,
    ) -> Noted {
        let luck = refund_id.uuid().as_u128() % 10;
        let is_undo = key.ends_with("/undo/refund");
        if !is_undo && luck == 9 {
            return Ok(Err(refused("NO_REFUND")));
        }
        if !self.refunds.contains_key(&refund_id) {
            let reserved = self.refunds.values();
            let reserved = reserved.filter(|refund| refund.state != RefundState::Failed);
            let reserved: i64 = reserved.map(|refund| refund.minor).sum();
            let is_too_much = reserved + amount.minor > self.captured;
            if self.is_settled_by_hand && is_too_much {
                return Ok(Err(refused("TOO_MUCH")));
            }
            if amount.minor <= 0 || is_too_much {
                return Err(format!(
                    "{amount} is refunded of {} less {reserved}",
                    self.captured
                ));
            }
            let (state, ends) = match luck {
                _ if is_undo => (RefundState::Succeeded, RefundState::Succeeded),
                6 => (RefundState::Pending, RefundState::Succeeded),
                7 => (RefundState::Pending, RefundState::Failed),
                8 => (RefundState::Failed, RefundState::Failed),
                _ => (RefundState::Succeeded, RefundState::Succeeded),
            };
            let refund = Refund {
                minor: amount.minor,
                state,
                ends,
                at: now.plus(TAKES),
            };
            self.refunds.insert(refund_id, refund);
        }
        Ok(Ok(self.refund_view(refund_id)))
    }

    pub(super) fn refund_view(&self, refund_id: RefundId) -> Answer {
        match self.refunds.get(&refund_id) {
            None => Answer::Absent,
            Some(refund) => Answer::Refund(RefundView {
                state: refund.state,
                amount: Some(usd(refund.minor)),
            }),
        }
    }

    pub(in super::super) fn view(&self) -> Answer {
        let refunded = self.refunded();
        let state = match self.payment {
            Some(PaymentState::Captured) if refunded == self.captured => PaymentState::Refunded,
            Some(PaymentState::Captured) if refunded > 0 => PaymentState::PartiallyRefunded,
            Some(state) => state,
            None => PaymentState::Pending,
        };
        Answer::Payment(PaymentView {
            payment_id: if self.payment.is_some() {
                "p".into()
            } else {
                String::new()
            },
            state,
            amount: Some(usd(TOTAL)),
            captured: Some(usd(self.captured)),
            refunded: Some(usd(refunded)),
            redirect_url: String::new(),
            decline_code: String::new(),
        })
    }
}
