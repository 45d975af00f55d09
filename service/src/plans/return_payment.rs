//! Saga `return_payment`, version 1: money found on an order that ended without a booking goes back (RULE 10).
//!
//! A hint begins it; what GetPayment says decides. What is reserved is voided, what is taken is refunded, and the order's
//! state stays as it is.

mod endings;
mod find_payment;
mod resolve;
mod void_payment;

use crate::plans::refund::{Goal, Occasion, RefundPayment};
use crate::saga::{Definition, Ended, Plan, Scene, Unreadable, Voided};

pub use find_payment::FindPayment;
pub use void_payment::VoidPayment;

pub const KIND: &str = "return_payment";
/// The version that new returns begin with.
pub const VERSION: u32 = 1;

/// What the money goes back for: all that was taken and is not on its way back already.
#[derive(Debug)]
pub struct LateMoney;

impl Occasion for LateMoney {
    type From = Voided;

    fn applies(scene: &Scene<'_>) -> bool {
        find_payment::ended_unbooked(scene.order.state)
    }

    fn goal(scene: &Scene<'_>) -> Result<Goal, Unreadable> {
        Ok(Goal::all_of(scene.order))
    }

    fn reason(_scene: &Scene<'_>) -> Result<String, Unreadable> {
        Ok("taken although the order had ended".to_owned())
    }
}

pub fn plan() -> Definition {
    Plan::<Ended>::begin_at_pivot(KIND, VERSION, FindPayment)
        .and(VoidPayment)
        .and(RefundPayment::<LateMoney>::default())
        .ends(endings::complete, endings::refused)
        .resolved_by(resolve::resolve)
        .followed_up_by(KIND, VERSION)
}

#[cfg(test)]
mod tests;
