//! Step `refund_payment`: returns all that was taken and is not on its way back already.

use crate::order::Failure;
use crate::participant::{Answer, Call};
use crate::saga::progress::{Returned, Voided};
use crate::saga::refunding::{self, Goal};
use crate::saga::step::{Act, Change, Ready, Retriable, Scene, Step, Unreadable, Verdict};

/// Returns what was taken.
#[derive(Debug, Clone, Copy)]
pub struct RefundPayment;

impl Step for RefundPayment {
    type From = Voided;
    type To = Returned;
}

impl Retriable for RefundPayment {}

impl Act for RefundPayment {
    fn name(&self) -> &'static str {
        "refund_payment"
    }

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        refunding::is_needed(scene, Goal::Unasked)
    }

    fn prepare(&self, scene: &Scene<'_>, change: &mut Change) -> Result<Ready, Unreadable> {
        let reason = "taken although the order had ended";
        refunding::prepare(scene, Goal::Unasked, reason, change)
    }

    fn key_suffix(&self, scene: &Scene<'_>) -> Option<String> {
        refunding::key_suffix(scene)
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        refunding::act(scene)
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        refunding::query(scene)
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        refunding::judge(scene, Goal::Unasked, answer, change)
    }

    fn refusal(&self, _reason: &str, message: &str) -> Failure {
        refunding::refusal(message)
    }
}
