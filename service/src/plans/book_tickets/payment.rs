//! The payment as the order keeps it, shared by the steps that authorize, capture and void.

use crate::domain::{Failure, PaymentView, Reason};
use crate::saga::{Change, Scene};

/// Whether there is anything to pay.
pub(super) fn has_total(scene: &Scene<'_>) -> bool {
    let charges = scene.order.charges;
    charges.is_some_and(|charges| !charges.total.is_zero())
}

/// Keeps what the Payment service said of the payment.
pub(super) fn note(payment: &PaymentView, change: &mut Change) {
    if !payment.payment_id.is_empty() {
        change.order.payment.payment_id = Some(payment.payment_id.clone());
    }
    change.order.payment.state = payment.state;
}

pub(super) fn declined(payment: &PaymentView) -> Failure {
    let code = if payment.decline_code.is_empty() {
        "no code"
    } else {
        &payment.decline_code
    };
    Failure::new(
        Reason::PaymentDeclined,
        format!("the payment was declined ({code})"),
    )
}
