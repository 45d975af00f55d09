//! The four participants over gRPC: one warm channel each, made when it is first needed and again when it breaks.

use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::notification::v1::notification_service_client::NotificationServiceClient;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use order_proto::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::channel::{Addresses, InvalidAddress, channel};
use super::wire::{Envelope, error};
use super::{Participants, inventory, notification, payment, subscription};
use crate::domain::{Answer, Call, CallError, Request};

/// The four participants over gRPC.
#[derive(Debug, Clone)]
pub struct Grpc {
    inventory: InventoryServiceClient<Channel>,
    payment: PaymentServiceClient<Channel>,
    notification: NotificationServiceClient<Channel>,
    subscription: SubscriptionServiceClient<Channel>,
}

impl Grpc {
    /// Prepares the channels without connecting: the service starts while participants are down.
    pub fn new(addresses: &Addresses) -> Result<Self, InvalidAddress> {
        Ok(Self {
            inventory: InventoryServiceClient::new(channel("inventory", &addresses.inventory)?),
            payment: PaymentServiceClient::new(channel("payment", &addresses.payment)?),
            notification: NotificationServiceClient::new(channel(
                "notification",
                &addresses.notification,
            )?),
            subscription: SubscriptionServiceClient::new(channel(
                "subscription",
                &addresses.subscription,
            )?),
        })
    }
}

impl Participants for Grpc {
    #[tracing::instrument(name = "participant", skip_all, fields(otel.kind = "client", rpc = asked.call.rpc()))]
    async fn call(&self, asked: Request) -> Result<Answer, CallError> {
        let deadline = asked.deadline;
        match tokio::time::timeout(deadline, self.send(asked)).await {
            Ok(answer) => answer.map_err(error),
            Err(_) => Err(CallError::Unknown {
                message: format!("no answer within {deadline:?}"),
            }),
        }
    }
}

impl Grpc {
    async fn send(&self, asked: Request) -> Result<Answer, Status> {
        let Request {
            call,
            idempotency_key,
            deadline,
        } = asked;
        let envelope = Envelope {
            idempotency_key: &idempotency_key,
            deadline,
        };
        // Clients are cheap handles on one shared channel.
        match call {
            Call::HoldSeats { .. }
            | Call::ReleaseHold { .. }
            | Call::GetHold { .. }
            | Call::ConfirmBooking { .. }
            | Call::CancelBooking { .. } => {
                inventory::send(self.inventory.clone(), call, envelope).await
            }
            Call::AuthorizePayment { .. }
            | Call::CapturePayment { .. }
            | Call::VoidPayment { .. }
            | Call::RefundPayment { .. }
            | Call::GetPayment { .. }
            | Call::GetRefund { .. } => payment::send(self.payment.clone(), call, envelope).await,
            Call::SendNotification { .. } => {
                notification::send(self.notification.clone(), call, envelope).await
            }
            Call::RecordUsage { .. } => {
                subscription::send(self.subscription.clone(), call, envelope).await
            }
        }
    }
}
