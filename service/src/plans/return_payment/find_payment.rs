//! Step `find_payment`: queries the payment; moves no money.

use crate::domain::{Answer, Call, Failure, Money, OrderState, PaymentState, PaymentView, Reason};
use crate::plans::{refund, suspense};
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
        Ok(Call::get_payment(scene.order))
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        Ok(match answer.payment() {
            Some(payment) => note(scene, payment, change),
            None if answer.is_absent() => Verdict::Done,
            None => Verdict::Absent,
        })
    }

    fn refusal(&self, _reason: &Reason, message: &str) -> Failure {
        mismatch(message)
    }
}

/// Copies the payment's state to the order. Captured money that the order does not have is posted to `suspense`.
pub(super) fn note(scene: &Scene<'_>, payment: &PaymentView, change: &mut Change) -> Verdict {
    if payment.payment_id.is_empty() {
        return Verdict::Done;
    }
    if !ended_unbooked(scene.order.state) {
        return compare(scene, payment);
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

/// Whether the order ended without a booking, so that all of its money goes back.
pub(super) fn ended_unbooked(state: OrderState) -> bool {
    match state {
        OrderState::Failed | OrderState::Expired | OrderState::Cancelled => true,
        OrderState::Pending
        | OrderState::AwaitingPayment
        | OrderState::Confirmed
        | OrderState::Cancelling => false,
    }
}

/// Of any other order, what was captured and returned has to be what its own sagas captured and returned.
fn compare(scene: &Scene<'_>, payment: &PaymentView) -> Verdict {
    let order = scene.order;
    if refund::is_refunding(order) {
        return Verdict::Wait;
    }
    let some = |money: Option<Money>| money.filter(|money| !money.is_zero());
    let known = (some(order.captured), some(order.returned()));
    if (some(payment.captured), some(payment.refunded)) == known {
        Verdict::Done
    } else {
        Verdict::Attend(mismatch(
            "other amounts were captured or returned than the order has",
        ))
    }
}

fn mismatch(message: &str) -> Failure {
    Failure::new(Reason::PaymentMismatch, message)
}
