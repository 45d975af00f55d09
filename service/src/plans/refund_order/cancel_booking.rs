//! Step `cancel_booking`, the pivot where seats are named: frees them. Refused, it leaves the order as it was.

use crate::domain::{Answer, Call, Failure, Reason};
use crate::plans::refund_order::payload::Payload;
use crate::plans::{refund, seats};
use crate::saga::{Act, Change, Confirmed, Freed, Retriable, Scene, Step, Unreadable, Verdict};

/// Frees the seats that are named.
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

    fn is_needed(&self, scene: &Scene<'_>) -> bool {
        let payload = scene.payload::<Payload>();
        payload.map_or(true, |payload| !payload.seat_ids.is_empty())
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        let payload: &Payload = scene.payload()?;
        Ok(seats::cancel(scene.order, &payload.seat_ids))
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
        let payload: &Payload = scene.payload()?;
        let verdict = seats::judge(scene, answer, &payload.seat_ids, change);
        if verdict == Verdict::Done {
            refund::settle_nothing(change);
        }
        Ok(verdict)
    }

    fn refusal(&self, _reason: &Reason, message: &str) -> Failure {
        seats::refusal(message)
    }
}
