//! Saga `return_payment`, version 1: money found on an order that ended without a booking goes back (RULE 10).
//!
//! A hint begins it; what GetPayment says decides. What is reserved is voided, what is taken is refunded, and the order's
//! state stays as it is.

mod endings;
mod find_payment;
mod refund_payment;
mod void_payment;

use super::plan::{Definition, Plan};
use super::progress::Ended;

pub use find_payment::FindPayment;
pub use refund_payment::RefundPayment;
pub use void_payment::VoidPayment;

/// The plan's name.
pub const KIND: &str = "return_payment";
/// The version that new returns begin with.
pub const VERSION: u32 = 1;

/// The plan.
pub fn plan() -> Definition {
    Plan::<Ended>::begin_at_pivot(KIND, VERSION, FindPayment)
        .and(VoidPayment)
        .and(RefundPayment)
        .ends(endings::complete, endings::refused)
}

#[cfg(test)]
mod tests;
