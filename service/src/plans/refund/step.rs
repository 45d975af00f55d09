//! Step `refund_payment` of every plan that returns money. The plan decides the amount and the reason.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::domain::{Answer, Call, Failure, Reason};
use crate::plans::refund::Goal;
use crate::saga::{
    Act, Change, Progress, Ready, Retriable, Returned, Scene, Step, Unreadable, Verdict,
};

/// What a plan returns money for.
pub trait Occasion: Debug + Send + Sync + 'static {
    /// Where the plan stands when money may be returned.
    type From: Progress;

    /// Whether the order is one whose money this plan returns.
    fn applies(scene: &Scene<'_>) -> bool {
        let _ = scene;
        true
    }

    /// How much is to be returned.
    fn goal(scene: &Scene<'_>) -> Result<Goal, Unreadable>;

    /// Why, as the refund says; may be empty.
    fn reason(scene: &Scene<'_>) -> Result<String, Unreadable>;
}

#[derive(Debug)]
pub struct RefundPayment<O>(PhantomData<O>);

impl<O> Default for RefundPayment<O> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<O: Occasion> Step for RefundPayment<O> {
    type From = O::From;
    type To = Returned;
}

impl<O: Occasion> Retriable for RefundPayment<O> {}

impl<O: Occasion> Act for RefundPayment<O> {
    fn name(&self) -> &'static str {
        "refund_payment"
    }

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        // An unreadable payload is reported by `prepare`, which returns an error.
        O::applies(scene) && O::goal(scene).map_or(true, |goal| super::is_needed(scene, goal))
    }

    fn prepare(&self, scene: &Scene<'_>, change: &mut Change) -> Result<Ready, Unreadable> {
        super::prepare(scene, O::goal(scene)?, &O::reason(scene)?, change)
    }

    fn key_suffix(&self, scene: &Scene<'_>) -> Option<String> {
        super::key_suffix(scene)
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        super::act(scene)
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        super::query(scene)
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        super::judge(scene, O::goal(scene)?, answer, change)
    }

    fn refusal(&self, _reason: &Reason, message: &str) -> Failure {
        super::refusal(message)
    }
}
