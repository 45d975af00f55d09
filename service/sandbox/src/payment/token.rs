//! The behaviour that each test token selects. Knows no payment and keeps no token.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::world::fault::DELAY_MAX;

/// The course of an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Authorizes(CaptureOutcome),
    Declines(&'static str),
    RequiresAction,
    Slow(Duration),
    LosesReply,
    FailsFirst(u32),
    /// Authorizes; refunds stay PENDING until CompletePayment.
    RefundsPending,
}

/// The outcome of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CaptureOutcome {
    Captured,
    Declined,
    Pending,
}

/// Parses a token; an unknown one is declined with `unknown_token`.
pub(super) fn behaviour(token: &str) -> Behaviour {
    match token {
        "tok_ok" => Behaviour::Authorizes(CaptureOutcome::Captured),
        "tok_capture_declined" => Behaviour::Authorizes(CaptureOutcome::Declined),
        "tok_capture_pending" => Behaviour::Authorizes(CaptureOutcome::Pending),
        "tok_refund_pending" => Behaviour::RefundsPending,
        "tok_declined" => Behaviour::Declines("card_declined"),
        "tok_requires_action" => Behaviour::RequiresAction,
        "tok_lost_reply" => Behaviour::LosesReply,
        _ => with_number(token).unwrap_or(Behaviour::Declines("unknown_token")),
    }
}

fn with_number(token: &str) -> Option<Behaviour> {
    if let Some(millis) = token.strip_prefix("tok_slow_") {
        let slow = Duration::from_millis(millis.parse().ok()?);
        return Some(Behaviour::Slow(slow.min(DELAY_MAX)));
    }
    let times = token.strip_prefix("tok_unavailable_")?;
    times.parse().ok().map(Behaviour::FailsFirst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_selects_a_behaviour_and_an_unknown_one_is_declined() {
        let slow = Behaviour::Slow(Duration::from_millis(250));
        assert_eq!(behaviour("tok_slow_250"), slow);
        assert_eq!(behaviour("tok_unavailable_3"), Behaviour::FailsFirst(3));
        for token in [
            "",
            "tok",
            "tok_slow_",
            "tok_slow_x",
            "tok_unavailable_-1",
            "TOK_OK",
        ] {
            let declined = Behaviour::Declines("unknown_token");
            assert_eq!(behaviour(token), declined, "{token}");
        }
    }
}
