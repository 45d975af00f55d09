//! Step `find_refund`: queries the refund, and posts what changed since the order recorded it.

use crate::domain::{Answer, Call, Failure, Reason, Refund, RefundState, RefundView};
use crate::plans::refund;
use crate::plans::review_refund::payload::Payload;
use crate::saga::{Act, Change, Checked, Reported, Retriable, Scene, Step, Unreadable, Verdict};

#[derive(Debug, Clone, Copy)]
pub struct FindRefund;

impl Step for FindRefund {
    type From = Reported;
    type To = Checked;
}

impl Retriable for FindRefund {}

impl Act for FindRefund {
    fn name(&self) -> &'static str {
        "find_refund"
    }

    fn only_asks(&self) -> bool {
        true
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        let payload: &Payload = scene.payload()?;
        Ok(Call::GetRefund {
            refund_id: payload.refund_id,
        })
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        let payload: &Payload = scene.payload()?;
        let mut refunds = scene.order.refunds.iter();
        let Some(known) = refunds.find(|refund| refund.refund_id == payload.refund_id) else {
            return Ok(Verdict::Done);
        };
        match answer.refund() {
            Some(view) => compare(scene, payload, (known, view), change),
            None if answer.is_absent() && known.state == RefundState::Succeeded => Ok(
                Verdict::Attend(mismatch("the Payment service does not know the refund")),
            ),
            None if answer.is_absent() => Ok(Verdict::Done),
            None => Ok(Verdict::Absent),
        }
    }

    fn refusal(&self, _reason: &Reason, message: &str) -> Failure {
        mismatch(message)
    }
}

fn compare(
    scene: &Scene<'_>,
    payload: &Payload,
    (known, view): (&Refund, &RefundView),
    change: &mut Change,
) -> Result<Verdict, Unreadable> {
    match (known.state, view.state) {
        // The saga that the refund belongs to queries it.
        (RefundState::Pending, _) => Ok(Verdict::Done),
        (RefundState::Succeeded | RefundState::Failed, RefundState::Pending) => Ok(Verdict::Wait),
        (RefundState::Succeeded, RefundState::Succeeded)
        | (RefundState::Failed, RefundState::Failed) => Ok(Verdict::Done),
        (RefundState::Succeeded, RefundState::Failed) => {
            refund::bounced(scene, known, change);
            Ok(Verdict::Attend(refund::refusal(
                "the refund failed at the provider after it had succeeded",
            )))
        }
        (RefundState::Failed, RefundState::Succeeded) => {
            let left = scene.order.refundable();
            let fits = left.is_some_and(|left| known.amount.minor <= left.minor);
            if view.amount != Some(known.amount) || !fits {
                return Ok(Verdict::Attend(mismatch(
                    "the refund succeeded at the provider after it had failed, and more is returned than was to be",
                )));
            }
            refund::returned(known, payload.goal(), change)?;
            Ok(Verdict::Done)
        }
    }
}

fn mismatch(message: &str) -> Failure {
    Failure::new(Reason::PaymentMismatch, message)
}
