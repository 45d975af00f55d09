//! Payment over gRPC: its calls, and what its answers mean in domain terms.

use order_proto::payment::v1 as wire;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::wire::{Envelope, absent, misrouted, money_answered, money_to_wire, names, stateless};
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
            let order_id = message.order_id.clone();
            let answer = client.authorize_payment(envelope.around(message)).await?;
            payment(answer.into_inner(), "", &order_id)
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
            let (payment_id, order_id) = (message.payment_id.clone(), message.order_id.clone());
            let answer = client.capture_payment(envelope.around(message)).await?;
            payment(answer.into_inner(), &payment_id, &order_id)
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
            let (payment_id, order_id) = (message.payment_id.clone(), message.order_id.clone());
            let answer = client.void_payment(envelope.around(message)).await?;
            payment(answer.into_inner(), &payment_id, &order_id)
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
            let (payment_id, order_id) = (message.payment_id.clone(), message.order_id.clone());
            match client.get_payment(envelope.around(message)).await {
                Ok(answer) => payment(answer.into_inner(), &payment_id, &order_id),
                Err(status) => absent(status),
            }
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
        let refund_id = message.refund_id.clone();
        return match client.get_refund(envelope.around(message)).await {
            Ok(answer) => refund(answer.into_inner(), &refund_id, ""),
            Err(status) => absent(status),
        };
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
    let (refund_id, payment_id) = (message.refund_id.clone(), message.payment_id.clone());
    let answer = client.refund_payment(envelope.around(message)).await?;
    refund(answer.into_inner(), &refund_id, &payment_id)
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

/// Error: the answer has no state that is known here, or names another payment or order than asked about.
pub(super) fn payment(
    payment: wire::Payment,
    payment_id: &str,
    order_id: &str,
) -> Result<Answer, Status> {
    names("payment_id", payment_id, &payment.payment_id)?;
    names("order_id", order_id, &payment.order_id)?;
    let state = match payment.state() {
        wire::PaymentState::Unspecified => return Err(stateless("payment")),
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
        amount: money_answered("amount", payment.amount)?,
        captured: money_answered("captured", payment.captured)?,
        refunded: money_answered("refunded", payment.refunded)?,
        redirect_url: payment.redirect_url,
        decline_code: payment.decline_code,
    }))
}

/// Error: the answer has no state that is known here, or names another refund or payment than asked about.
fn refund(refund: wire::Refund, refund_id: &str, payment_id: &str) -> Result<Answer, Status> {
    names("refund_id", refund_id, &refund.refund_id)?;
    names("payment_id", payment_id, &refund.payment_id)?;
    let state = match refund.state() {
        wire::RefundState::Unspecified => return Err(stateless("refund")),
        wire::RefundState::Pending => RefundState::Pending,
        wire::RefundState::Succeeded => RefundState::Succeeded,
        wire::RefundState::Failed => RefundState::Failed,
    };
    Ok(Answer::Refund(RefundView {
        state,
        amount: money_answered("amount", refund.amount)?,
    }))
}

#[cfg(test)]
mod tests {
    use order_proto::google::r#type::Money;

    use super::*;

    fn answered() -> wire::Payment {
        wire::Payment {
            payment_id: "pay-1".into(),
            order_id: "order-1".into(),
            state: wire::PaymentState::Captured.into(),
            captured: Some(Money {
                currency_code: "USD".into(),
                units: 50,
                nanos: 0,
            }),
            ..wire::Payment::default()
        }
    }

    #[test]
    fn a_payment_without_a_known_state_of_another_order_or_unreadable_is_unknown() {
        let taken = |change: fn(&mut wire::Payment)| {
            let mut answer = answered();
            change(&mut answer);
            payment(answer, "pay-1", "order-1").is_ok()
        };
        assert!(taken(|_| {}));
        assert!(taken(|one| one.order_id.clear()), "it names no order");
        assert!(!taken(|one| one.state = 0));
        assert!(!taken(|one| one.state = 99), "of a newer version");
        assert!(!taken(|one| one.order_id = "order-2".into()));
        assert!(!taken(|one| one.payment_id = "pay-2".into()));
        assert!(!taken(|one| one.captured = Some(Money {
            currency_code: "USD".into(),
            units: 1,
            nanos: -1,
        })));
        assert!(
            payment(answered(), "", "order-1").is_ok(),
            "not known before"
        );
    }

    #[test]
    fn a_refund_without_a_known_state_or_of_another_payment_is_unknown() {
        let taken = |change: fn(&mut wire::Refund)| {
            let mut answer = wire::Refund {
                refund_id: "ref-1".into(),
                payment_id: "pay-1".into(),
                state: wire::RefundState::Succeeded.into(),
                amount: None,
            };
            change(&mut answer);
            refund(answer, "ref-1", "pay-1").is_ok()
        };
        assert!(taken(|_| {}));
        assert!(!taken(|one| one.state = 0));
        assert!(!taken(|one| one.state = 99));
        assert!(!taken(|one| one.refund_id = "ref-2".into()));
        assert!(!taken(|one| one.payment_id = "pay-2".into()));
        assert!(!taken(|one| one.amount = Some(Money {
            currency_code: "ABC".into(),
            ..Money::default()
        })));
    }
}
