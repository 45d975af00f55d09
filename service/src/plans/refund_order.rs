//! Saga `refund_order`, version 1: cancel the seats that are named, then return their share, or an amount.
//!
//! The order lists the refund from the saga's first commit, which reserves its amount and its seats. Without seats there is no pivot but the refund itself: refused, it leaves the order as it was.

mod cancel_booking;
mod endings;
mod payload;
mod resolve;

use crate::domain::{
    Money, Order, OrderState, Refund, RefundId, RefundRefusal, RefundState, SagaId, SeatId, Tariff,
    Timestamp,
};
use crate::plans::refund::RefundPayment;
use crate::plans::return_payment;
use crate::saga::{Confirmed, Definition, Plan};

pub use cancel_booking::CancelBooking;
pub use payload::{Asking, Payload};

pub const KIND: &str = "refund_order";
/// The version that new refunds begin with.
pub const VERSION: u32 = 1;

/// A refund that is asked for.
#[derive(Debug)]
pub struct Asked<'a> {
    pub refund_id: RefundId,
    /// The saga that will return it.
    pub saga_id: SagaId,
    /// How much; none: the seats' share, or without seats all that is left.
    pub amount: Option<Money>,
    /// The seats to give back.
    pub seat_ids: &'a [SeatId],
    /// Why, in the caller's words; may be empty.
    pub reason: &'a str,
    /// The tariff that the order was booked under.
    pub tariff: Tariff,
    pub now: Timestamp,
}

/// Reserves the refund's amount and seats in the order (RULE 18), or says why not.
pub fn accept(order: &mut Order, asked: &Asked<'_>) -> Result<Payload, RefundRefusal> {
    let judged = order.judge_refund(asked.amount, asked.seat_ids, asked.tariff)?;
    order.refunds.push(Refund {
        refund_id: asked.refund_id,
        amount: judged.amount,
        state: RefundState::Pending,
        reason: asked.reason.to_owned(),
        create_time: asked.now,
        saga_id: Some(asked.saga_id),
        seat_ids: asked.seat_ids.to_vec(),
        seats_due: judged.seats_due,
        shares: None,
        is_posted_back: false,
    });
    if judged.takes_last {
        order.state = OrderState::Cancelling;
    }
    Ok(Payload {
        seat_ids: asked.seat_ids.to_vec(),
        takes_last: judged.takes_last,
        reason: asked.reason.to_owned(),
    })
}

pub fn plan() -> Definition {
    Plan::<Confirmed>::begin_at_pivot(KIND, VERSION, CancelBooking)
        .and(RefundPayment::<Asking>::default())
        .ends(endings::complete, endings::refused)
        .resolved_by(resolve::resolve)
        .followed_up_by(return_payment::KIND, return_payment::VERSION)
}

#[cfg(test)]
mod tests;
