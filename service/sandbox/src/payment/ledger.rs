//! One payment: what was reserved, taken, returned and given back. Knows no other payment.

use order_proto::payment::v1 as wire;
use order_proto::sandbox::v1::OrderTotals;
use serde::{Deserialize, Serialize};

use super::token::CaptureOutcome;
use crate::value::digest::Digest;
use crate::value::money::Money;

/// What a payment's name begins with; its order follows.
pub(super) const ID_PREFIX: &str = "pay_";

/// The money of one order. All amounts are in the currency of `amount`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(super) order_id: String,
    pub(crate) organization_id: String,
    pub(super) state: State,
    pub(super) amount: Money,
    /// Minor units that are or were reserved.
    pub(super) authorized: i64,
    /// Minor units that were taken.
    pub(super) captured: i64,
    /// Minor units that were given back untaken.
    pub(super) voided: i64,
    /// How many captures took money.
    pub(super) captures: i32,
    pub(super) decline_code: String,
    /// What its token makes of a capture.
    #[serde(rename = "capture_ends")]
    pub(super) capture_outcome: CaptureOutcome,
    pub(super) capture: Option<Capture>,
    /// Whether its token makes refunds wait until they are completed.
    #[serde(default, rename = "returns_slowly")]
    pub(super) refunds_pending: bool,
    pub(super) refunds: Vec<Refund>,
    /// The request that made it.
    pub(super) content: Digest,
}

/// Where a payment stands, refunds aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    RequiresAction,
    Authorized,
    CapturePending,
    Captured,
    Declined,
    Voided,
}

/// The one capture that was asked for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Capture {
    /// The request that asked.
    pub(super) content: Digest,
}

/// Money that goes back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(super) refund_id: String,
    /// Minor units.
    pub(super) minor: i64,
    pub(super) state: RefundState,
    /// The request that made it.
    pub(super) content: Digest,
}

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RefundState {
    Pending,
    Succeeded,
    Failed,
}

impl Payment {
    pub(super) fn payment_id(&self) -> String {
        format!("{ID_PREFIX}{}", self.order_id)
    }

    /// Minor units that were returned.
    pub(super) fn refunded(&self) -> i64 {
        self.refunds_that(|state| match state {
            RefundState::Succeeded => true,
            RefundState::Pending | RefundState::Failed => false,
        })
    }

    /// Minor units that were taken and are neither returned nor on their way.
    pub(super) fn refundable(&self) -> i64 {
        self.captured
            - self.refunds_that(|state| match state {
                RefundState::Pending | RefundState::Succeeded => true,
                RefundState::Failed => false,
            })
    }

    fn refunds_that(&self, count: impl Fn(RefundState) -> bool) -> i64 {
        let refunds = self.refunds.iter().filter(|refund| count(refund.state));
        refunds.map(|refund| refund.minor).sum()
    }

    /// Takes the money: the only place that does.
    pub(super) fn take(&mut self) {
        self.state = State::Captured;
        self.captured += self.amount.minor;
        self.captures += 1;
    }

    pub(super) fn decline(&mut self, code: &str) {
        self.state = State::Declined;
        self.decline_code = code.to_owned();
    }

    pub(super) fn wire(&self) -> wire::Payment {
        self.wire_as(self.wire_state())
    }

    /// As VoidPayment answers it: VOIDED, CAPTURED or PENDING, whatever was refunded since.
    pub(super) fn wire_as(&self, state: wire::PaymentState) -> wire::Payment {
        let redirect_url = match self.state {
            State::RequiresAction => format!("https://pay.example/{}", self.payment_id()),
            State::Authorized
            | State::CapturePending
            | State::Captured
            | State::Declined
            | State::Voided => String::new(),
        };
        wire::Payment {
            payment_id: self.payment_id(),
            order_id: self.order_id.clone(),
            state: state.into(),
            amount: Some(self.amount.wire()),
            captured: Some(self.amount.with_minor(self.captured).wire()),
            refunded: Some(self.amount.with_minor(self.refunded()).wire()),
            redirect_url,
            decline_code: self.decline_code.clone(),
        }
    }

    fn wire_state(&self) -> wire::PaymentState {
        match self.state {
            State::RequiresAction => wire::PaymentState::RequiresAction,
            State::Authorized => wire::PaymentState::Authorized,
            State::CapturePending => wire::PaymentState::Pending,
            State::Declined => wire::PaymentState::Declined,
            State::Voided => wire::PaymentState::Voided,
            State::Captured => match self.refunded() {
                0 => wire::PaymentState::Captured,
                refunded if refunded < self.captured => wire::PaymentState::PartiallyRefunded,
                _ => wire::PaymentState::Refunded,
            },
        }
    }

    pub(crate) fn totals(&self) -> OrderTotals {
        let money = |minor| Some(self.amount.with_minor(minor).wire());
        OrderTotals {
            order_id: self.order_id.clone(),
            authorized: money(self.authorized),
            captured: money(self.captured),
            refunded: money(self.refunded()),
            voided: money(self.voided),
            effective_captures: self.captures,
        }
    }
}

impl Refund {
    pub(super) fn wire(&self, payment: &Payment) -> wire::Refund {
        let state = match self.state {
            RefundState::Pending => wire::RefundState::Pending,
            RefundState::Succeeded => wire::RefundState::Succeeded,
            RefundState::Failed => wire::RefundState::Failed,
        };
        wire::Refund {
            refund_id: self.refund_id.clone(),
            payment_id: payment.payment_id(),
            state: state.into(),
            amount: Some(payment.amount.with_minor(self.minor).wire()),
        }
    }
}
