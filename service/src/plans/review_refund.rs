//! Saga `review_refund`, version 1: a refund that the provider reports otherwise than the order has it (rule 31).
//!
//! A webhook begins it; what GetRefund says decides. A refund that had succeeded and failed since is posted back, and an
//! operator decides whether the money is returned again. A refund that had failed and succeeded since is posted.

mod find_refund;
mod payload;
mod resolve;

use crate::plans::refund::RefundPayment;
use crate::plans::return_payment;
use crate::saga::{Definition, Plan, Reported};

pub use find_refund::FindRefund;
pub use payload::{Again, Payload};

pub const KIND: &str = "review_refund";
/// The version that new reviews begin with.
pub const VERSION: u32 = 1;

pub fn plan() -> Definition {
    Plan::<Reported>::begin_at_pivot(KIND, VERSION, FindRefund)
        .and(RefundPayment::<Again>::default())
        .ends(|_, _| Ok(()), |_, _| Ok(()))
        .resolved_by(resolve::resolve)
        .followed_up_by(return_payment::KIND, return_payment::VERSION)
}

#[cfg(test)]
mod tests;
