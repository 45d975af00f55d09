//! Calls to participants as plain data. Knows no transport: `participant` turns them into gRPC.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{
    Contact, EventId, Money, Order, OrderId, OrganizationId, RefundId, SeatId, Secret, Timestamp,
    UserId,
};

/// A call to a participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// Inventory: hold all the seats, or none.
    HoldSeats {
        /// The tenant.
        organization_id: OrganizationId,
        /// The event.
        event_id: EventId,
        /// The buyer.
        user_id: UserId,
        /// The order that the hold is bound to.
        order_id: OrderId,
        /// The seats.
        seat_ids: Vec<SeatId>,
        /// For how long.
        hold_duration: Duration,
        /// A hold to adopt.
        hold_id: Option<String>,
    },
    /// Inventory: give held seats back.
    ReleaseHold {
        /// The hold, where HoldSeats has answered.
        hold_id: Option<String>,
        /// The order that it is bound to.
        order_id: OrderId,
        /// Whether the hold is the buyer's: it is only unbound from the order (rule 8).
        keep_hold: bool,
    },
    /// Inventory: what became of a hold.
    GetHold {
        /// The hold, where it is known.
        hold_id: Option<String>,
        /// The order that it is bound to.
        order_id: OrderId,
    },
    /// Inventory: make the hold a booking.
    ConfirmBooking {
        /// The hold.
        hold_id: String,
        /// The order that it is bound to.
        order_id: OrderId,
        /// Each seat, and who sits there.
        tickets: Vec<(SeatId, String)>,
    },
    /// Inventory: cancel seats of a booking, and free them.
    CancelBooking {
        /// The booking, where ConfirmBooking has answered.
        booking_id: Option<String>,
        /// The order that it belongs to.
        order_id: OrderId,
        /// The seats; none named: all.
        seat_ids: Vec<SeatId>,
    },
    /// Payment: reserve the amount.
    AuthorizePayment {
        /// The order that is paid.
        order_id: OrderId,
        /// The tenant.
        organization_id: OrganizationId,
        /// How much.
        amount: Money,
        /// How, such as `card`.
        method_type: String,
        /// The provider's token for it.
        token: Secret,
        /// Where the buyer is sent back to.
        return_url: String,
    },
    /// Payment: take what was reserved.
    CapturePayment {
        /// The payment.
        payment_id: String,
        /// The order that is paid.
        order_id: OrderId,
        /// How much.
        amount: Money,
    },
    /// Payment: give the reservation back.
    VoidPayment {
        /// The payment, where AuthorizePayment has answered.
        payment_id: Option<String>,
        /// The order that it belongs to.
        order_id: OrderId,
    },
    /// Payment: return a captured amount.
    RefundPayment {
        /// The payment.
        payment_id: String,
        /// The order that it belongs to.
        order_id: OrderId,
        /// The refund's name, made before the first call.
        refund_id: RefundId,
        /// How much.
        amount: Money,
    },
    /// Payment: what became of a payment.
    GetPayment {
        /// The payment, where it is known.
        payment_id: Option<String>,
        /// The order that it belongs to.
        order_id: OrderId,
    },
    /// Payment: what became of a refund.
    GetRefund {
        /// The refund.
        refund_id: RefundId,
    },
    /// Notification: send a message to the buyer.
    SendNotification {
        /// The message's name, and its key.
        notification_id: String,
        /// The tenant.
        organization_id: OrganizationId,
        /// The text to send.
        template: String,
        /// Where to.
        contact: Contact,
        /// Values of the template's placeholders.
        data: BTreeMap<String, String>,
    },
    RecordUsage {
        /// The tenant.
        organization_id: OrganizationId,
        /// What was used.
        event_type: String,
        /// How many.
        units: i64,
        /// When.
        occur_time: Timestamp,
    },
}

impl Call {
    /// Queries the hold of the order.
    pub fn get_hold(order: &Order) -> Self {
        Self::GetHold {
            hold_id: order.hold_id.clone(),
            order_id: order.order_id,
        }
    }

    /// Queries the payment of the order.
    pub fn get_payment(order: &Order) -> Self {
        Self::GetPayment {
            payment_id: order.payment.payment_id.clone(),
            order_id: order.order_id,
        }
    }

    /// Voids the payment of the order.
    pub fn void_payment(order: &Order) -> Self {
        Self::VoidPayment {
            payment_id: order.payment.payment_id.clone(),
            order_id: order.order_id,
        }
    }

    /// The rpc behind the call, such as `HoldSeats`.
    pub const fn rpc(&self) -> &'static str {
        match self {
            Self::HoldSeats { .. } => "HoldSeats",
            Self::ReleaseHold { .. } => "ReleaseHold",
            Self::GetHold { .. } => "GetHold",
            Self::ConfirmBooking { .. } => "ConfirmBooking",
            Self::CancelBooking { .. } => "CancelBooking",
            Self::AuthorizePayment { .. } => "AuthorizePayment",
            Self::CapturePayment { .. } => "CapturePayment",
            Self::VoidPayment { .. } => "VoidPayment",
            Self::RefundPayment { .. } => "RefundPayment",
            Self::GetPayment { .. } => "GetPayment",
            Self::GetRefund { .. } => "GetRefund",
            Self::SendNotification { .. } => "SendNotification",
            Self::RecordUsage { .. } => "RecordUsage",
        }
    }
}

/// A call with what every call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub call: Call,
    /// The key under which it acts once; empty for a query.
    pub idempotency_key: String,
    /// How long the answer may take.
    pub deadline: Duration,
}
