//! The client's calls on behalf of others: the buyer who must confirm, and the provider and the bank that answer late.

use std::time::Duration;

use order_proto::order::v1::{Order, OrderState, RefundState};
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_proto::sandbox::v1::{CompletePaymentRequest, CompletionOutcome};
use order_tests::Booking;
use order_tests::promises::is_final;
use order_tests::wait::pace;

use super::Client;

/// The interval between two polls for an effect.
const BETWEEN_LOOKS: Duration = Duration::from_millis(300);

impl Client {
    /// Completes the payment as the buyer or the provider until the order has left its state; some buyers never
    /// confirm.
    pub(super) async fn pay(&mut self, booking: &Booking, mut order: Order) -> Order {
        let completes = match booking.token.as_str() {
            "tok_capture_pending" => true,
            "tok_requires_action" => self.dice.percent(70),
            _ => return order,
        };
        let outcome = if self.dice.percent(80) {
            CompletionOutcome::Succeed
        } else {
            CompletionOutcome::Fail
        };
        while completes && !is_final(order.state()) {
            self.complete(&order, outcome).await;
            pace(BETWEEN_LOOKS).await;
            match self.look(&order.order_id).await {
                Some(now) => order = now,
                None => return order,
            }
        }
        order
    }

    /// Completes refunds as the buyer's bank until none is pending.
    pub(super) async fn bank(&mut self, order_id: &str) {
        while let Some(order) = self.look(order_id).await {
            let mut refunds = order.refunds.iter();
            let pends = refunds.any(|refund| refund.state() == RefundState::Pending);
            if !pends && order.state() != OrderState::Cancelling {
                return;
            }
            self.complete(&order, CompletionOutcome::Succeed).await;
            pace(BETWEEN_LOOKS).await;
        }
    }

    /// Completes what is pending on the order's payment, if anything is.
    async fn complete(&self, order: &Order, outcome: CompletionOutcome) {
        let payment_id = order.payment.clone().unwrap_or_default().payment_id;
        if payment_id.is_empty() {
            return;
        }
        let complete = CompletePaymentRequest {
            payment_id,
            outcome: outcome.into(),
        };
        let mut sandbox = SandboxServiceClient::new(self.shared.sandbox.clone());
        // Refused when nothing is pending, which is not an error here.
        let _ = sandbox.complete_payment(complete).await;
    }
}
