//! Payment over gRPC: its calls, and what its answers mean in domain terms.

use order_proto::payment::v1 as wire;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use tonic::transport::Channel;
use tonic::{Response, Status};

use super::wire::{Envelope, absent, misrouted, money_from_wire, money_to_wire};
use crate::domain::{Answer, Call, PaymentState, PaymentView, RefundState, RefundView};

/// Makes one of Payment's calls.
pub(super) async fn send(
    mut client: PaymentServiceClient<Channel>,
    call: Call,
    envelope: Envelope<'_>,
) -> Result<Answer, Status> {
    match call {
        call @ Call::AuthorizePayment { .. } => {
            let message = authorize(call, envelope)?;
            let answer = client.authorize_payment(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(payment)
        }
        Call::CapturePayment {
            payment_id,
            order_id,
            amount,
        } => {
            let message = wire::CapturePaymentRequest {
                payment_id,
                order_id: order_id.to_string(),
                amount: Some(money_to_wire(amount)),
                idempotency_key: envelope.key(),
            };
            let answer = client.capture_payment(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(payment)
        }
        Call::VoidPayment {
            payment_id,
            order_id,
        } => {
            let message = wire::VoidPaymentRequest {
                payment_id: payment_id.unwrap_or_default(),
                order_id: order_id.to_string(),
                idempotency_key: envelope.key(),
            };
            let answer = client.void_payment(envelope.around(message)).await;
            answer.map(Response::into_inner).and_then(payment)
        }
        call @ (Call::RefundPayment { .. } | Call::GetRefund { .. }) => {
            send_refund(client, call, envelope).await
        }
        Call::GetPayment {
            payment_id,
            order_id,
        } => {
            let message = wire::GetPaymentRequest {
                payment_id: payment_id.unwrap_or_default(),
                order_id: order_id.to_string(),
            };
            let answer = client.get_payment(envelope.around(message)).await;
            let answer = answer.map(Response::into_inner).and_then(payment);
            answer.or_else(absent)
        }
        other @ (Call::HoldSeats { .. }
        | Call::ReleaseHold { .. }
        | Call::GetHold { .. }
        | Call::ConfirmBooking { .. }
        | Call::CancelBooking { .. }
        | Call::SendNotification { .. }
        | Call::RecordUsage { .. }) => Err(misrouted(&other)),
    }
}

async fn send_refund(
    mut client: PaymentServiceClient<Channel>,
    call: Call,
    envelope: Envelope<'_>,
) -> Result<Answer, Status> {
    if let Call::GetRefund { refund_id } = call {
        let message = wire::GetRefundRequest {
            refund_id: refund_id.to_string(),
        };
        let answer = client.get_refund(envelope.around(message)).await;
        let answer = answer.map(Response::into_inner).and_then(refund);
        return answer.or_else(absent);
    }
    let Call::RefundPayment {
        payment_id,
        order_id,
        refund_id,
        amount,
    } = call
    else {
        return Err(misrouted(&call));
    };
    let message = wire::RefundPaymentRequest {
        payment_id,
        order_id: order_id.to_string(),
        refund_id: refund_id.to_string(),
        amount: Some(money_to_wire(amount)),
        idempotency_key: envelope.key(),
    };
    let answer = client.refund_payment(envelope.around(message)).await;
    answer.map(Response::into_inner).and_then(refund)
}

fn authorize(call: Call, envelope: Envelope<'_>) -> Result<wire::AuthorizePaymentRequest, Status> {
    let Call::AuthorizePayment {
        order_id,
        organization_id,
        amount,
        method_type,
        token,
        return_url,
    } = call
    else {
        return Err(misrouted(&call));
    };
    Ok(wire::AuthorizePaymentRequest {
        order_id: order_id.to_string(),
        organization_id: organization_id.to_string(),
        amount: Some(money_to_wire(amount)),
        payment_method: Some(wire::PaymentMethod {
            r#type: method_type,
            token: token.reveal().to_owned(),
        }),
        return_url,
        idempotency_key: envelope.key(),
    })
}

/// An answer without a state leaves the outcome unknown.
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

/// An answer without a state leaves the outcome unknown.
fn refund(refund: wire::Refund) -> Result<Answer, Status> {
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
