//! What a refund's saga needs besides the order, and what its money is for. Stored as JSON: fields are only added, with
//! defaults.

use serde::{Deserialize, Serialize};

use crate::domain::SeatId;
use crate::plans::refund::{Goal, Occasion};
use crate::saga::{Freed, Scene, Unreadable};

/// What the saga knows from its beginning on, stored as JSON. The order's refund says the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The seats to give back; none: money only.
    #[serde(default)]
    pub seat_ids: Vec<SeatId>,
    /// Whether no ticket is left then: the order became CANCELLING with the beginning, and this saga moves it on.
    #[serde(default)]
    pub takes_last: bool,
    /// Why, in the caller's words; may be empty.
    #[serde(default)]
    pub reason: String,
}

/// What the money goes back for: the refund that the saga began with; with the last ticket, all that is left.
#[derive(Debug)]
pub struct Asking;

impl Occasion for Asking {
    type From = Freed;

    fn goal(scene: &Scene<'_>) -> Result<Goal, Unreadable> {
        let payload: &Payload = scene.payload()?;
        Ok(if payload.takes_last {
            Goal::Everything
        } else {
            Goal::One
        })
    }

    fn reason(scene: &Scene<'_>) -> Result<String, Unreadable> {
        scene
            .payload()
            .map(|payload: &Payload| payload.reason.clone())
    }
}
