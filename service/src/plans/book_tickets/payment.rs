//! The payment as the order keeps it, shared by the steps that authorize, capture and void.

use crate::domain::{Failure, PaymentView, Reason};
use crate::saga::{Change, Scene};

/// Longest decline code that is shown, in characters.
const DECLINE_CODE_MAX: usize = 64;

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

fn is_code(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (1..=DECLINE_CODE_MAX).contains(&text.len()) && text.bytes().all(is_part)
}

pub(super) fn declined(payment: &PaymentView) -> Failure {
    // Shown to clients, so that only a code is taken, and no text of the participant (rule 34).
    let code = Some(payment.decline_code.as_str()).filter(|code| is_code(code));
    let code = code.unwrap_or("no code");
    Failure::new(
        Reason::PaymentDeclined,
        format!("the payment was declined ({code})"),
    )
}
