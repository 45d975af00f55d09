//! Calls and answers as plain data, so that a saga can be driven without a network.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use crate::order::{
    Contact, EventId, Money, OrderId, OrganizationId, PaymentState, RefundId, RefundState, SeatId,
    Secret, Timestamp, UserId,
};

/// What is asked of a participant.
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
    /// Notification: tell the buyer.
    SendNotification {
        /// The message's name, and its key.
        notification_id: String,
        /// The tenant.
        organization_id: OrganizationId,
        /// The text to send.
        template: String,
        /// Where to.
        contact: Contact,
        /// What the text tells.
        data: BTreeMap<String, String>,
    },
    /// Subscription: record usage.
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

/// A call with what every call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is asked.
    pub call: Call,
    /// The key under which it acts once; empty for a query.
    pub idempotency_key: String,
    /// How long the answer may take.
    pub deadline: Duration,
}

/// What a participant answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Seats are held.
    Held {
        /// The hold; may be empty where the participant breaks its contract.
        hold_id: String,
        /// When the seats are given back, where it was said.
        expire_time: Option<Timestamp>,
        /// The seats.
        seats: Vec<HeldSeat>,
    },
    /// A hold as it stands.
    Hold(HoldView),
    /// A booking as it stands: each live seat with its ticket.
    Booking {
        /// The booking; empty when there never was one.
        booking_id: String,
        /// Each booked seat and its ticket.
        tickets: Vec<(String, String)>,
    },
    /// A payment as it stands.
    Payment(PaymentView),
    /// A refund as it stands.
    Refund(RefundView),
    /// What was asked about is not there.
    Absent,
    /// A delivery was taken, now or before.
    Taken,
}

/// One held seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSeat {
    /// The seat.
    pub seat_id: String,
    /// The seat as a person reads it.
    pub seat_label: String,
    /// What it costs; none where that cannot be read.
    pub price: Option<Money>,
}

/// Where a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    /// There is none, or it was not said.
    None,
    /// Kept.
    Held,
    /// Booked.
    Booked,
    /// Given back.
    Released,
    /// Out of time.
    Expired,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldView {
    /// The hold.
    pub hold_id: String,
    /// Where it stands.
    pub state: HoldState,
    /// The seats that it keeps.
    pub seat_ids: Vec<String>,
}

/// A payment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentView {
    /// The payment; empty when there never was one.
    pub payment_id: String,
    /// Where it stands.
    pub state: PaymentState,
    /// What it is for; none where that cannot be read.
    pub amount: Option<Money>,
    /// What was taken.
    pub captured: Option<Money>,
    /// What was returned.
    pub refunded: Option<Money>,
    /// Where the buyer must go; may be empty.
    pub redirect_url: String,
    /// Why it was declined; may be empty.
    pub decline_code: String,
}

/// A refund as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundView {
    /// Where it stands.
    pub state: RefundState,
    /// How much; none where that cannot be read.
    pub amount: Option<Money>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No, for good: FAILED_PRECONDITION.
    #[error("refused: {message}")]
    Refused {
        /// `ErrorInfo.reason`, where there was one.
        reason: String,
        /// The participant's words.
        message: String,
    },
    /// The request was wrong: INVALID_ARGUMENT. A fault of ours.
    #[error("not understood: {message}")]
    Invalid {
        /// The participant's words.
        message: String,
    },
    /// It may have happened, or not.
    #[error("outcome unknown: {message}")]
    Unknown {
        /// What went wrong.
        message: String,
    },
}

impl CallError {
    /// The participant's words, or what went wrong.
    pub fn message(&self) -> &str {
        match self {
            Self::Refused { message, .. }
            | Self::Invalid { message }
            | Self::Unknown { message } => message,
        }
    }
}

/// The four participants.
pub trait Participants: Send + Sync + 'static {
    /// Makes one call. Dropping the future leaves the outcome unknown.
    fn call(&self, request: Request) -> impl Future<Output = Result<Answer, CallError>> + Send;
}
