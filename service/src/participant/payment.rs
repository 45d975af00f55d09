//! Payment's answers, from gRPC.

use order_proto::payment::v1 as wire;
use tonic::Status;

use super::wire::money_from_wire;
use crate::domain::{Answer, PaymentView, RefundView};
use crate::domain::{PaymentState, RefundState};

/// An answer without a state is no answer: the outcome stays unknown.
pub(super) fn payment(payment: wire::Payment) -> Result<Answer, Status> {
    let state = match payment.state() {
        wire::PaymentState::Unspecified => {
            return Err(Status::unknown("the payment was answered without a state"));
        }
        wire::PaymentState::Pending => PaymentState::Pending,
        wire::PaymentState::RequiresAction => PaymentState::RequiresAction,
        wire::PaymentState::Authorized => PaymentState::Authorized,
        wire::PaymentState::Captured => PaymentState::Captured,
        wire::PaymentState::Declined => PaymentState::Declined,
        wire::PaymentState::Voided => PaymentState::Voided,
        wire::PaymentState::PartiallyRefunded => PaymentState::PartiallyRefunded,
        wire::PaymentState::Refunded => PaymentState::Refunded,
    };
    Ok(Answer::Payment(PaymentView {
        payment_id: payment.payment_id,
        state,
        amount: money_from_wire(payment.amount),
        captured: money_from_wire(payment.captured),
        refunded: money_from_wire(payment.refunded),
        redirect_url: payment.redirect_url,
        decline_code: payment.decline_code,
    }))
}

/// An answer without a state is no answer: the outcome stays unknown.
pub(super) fn refund(refund: wire::Refund) -> Result<Answer, Status> {
    let state = match refund.state() {
        wire::RefundState::Unspecified => {
            return Err(Status::unknown("the refund was answered without a state"));
        }
        wire::RefundState::Pending => RefundState::Pending,
        wire::RefundState::Succeeded => RefundState::Succeeded,
        wire::RefundState::Failed => RefundState::Failed,
    };
    Ok(Answer::Refund(RefundView {
        state,
        amount: money_from_wire(refund.amount),
    }))
}
