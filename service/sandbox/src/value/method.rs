//! The participants' methods, as the journal names them and as faults are injected into them. Knows no messages.

use serde::{Deserialize, Serialize};

/// One rpc of one participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Method {
    HoldSeats,
    ReleaseHold,
    ConfirmBooking,
    CancelBooking,
    GetHold,
    GetSeatMap,
    AuthorizePayment,
    CapturePayment,
    VoidPayment,
    RefundPayment,
    GetPayment,
    GetRefund,
    SendNotification,
    RecordUsage,
}

/// All methods.
const ALL: [Method; 14] = [
    Method::HoldSeats,
    Method::ReleaseHold,
    Method::ConfirmBooking,
    Method::CancelBooking,
    Method::GetHold,
    Method::GetSeatMap,
    Method::AuthorizePayment,
    Method::CapturePayment,
    Method::VoidPayment,
    Method::RefundPayment,
    Method::GetPayment,
    Method::GetRefund,
    Method::SendNotification,
    Method::RecordUsage,
];

impl Method {
    /// The method with this full service name and method name.
    pub(crate) fn with_name(service: &str, method: &str) -> Option<Self> {
        ALL.into_iter()
            .find(|known| known.service() == service && known.name() == method)
    }

    /// The package, such as `payment.v1`, which is also the `domain` of its errors.
    pub(crate) fn package(self) -> &'static str {
        let service = self.service();
        service
            .rsplit_once('.')
            .map_or(service, |(package, _)| package)
    }

    /// The full service name, such as `payment.v1.PaymentService`.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Self::HoldSeats
            | Self::ReleaseHold
            | Self::ConfirmBooking
            | Self::CancelBooking
            | Self::GetHold
            | Self::GetSeatMap => "inventory.v1.InventoryService",
            Self::AuthorizePayment
            | Self::CapturePayment
            | Self::VoidPayment
            | Self::RefundPayment
            | Self::GetPayment
            | Self::GetRefund => "payment.v1.PaymentService",
            Self::SendNotification => "notification.v1.NotificationService",
            Self::RecordUsage => "subscription.v1.SubscriptionService",
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HoldSeats => "HoldSeats",
            Self::ReleaseHold => "ReleaseHold",
            Self::ConfirmBooking => "ConfirmBooking",
            Self::CancelBooking => "CancelBooking",
            Self::GetHold => "GetHold",
            Self::GetSeatMap => "GetSeatMap",
            Self::AuthorizePayment => "AuthorizePayment",
            Self::CapturePayment => "CapturePayment",
            Self::VoidPayment => "VoidPayment",
            Self::RefundPayment => "RefundPayment",
            Self::GetPayment => "GetPayment",
            Self::GetRefund => "GetRefund",
            Self::SendNotification => "SendNotification",
            Self::RecordUsage => "RecordUsage",
        }
    }
}
