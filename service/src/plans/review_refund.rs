//! Saga `review_refund`, version 1: a refund that the provider reports otherwise than the order has it (rule 31).
//!
//! A webhook begins it; what GetRefund says decides. A refund that had succeeded and failed since is posted back, and an
//! operator decides whether the money is returned again. A refund that had failed and succeeded since is posted.

mod find_refund;
mod resolve;

use serde::{Deserialize, Serialize};

use crate::domain::{Order, OrderState, Refund, RefundId, RefundState};
use crate::plans::refund::{Goal, Occasion, RefundPayment};
use crate::plans::return_payment;
use crate::saga::{Checked, Definition, Plan, Reported, Scene, Unreadable};

pub use find_refund::FindRefund;

pub const KIND: &str = "review_refund";
/// The version that new reviews begin with.
pub const VERSION: u32 = 1;

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
    const fn goal(&self) -> Goal {
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

pub fn plan() -> Definition {
    Plan::<Reported>::begin_at_pivot(KIND, VERSION, FindRefund)
        .and(RefundPayment::<Again>::default())
        .ends(|_, _| Ok(()), |_, _| Ok(()))
        .resolved_by(resolve::resolve)
        .followed_up_by(return_payment::KIND, return_payment::VERSION)
}

#[cfg(test)]
mod tests;
