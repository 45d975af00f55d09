//! The events of a saga's history, one per line.
//!
//! Knows nothing of what causes them: the machine, the webhooks and the store write the lines.

use super::open_names::open_names;

open_names!(
    /// What a line of a saga's history records.
    Event {
        /// The saga began; the detail is the caller's reason.
        SagaStarted = "saga_started",
        /// Every step is done.
        SagaCompleted = "saga_completed",
        /// Every step that was sent is undone.
        SagaCompensated = "saga_compensated",
        /// An operator ended the saga; the detail starts with the order's state.
        SagaResolved = "saga_resolved",
        /// What the step's call needs, such as the id of a refund, is durable.
        StepPrepared = "step_prepared",
        /// The step is done.
        StepSucceeded = "step_succeeded",
        /// The step waits for the buyer or the provider.
        StepWaiting = "step_waiting",
        /// A part of the step is done, and the next part follows.
        StepContinued = "step_continued",
        /// A query found that the step is still to be done.
        StepAskedAbout = "step_asked_about",
        /// The outcome of the step's call is unknown; it is called again under the same key.
        StepRetried = "step_retried",
        /// A participant refused the step.
        StepRefused = "step_refused",
        /// The saga turned back; the detail is reason and message.
        CompensationStarted = "compensation_started",
        /// A part of the step is undone, and the next part follows.
        CompensationContinued = "compensation_continued",
        /// The outcome of an undo is unknown; it is called again under the same key.
        CompensationRetried = "compensation_retried",
        /// The undo found the step done as asked, and the saga goes forward again.
        CompensationTurned = "compensation_turned",
        /// The step is undone.
        StepCompensated = "step_compensated",
        /// The saga stopped; the detail is reason and message.
        NeedsAttention = "needs_attention",
        /// The saga left NEEDS_ATTENTION to be called again.
        AttentionRetried = "attention_retried",
        /// A call that was made before the saga ended was answered.
        AnsweredAfterEnd = "answered_after_end",
        /// The saga that should look into such an answer could not begin.
        FollowUpFailed = "follow_up_failed",
        /// The order's cancel was requested; the detail is the caller's reason.
        CancelRequested = "cancel_requested",
        /// An operator requested a retry; the detail is the note.
        RetryRequested = "retry_requested",
        /// An operator requested compensation; the detail is the note.
        CompensationRequested = "compensation_requested",
        /// A webhook about the order was received.
        WebhookReceived = "webhook_received",
        /// A webhook contradicts the order.
        WebhookMismatch = "webhook_mismatch",
        /// The saga's row could not be decoded, and the store stopped the saga.
        Parked = "parked",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_parsed_from_its_name_and_an_unknown_one_is_kept_as_text() {
        for event in Event::KNOWN {
            assert_eq!(Event::from(event.as_str()), *event);
        }
        for text in ["something_new", "", "Parked"] {
            let event = Event::from(text);
            assert!(matches!(event, Event::Other(_)), "{event:?}");
            assert_eq!(event.as_str(), text);
        }
    }
}
