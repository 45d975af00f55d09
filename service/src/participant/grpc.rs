//! The four participants over gRPC: one warm channel each, made when it is first needed and again when it breaks.

use std::time::Duration;

use order_proto::inventory::v1 as inventory_wire;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::notification::v1 as notification_wire;
use order_proto::notification::v1::notification_service_client::NotificationServiceClient;
use order_proto::payment::v1 as payment_wire;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use order_proto::subscription::v1 as subscription_wire;
use order_proto::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};

use super::wire::{duration_to_wire, error, money_to_wire, request, time_to_wire};
use crate::domain::{Answer, Call, CallError, Request};

use super::{Participants, inventory, payment};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often an idle connection is asked whether it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Where the participants are: `http://host:port` or `https://host:port`.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Inventory's.
    pub inventory: String,
    /// Payment's.
    pub payment: String,
    /// Notification's.
    pub notification: String,
    /// Subscription's.
    pub subscription: String,
}

/// An address that is none.
#[derive(Debug, thiserror::Error)]
#[error("the address of {participant} must be http://host:port or https://host:port")]
pub struct InvalidAddress {
    /// Which one.
    pub participant: &'static str,
}

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

pub(super) fn channel(participant: &'static str, address: &str) -> Result<Channel, InvalidAddress> {
    let known_scheme = address.starts_with("http://") || address.starts_with("https://");
    let endpoint = Endpoint::from_shared(address.to_owned())
        .ok()
        .filter(|_| known_scheme)
        .ok_or(InvalidAddress { participant })?;
    let endpoint = if address.starts_with("https://") {
        let tls = tonic::transport::ClientTlsConfig::new().with_native_roots();
        endpoint
            .tls_config(tls)
            .map_err(|_| InvalidAddress { participant })?
    } else {
        endpoint
    };
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .tcp_nodelay(true)
        .connect_lazy())
}

