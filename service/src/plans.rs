//! What each saga does: its steps, what an answer means for the order, and how the order ends.
//!
//! Pure, as `saga` is. Performs no call: it names the calls and interprets the answers.

pub mod book_tickets;
pub mod cancel_order;
mod catalog;
mod notification;
mod refund;
pub mod refund_order;
pub mod return_payment;
pub mod review_refund;
mod seats;
mod settlement;
mod suspense;
#[cfg(test)]
pub(crate) mod tests;

pub use catalog::Catalog;
pub use refund::{Goal, Occasion, RefundPayment};
