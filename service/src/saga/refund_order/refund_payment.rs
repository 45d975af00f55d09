//! Step `refund_payment`: returns what the saga's refund names; with the last ticket, all that is left.

use crate::order::Failure;
use crate::participant::{Answer, Call};
use crate::saga::progress::{Freed, Returned};
use crate::saga::refunding::{self, Goal};
use crate::saga::step::{Act, Change, Ready, Retriable, Scene, Step, Unreadable, Verdict};

use super::Payload;

/// Returns the refund's amount.
#[derive(Debug, Clone, Copy)]
pub struct RefundPayment;

impl Step for RefundPayment {
    type From = Freed;
    type To = Returned;
}

impl Retriable for RefundPayment {}

impl Act for RefundPayment {
    fn name(&self) -> &'static str {
        "refund_payment"
    }

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        goal(scene).map_or(true, |goal| refunding::is_needed(scene, goal))
    }

    fn prepare(&self, scene: &Scene<'_>, change: &mut Change) -> Result<Ready, Unreadable> {
        let payload: Payload = scene.payload()?;
        refunding::prepare(scene, goal(scene)?, &payload.reason, change)
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
        refunding::judge(scene, goal(scene)?, answer, change)
    }

    fn refusal(&self, _reason: &str, message: &str) -> Failure {
        refunding::refusal(message)
    }
}

fn goal(scene: &Scene<'_>) -> Result<Goal, Unreadable> {
    let payload: Payload = scene.payload()?;
    Ok(if payload.takes_last {
        Goal::Everything
    } else {
        Goal::One
    })
}
