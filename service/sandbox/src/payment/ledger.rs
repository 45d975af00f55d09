//! The record of one payment with its capture and refunds, and their forms on the wire. Knows no other payment.

use order_proto::payment::v1 as wire;
use order_proto::sandbox::v1::OrderTotals;
use serde::{Deserialize, Serialize};

use super::token::CaptureOutcome;
use crate::value::digest::Digest;
use crate::value::money::Money;

/// The prefix of a payment id; the order id follows.
pub(super) const ID_PREFIX: &str = "pay_";

/// The payment of one order. All amounts are in the currency of `amount`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(super) order_id: String,
    pub(crate) organization_id: String,
    pub(super) state: State,
    pub(super) amount: Money,
    /// Minor units that were ever reserved.
    pub(super) authorized: i64,
    /// Minor units that were captured.
    pub(super) captured: i64,
    /// Minor units that were reserved and released by a void.
    pub(super) voided: i64,
    /// The number of captures that took money: 0 or 1.
    pub(super) captures: i32,
    pub(super) decline_code: String,
    /// The outcome of a capture, as its token says.
    #[serde(rename = "capture_ends")]
    pub(super) capture_outcome: CaptureOutcome,
    pub(super) capture: Option<Capture>,
    /// Whether refunds stay PENDING until CompletePayment, as its token says.
    #[serde(default, rename = "returns_slowly")]
    pub(super) refunds_pending: bool,
    pub(super) refunds: Vec<Refund>,
    /// The content of the request that made it.
    pub(super) content: Digest,
}

/// The state of a payment without its refunds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum State {
    RequiresAction,
    Authorized,
    CapturePending,
    Captured,
    Declined,
    Voided,
}

/// The one capture of a payment.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Capture {
    /// The content of the request that made it.
    pub(super) content: Digest,
}

/// One refund of a payment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(super) refund_id: String,
    /// Minor units of the payment's currency.
    pub(super) minor: i64,
    pub(super) state: RefundState,
    /// The content of the request that made it.
    pub(super) content: Digest,
}

/// The state of a refund.
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

    /// Minor units of all succeeded refunds.
    pub(super) fn refunded(&self) -> i64 {
        self.sum_of_refunds(|state| match state {
            RefundState::Succeeded => true,
            RefundState::Pending | RefundState::Failed => false,
        })
    }

    /// Minor units that were captured, less succeeded and pending refunds.
    pub(super) fn refundable(&self) -> i64 {
        self.captured
            - self.sum_of_refunds(|state| match state {
                RefundState::Pending | RefundState::Succeeded => true,
                RefundState::Failed => false,
            })
    }

    fn sum_of_refunds(&self, count: impl Fn(RefundState) -> bool) -> i64 {
        let refunds = self.refunds.iter().filter(|refund| count(refund.state));
        refunds.map(|refund| refund.minor).sum()
    }

    /// Captures the whole amount. No other function does.
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

    /// The payment with the state that VoidPayment answers: VOIDED, CAPTURED or PENDING, without regard to refunds.
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
