//! Step `find_payment`: looks whether there is money, and moves none.

use crate::domain::{Answer, Call, Failure, Money, PaymentState, PaymentView};
use crate::plans::suspense;
use crate::saga::{Act, Change, Ended, Found, Retriable, Scene, Step, Unreadable, Verdict};

/// Looks at the payment.
#[derive(Debug, Clone, Copy)]
pub struct FindPayment;

impl Step for FindPayment {
    type From = Ended;
    type To = Found;
}

impl Retriable for FindPayment {}

impl Act for FindPayment {
    fn name(&self) -> &'static str {
        "find_payment"
    }

    fn only_asks(&self) -> bool {
        true
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        Ok(Call::GetPayment {
            payment_id: scene.order.payment.payment_id.clone(),
            order_id: scene.order.order_id,
        })
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        match answer {
            Answer::Payment(payment) => Ok(note(scene, payment, change)),
            Answer::Absent => Ok(Verdict::Done),
            Answer::Held { .. }
            | Answer::Hold(_)
            | Answer::Booking { .. }
            | Answer::Refund(_)
            | Answer::Taken => Ok(Verdict::Absent),
        }
    }

    fn refusal(&self, _reason: &str, message: &str) -> Failure {
        mismatch(message)
    }
}

/// Keeps what is known of the payment. Money that is taken and that the order does not know of is booked as nobody's.
pub(super) fn note(scene: &Scene<'_>, payment: &PaymentView, change: &mut Change) -> Verdict {
    if payment.payment_id.is_empty() {
        return Verdict::Done;
    }
    let order = &mut change.order;
    order.payment.payment_id = Some(payment.payment_id.clone());
    let taken = match payment.state {
        PaymentState::Captured | PaymentState::PartiallyRefunded | PaymentState::Refunded => true,
        PaymentState::Pending
        | PaymentState::RequiresAction
        | PaymentState::Authorized
        | PaymentState::Declined
        | PaymentState::Voided => false,
    };
    if !taken {
        if order.returned().is_none_or(Money::is_zero) {
            order.payment.state = payment.state;
        }
        return Verdict::Done;
    }
    let Some(captured) = payment.captured else {
        return Verdict::Attend(mismatch("the payment is captured, of an unreadable amount"));
    };
    let known = scene
        .order
        .captured
        .unwrap_or(Money::zero(captured.currency));
    match captured.minus(known) {
        Ok(more) if more.minor > 0 => {
            order.captured = Some(captured);
            order.payment.state = PaymentState::Captured;
            suspense::found(change, more);
            Verdict::Done
        }
        Ok(less) if less.minor == 0 => Verdict::Done,
        Ok(_) | Err(_) => Verdict::Attend(mismatch("less is captured than was known")),
    }
}

fn mismatch(message: &str) -> Failure {
    Failure {
        reason: "PAYMENT_MISMATCH".into(),
        message: message.into(),
    }
}
