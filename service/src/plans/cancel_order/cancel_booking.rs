//! Step `cancel_booking`, the pivot: frees every seat. A refusal leaves the order unchanged.

use crate::domain::{Answer, Call, Failure, Reason};
use crate::plans::seats;
use crate::saga::{Act, Change, Confirmed, Freed, Retriable, Scene, Step, Unreadable, Verdict};

#[derive(Debug, Clone, Copy)]
pub struct CancelBooking;

impl Step for CancelBooking {
    type From = Confirmed;
    type To = Freed;
}

impl Retriable for CancelBooking {}

impl Act for CancelBooking {
    fn name(&self) -> &'static str {
        "cancel_booking"
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        Ok(seats::cancel(scene.order, &[]))
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        Some(Call::get_hold(scene.order))
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        Ok(seats::judge(scene, answer, &[], change))
    }

    fn refusal(&self, _reason: &Reason, message: &str) -> Failure {
        seats::refusal(message)
    }
}
