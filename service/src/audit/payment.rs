//! Compares an order with its payment at the Payment service.

use super::amount::Amount;
use super::finding::{Findings, Kind};
use crate::domain::{Order, OrderState, PaymentState, PaymentView};
use crate::participant::Evidence;

const KIND: Kind = Kind::PaymentMoney;

/// `payment` is `None` if there never was one.
pub(super) fn check(order: &Order, payment: Option<&PaymentView>, findings: &mut Findings) {
    let paid = |figure: fn(&PaymentView) -> Option<crate::domain::Money>| {
        Amount::of(payment.and_then(figure))
    };
    let captured = Amount::of(order.captured);
    findings.compare(KIND, "captured", &captured, &paid(|view| view.captured));
    let refunded = Amount::of(order.refunded);
    findings.compare(KIND, "refunded", &refunded, &paid(|view| view.refunded));
    let Some(payment) = payment else {
        return;
    };
    let known = order.payment.payment_id.as_ref();
    if let Some(known) = known.filter(|known| **known != payment.payment_id) {
        let id = Some(("payment_id", known.clone()));
        findings.note(KIND, id, known.clone(), payment.payment_id.clone());
    }
    if order.state != OrderState::Confirmed && is_open(payment.state) {
        let id = Some(("payment_id", payment.payment_id.clone()));
        let expected = format!(
            "nothing reserved for an order that is {}",
            order.state.as_str()
        );
        findings.note(KIND, id, expected, payment.state.as_str());
    }
}

/// Whether money is authorized or may still be.
const fn is_open(state: PaymentState) -> bool {
    match state {
        PaymentState::Pending | PaymentState::RequiresAction | PaymentState::Authorized => true,
        PaymentState::Captured
        | PaymentState::Declined
        | PaymentState::Voided
        | PaymentState::PartiallyRefunded
        | PaymentState::Refunded => false,
    }
}

/// Compares what only a sandbox reports.
pub(super) fn check_captures(evidence: &Evidence, findings: &mut Findings) {
    if evidence.captures > 1 {
        let found = evidence.captures.to_string();
        findings.note(Kind::CapturedTwice, None, "at most 1 capture", found);
    }
}