impl Participants for Grpc {
    #[tracing::instrument(name = "participant", skip_all, fields(otel.kind = "client", rpc = name(&asked.call)))]
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
            idempotency_key: key,
            deadline,
        } = asked;
        // Clients are cheap handles on one shared channel.
        let (mut inventory, mut payment) = (self.inventory.clone(), self.payment.clone());
        macro_rules! send {
            ($client:ident . $method:ident ( $message:expr ) => $read:expr) => {{
                let message = $message;
                let answer = $client.$method(request(message, &key, deadline)).await;
                answer.map(Response::into_inner).and_then($read)
            }};
        }
        match call {
            Call::HoldSeats {
                organization_id,
                event_id,
                user_id,
                order_id,
                seat_ids,
                hold_duration,
                hold_id,
            } => {
                send!(inventory.hold_seats(inventory_wire::HoldSeatsRequest {
                    organization_id: organization_id.to_string(),
                    event_id: event_id.to_string(),
                    user_id: user_id.to_string(),
                    order_id: order_id.to_string(),
                    seat_ids: inventory::seat_texts(seat_ids),
                    hold_duration: Some(duration_to_wire(hold_duration)),
                    hold_id: hold_id.unwrap_or_default(),
                    idempotency_key: key.clone(),
                }) => inventory::held)
            }
            Call::ReleaseHold { hold_id, order_id } => {
                send!(inventory.release_hold(inventory_wire::ReleaseHoldRequest {
                    hold_id: hold_id.unwrap_or_default(),
                    order_id: order_id.to_string(),
                    idempotency_key: key.clone(),
                }) => inventory::hold)
            }
            Call::GetHold { hold_id, order_id } => {
                send!(inventory.get_hold(inventory_wire::GetHoldRequest {
                    hold_id: hold_id.unwrap_or_default(),
                    order_id: order_id.to_string(),
                }) => inventory::hold)
                .or_else(absent)
            }
            Call::ConfirmBooking {
                hold_id,
                order_id,
                tickets,
            } => {
                send!(inventory.confirm_booking(
                    inventory::confirm(hold_id, order_id, tickets, key.clone())
                ) => inventory::booking)
            }
            Call::CancelBooking {
                booking_id,
                order_id,
                seat_ids,
            } => {
                send!(inventory.cancel_booking(inventory_wire::CancelBookingRequest {
                    booking_id: booking_id.unwrap_or_default(),
                    order_id: order_id.to_string(),
                    seat_ids: inventory::seat_texts(seat_ids),
                    idempotency_key: key.clone(),
                }) => inventory::booking)
            }
            Call::AuthorizePayment {
                order_id,
                organization_id,
                amount,
                method_type,
                token,
                return_url,
            } => {
                send!(payment.authorize_payment(payment_wire::AuthorizePaymentRequest {
                    order_id: order_id.to_string(),
                    organization_id: organization_id.to_string(),
                    amount: Some(money_to_wire(amount)),
                    payment_method: Some(payment_wire::PaymentMethod {
                        r#type: method_type,
                        token: token.reveal().to_owned(),
                    }),
                    return_url,
                    idempotency_key: key.clone(),
                }) => payment::payment)
            }
            Call::CapturePayment {
                payment_id,
                order_id,
                amount,
            } => {
                send!(payment.capture_payment(payment_wire::CapturePaymentRequest {
                    payment_id,
                    order_id: order_id.to_string(),
                    amount: Some(money_to_wire(amount)),
                    idempotency_key: key.clone(),
                }) => payment::payment)
            }
            Call::VoidPayment {
                payment_id,
                order_id,
            } => {
                send!(payment.void_payment(payment_wire::VoidPaymentRequest {
                    payment_id: payment_id.unwrap_or_default(),
                    order_id: order_id.to_string(),
                    idempotency_key: key.clone(),
                }) => payment::payment)
            }
            Call::RefundPayment {
                payment_id,
                order_id,
                refund_id,
                amount,
            } => {
                send!(payment.refund_payment(payment_wire::RefundPaymentRequest {
                    payment_id,
                    order_id: order_id.to_string(),
                    refund_id: refund_id.to_string(),
                    amount: Some(money_to_wire(amount)),
                    idempotency_key: key.clone(),
                }) => payment::refund)
            }
            Call::GetPayment {
                payment_id,
                order_id,
            } => send!(payment.get_payment(payment_wire::GetPaymentRequest {
                    payment_id: payment_id.unwrap_or_default(),
                    order_id: order_id.to_string(),
                }) => payment::payment)
            .or_else(absent),
            Call::GetRefund { refund_id } => {
                send!(payment.get_refund(payment_wire::GetRefundRequest {
                    refund_id: refund_id.to_string(),
                }) => payment::refund)
                .or_else(absent)
            }
            Call::SendNotification {
                notification_id,
                organization_id,
                template,
                contact,
                data,
            } => {
                let mut notification = self.notification.clone();
                send!(notification.send_notification(notification_wire::SendNotificationRequest {
                    notification_id,
                    organization_id: organization_id.to_string(),
                    template,
                    contact: Some(notification_wire::Contact {
                        email: contact.email,
                        phone: contact.phone,
                    }),
                    data,
                }) => |_| Ok(Answer::Taken))
            }
            Call::RecordUsage {
                organization_id,
                event_type,
                units,
                occur_time,
            } => {
                let mut subscription = self.subscription.clone();
                send!(subscription.record_usage(subscription_wire::RecordUsageRequest {
                    organization_id: organization_id.to_string(),
                    event_type,
                    units,
                    idempotency_key: key.clone(),
                    occur_time: Some(time_to_wire(occur_time)),
                }) => |_| Ok(Answer::Taken))
            }
        }
    }
}

/// NOT_FOUND answers a query: there is no such thing.
fn absent(status: Status) -> Result<Answer, Status> {
    if status.code() == Code::NotFound {
        Ok(Answer::Absent)
    } else {
        Err(status)
    }
}

/// The rpc behind a call, for spans.
fn name(call: &Call) -> &'static str {
    match call {
        Call::HoldSeats { .. } => "HoldSeats",
        Call::ReleaseHold { .. } => "ReleaseHold",
        Call::GetHold { .. } => "GetHold",
        Call::ConfirmBooking { .. } => "ConfirmBooking",
        Call::CancelBooking { .. } => "CancelBooking",
        Call::AuthorizePayment { .. } => "AuthorizePayment",
        Call::CapturePayment { .. } => "CapturePayment",
        Call::VoidPayment { .. } => "VoidPayment",
        Call::RefundPayment { .. } => "RefundPayment",
        Call::GetPayment { .. } => "GetPayment",
        Call::GetRefund { .. } => "GetRefund",
        Call::SendNotification { .. } => "SendNotification",
        Call::RecordUsage { .. } => "RecordUsage",
    }
}
