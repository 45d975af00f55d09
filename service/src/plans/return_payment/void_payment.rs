//! Step `void_payment`: gives back what is reserved, and learns whether that came too late.

use crate::domain::{Answer, Call, Failure, PaymentState, Reason};
use crate::plans::return_payment::find_payment::{ended_unbooked, note};
use crate::saga::{Act, Change, Found, Retriable, Scene, Step, Unreadable, Verdict, Voided};

/// Gives back what is reserved.
#[derive(Debug, Clone, Copy)]
pub struct VoidPayment;

impl Step for VoidPayment {
    type From = Found;
    type To = Voided;
}

impl Retriable for VoidPayment {}

impl Act for VoidPayment {
    fn name(&self) -> &'static str {
        "void_payment"
    }

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        match scene.order.payment.state {
            PaymentState::Pending | PaymentState::RequiresAction | PaymentState::Authorized => {
                ended_unbooked(scene.order.state) && scene.order.payment.payment_id.is_some()
            }
            PaymentState::Captured
            | PaymentState::Declined
            | PaymentState::Voided
            | PaymentState::PartiallyRefunded
            | PaymentState::Refunded => false,
        }
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        Ok(Call::void_payment(scene.order))
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        let Some(payment) = answer.payment() else {
            return Ok(Verdict::Absent);
        };
        match payment.state {
            PaymentState::Pending | PaymentState::RequiresAction | PaymentState::Authorized => {
                Ok(Verdict::Absent)
            }
            PaymentState::Captured
            | PaymentState::Declined
            | PaymentState::Voided
            | PaymentState::PartiallyRefunded
            | PaymentState::Refunded => Ok(note(scene, payment, change)),
        }
    }

    fn refusal(&self, _reason: &Reason, message: &str) -> Failure {
        Failure::new(Reason::VoidRefused, message)
    }
}
