//! The data of the saga, and what its money is for.

use serde::{Deserialize, Serialize};

use crate::domain::{Order, OrderState, Refund, RefundId, RefundState};
use crate::plans::refund::{Goal, Occasion};
use crate::saga::{Checked, Scene, Unreadable};

/// The data of the saga, stored as JSON: fields are only added, with defaults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// The refund that is reviewed.
    pub refund_id: RefundId,
    /// Whether its money was captured for an order that was never sold.
    #[serde(default)]
    pub is_unasked: bool,
}

impl Payload {
    /// A review of this refund of the order.
    pub fn of(order: &Order, refund: &Refund) -> Self {
        let is_sold = match refund.state {
            RefundState::Succeeded => refund.shares.is_some(),
            RefundState::Pending | RefundState::Failed => match order.state {
                OrderState::Confirmed | OrderState::Cancelling => true,
                OrderState::Pending
                | OrderState::AwaitingPayment
                | OrderState::Failed
                | OrderState::Expired
                | OrderState::Cancelled => order.has_refund_of_sale(),
            },
        };
        Self {
            refund_id: refund.refund_id,
            is_unasked: !is_sold,
        }
    }

    /// How the money of the refund is posted.
    pub(super) const fn goal(&self) -> Goal {
        if self.is_unasked {
            Goal::Unasked
        } else {
            Goal::One
        }
    }
}

/// Returns the amount of a refund that failed after it had succeeded, once an operator retries the saga.
#[derive(Debug)]
pub struct Again;

impl Occasion for Again {
    type From = Checked;

    fn goal(scene: &Scene<'_>) -> Result<Goal, Unreadable> {
        scene.payload().map(Payload::goal)
    }

    fn reason(_scene: &Scene<'_>) -> Result<String, Unreadable> {
        Ok("an earlier refund failed after it had succeeded".to_owned())
    }
}
