//! Step `capture_payment`, the pivot: takes the total. Its undo is used only for an unknown or wrong outcome.

use crate::domain::{Answer, Call, Failure, PaymentState, Reason};
use crate::plans::book_tickets::payment::{declined, has_total, note};
use crate::plans::book_tickets::void;
use crate::saga::{Act, Booked, Captured, Change, Scene, Step, Undo, Undone, Unreadable, Verdict};

#[derive(Debug, Clone, Copy)]
pub struct CapturePayment;

impl Step for CapturePayment {
    type From = Booked;
    type To = Captured;
}

impl Act for CapturePayment {
    fn name(&self) -> &'static str {
        "capture_payment"
    }

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        has_total(scene)
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        let order = scene.order;
        let charges = order
            .charges
            .ok_or_else(|| Unreadable::missing("the order's total"))?;
        let payment_id = order.payment.payment_id.clone();
        Ok(Call::CapturePayment {
            payment_id: payment_id.ok_or_else(|| Unreadable::missing("the order's payment"))?,
            order_id: order.order_id,
            amount: charges.total,
        })
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        Some(Call::get_payment(scene.order))
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        if answer.is_absent() {
            return Ok(Verdict::Absent);
        }
        let Some(payment) = answer.payment() else {
            return Ok(Verdict::No(Failure::new(
                Reason::PaymentMismatch,
                "the capture was answered with something else",
            )));
        };
        let total = scene.order.charges.map(|charges| charges.total);
        match payment.state {
            PaymentState::Captured if payment.captured == total => {
                note(payment, change);
                change.order.captured = total;
                Ok(Verdict::Done)
            }
            PaymentState::Declined | PaymentState::Voided => Ok(Verdict::No(declined(payment))),
            PaymentState::Authorized if scene.was_refused() => Ok(Verdict::No(Failure::new(
                Reason::PaymentDeclined,
                "the capture was refused",
            ))),
            PaymentState::Authorized | PaymentState::Pending | PaymentState::RequiresAction => {
                Ok(Verdict::Wait)
            }
            PaymentState::Captured | PaymentState::PartiallyRefunded | PaymentState::Refunded => {
                Ok(Verdict::No(Failure::new(
                    Reason::PaymentMismatch,
                    "another amount was captured than asked for",
                )))
            }
        }
    }

    fn refusal(&self, _reason: &Reason, _message: &str) -> Failure {
        Failure::new(
            Reason::PaymentDeclined,
            "the capture of the payment was refused",
        )
    }
}

impl Undo for CapturePayment {
    fn undo(&self, scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable> {
        void::undo(scene)
    }

    fn judge_undo(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Undone, Unreadable> {
        void::judge_undo(scene, answer, change, void::Whose::Capture)
    }
}
