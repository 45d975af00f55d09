//! The answer to a call that was made before a person ended the saga: it is recorded, and money or seats that it reveals
//! are looked into by a saga of their own (rule 30).

use std::collections::BTreeSet;

use crate::domain::{
    Answer, Attention, CallError, Commit, Event, HoldState, Money, Order, PaymentState,
    PaymentView, Reason, RefundState, RefundView, Saga, SagaPayload, SagaState, Step, StepState,
};
use crate::saga::machine::draft::Draft;
use crate::saga::machine::{Machine, Purpose};
use crate::saga::moment::Moment;
use crate::saga::step::Next;

impl Machine<'_> {
    /// What to write when the answer to a call arrives and the saga has ended meanwhile. Changes neither the saga's end nor
    /// the order: a participant is asked again before anything moves.
    pub fn answered_after_end(
        &self,
        saga: &Saga,
        order: &Order,
        (purpose, step): (Purpose, &str),
        answer: &Result<Answer, CallError>,
        moment: &mut Moment<'_>,
    ) -> Commit {
        let mut draft = Draft::stepping_in(saga, order, super::draft::SYSTEM, moment);
        let finding = found(saga, order, (purpose, step), answer);
        let finding =
            finding.filter(|finding| finding.concerns(saga, purpose, step, self.is_undoable(step)));
        let detail = finding.map_or("it agrees with the order", Finding::detail);
        draft.note_of(step, Event::AnsweredAfterEnd, detail);
        if let (Some(finding), Some(plan)) = (finding, self.definition.after_end) {
            let next = Next {
                plan,
                payload: SagaPayload::default(),
                detail,
            };
            match self.succeed(next, order, moment) {
                Ok(mut successor) => {
                    finding.mark(&mut successor.saga);
                    draft.successor = Some(Box::new(successor));
                }
                Err(unreadable) => {
                    draft.note_of(step, Event::FollowUpFailed, unreadable.to_string())
                }
            }
        }
        draft.commit(moment)
    }
}

impl Machine<'_> {
    fn is_undoable(&self, step: &str) -> bool {
        let mut stages = self.definition.stages.iter();
        stages.any(|stage| stage.act().name() == step && stage.undo().is_some())
    }
}

/// What an answer reveals that the order does not have.
#[derive(Debug, Clone, Copy)]
enum Finding {
    /// The Payment service is asked what has moved.
    Money(&'static str),
    /// A person has to look: no saga gives seats back, or takes them, on its own.
    Seats(&'static str),
    /// A person has to look: the call may have acted after the participants were last asked.
    Unknown,
}

impl Finding {
    /// Whether the finding stands for a step of the saga. The outcome of a step that ended is known under the same key: an
    /// answer about it may be old, and one that is lost is not missed. Money is compared all the same.
    fn concerns(self, saga: &Saga, purpose: Purpose, step: &str, is_undoable: bool) -> bool {
        let step = saga.steps.iter().find(|known| known.name == step);
        match self {
            Self::Money(_) => true,
            Self::Seats(_) | Self::Unknown => step.is_none_or(|step| match step.state {
                StepState::Pending | StepState::Running | StepState::Unknown => true,
                // A saga that ends by itself undoes such a step: only a person leaves it FAILED or SUCCEEDED.
                StepState::Failed => is_undoable,
                StepState::Succeeded => purpose == Purpose::Undo,
                StepState::Compensated | StepState::Skipped => false,
            }),
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::Money(detail) | Self::Seats(detail) => detail,
            Self::Unknown => "the outcome of the call is unknown",
        }
    }

    fn mark(self, saga: &mut Saga) {
        let reason = match self {
            Self::Money(_) => return,
            Self::Seats(_) => Reason::InventoryMismatch,
            Self::Unknown => Reason::OutcomeUnknown,
        };
        saga.state = SagaState::NeedsAttention;
        saga.due_time = None;
        saga.failure = Some(Attention {
            reason,
            message: self.detail().to_owned(),
            // A retry would ask Payment alone, and end without a look at the seats.
            next_moves: vec!["ResolveSaga".to_owned()],
            stopped_by: None,
        });
    }
}

/// How the answer differs from the order; none where it does not.
fn found(
    saga: &Saga,
    order: &Order,
    (purpose, step): (Purpose, &str),
    answer: &Result<Answer, CallError>,
) -> Option<Finding> {
    match answer {
        Ok(Answer::Refund(refund)) if is_settled_outside(saga, step, refund) => Some(
            Finding::Money("the refund succeeded, and an operator had settled it outside"),
        ),
        Ok(Answer::Payment(payment)) => payment_differs(order, payment)
            .then_some(Finding::Money("the payment differs from the order")),
        Ok(Answer::Refund(refund)) => refund_differs(saga, order, refund)
            .then_some(Finding::Money("the refund differs from the order")),
        Ok(Answer::Booking { tickets, .. }) => {
            let booked = tickets.iter().map(|(seat, _)| seat.as_str());
            seats_differ(order, booked)
                .then_some(Finding::Seats("the booked seats differ from the order"))
        }
        Ok(Answer::Hold(hold)) => match hold.state {
            HoldState::Booked => {
                let booked = hold.seat_ids.iter().map(String::as_str);
                seats_differ(order, booked)
                    .then_some(Finding::Seats("the booked seats differ from the order"))
            }
            // A hold ends by itself.
            HoldState::None | HoldState::Held | HoldState::Released | HoldState::Expired => None,
        },
        Ok(Answer::Held { .. } | Answer::Absent | Answer::Taken) => None,
        Err(CallError::Unknown { .. }) => match purpose {
            Purpose::Act | Purpose::Undo => Some(Finding::Unknown),
            Purpose::Query => None,
        },
        Err(CallError::Refused { .. } | CallError::Invalid { .. }) => None,
    }
}

fn payment_differs(order: &Order, payment: &PaymentView) -> bool {
    let some = |money: Option<Money>| money.filter(|money| !money.is_zero());
    let is_open = match payment.state {
        PaymentState::Pending | PaymentState::RequiresAction | PaymentState::Authorized => {
            !payment.payment_id.is_empty()
        }
        PaymentState::Captured
        | PaymentState::Declined
        | PaymentState::Voided
        | PaymentState::PartiallyRefunded
        | PaymentState::Refunded => false,
    };
    is_open
        || some(payment.captured) != some(order.captured)
        || some(payment.refunded) != some(order.returned())
}

/// Whether the saga's last refund stands otherwise in the order than the answer has it.
fn refund_differs(saga: &Saga, order: &Order, refund: &RefundView) -> bool {
    let mut refunds = order.refunds.iter().rev();
    let mine = refunds.find(|refund| refund.saga_id == Some(saga.saga_id));
    let stands = mine.map_or(RefundState::Failed, |refund| refund.state);
    refund.state != stands
}

/// Whether a refund succeeded that an operator had settled outside: its amount may have been returned twice, so that the
/// payment is queried.
fn is_settled_outside(saga: &Saga, step: &str, refund: &RefundView) -> bool {
    let mut steps = saga.steps.iter();
    let was_settled = |known: &Step| known.name == step && known.state != StepState::Succeeded;
    refund.state == RefundState::Succeeded && steps.any(was_settled)
}

fn seats_differ<'a>(order: &'a Order, booked: impl Iterator<Item = &'a str>) -> bool {
    let live: BTreeSet<&str> = order.live_seats().collect();
    live != booked.collect()
}
