//! `FailRefund`: the provider gives back a refund that had succeeded. Returns the webhook's event as data; the caller sends it.

use order_proto::payment::v1 as wire;
use order_proto::sandbox::v1::FailRefundRequest;

use super::event::{Event, EventKind};
use super::ledger::RefundState;
use super::{Change, Payment};
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

/// The changes, the refund after them, and the webhook event.
type Failed = (Vec<world::Change>, (wire::Refund, Event));

/// Fails the refund; refused with NOT_REFUNDED where it has not succeeded.
pub(crate) fn fail_refund(world: &World, request: &FailRefundRequest) -> Result<Failed, Refusal> {
    let found = world.payments.refund(&request.refund_id);
    let (payment, refund) =
        found.ok_or_else(|| Refusal::not_found("REFUND_NOT_FOUND", "there is no such refund"))?;
    if refund.state != RefundState::Succeeded {
        let message = "the refund has not succeeded";
        return Err(Refusal::failed_precondition("NOT_REFUNDED", message));
    }
    let mut payment: Payment = payment.clone();
    let mut refunds = payment.refunds.iter_mut();
    let refund = refunds
        .find(|refund| refund.refund_id == request.refund_id)
        .expect("it was found");
    refund.state = RefundState::Failed;
    let refund = refund.clone();
    let event = Event {
        kind: EventKind::RefundFailed,
        payment_id: payment.payment_id(),
        order_id: payment.order_id.clone(),
        refund_id: Some(refund.refund_id.clone()),
        amount: payment.amount.with_minor(refund.minor),
    };
    let answer = refund.wire(&payment);
    let change = world::Change::Payment(Change::Payment(payment));
    Ok((vec![change], (answer, event)))
}
