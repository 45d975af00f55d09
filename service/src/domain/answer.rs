//! What participants answer, as plain data. Knows no transport, and draws no conclusion: the plans do.

use super::{Money, PaymentState, RefundState, Timestamp};

/// A participant's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
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
    /// The queried object does not exist.
    Absent,
    /// A delivery was accepted, now or before.
    Taken,
}

impl Answer {
    /// The payment, where it is one.
    pub const fn payment(&self) -> Option<&PaymentView> {
        match self {
            Self::Payment(payment) => Some(payment),
            Self::Held { .. }
            | Self::Hold(_)
            | Self::Booking { .. }
            | Self::Refund(_)
            | Self::Absent
            | Self::Taken => None,
        }
    }

    /// The refund, where it is one.
    pub const fn refund(&self) -> Option<&RefundView> {
        match self {
            Self::Refund(refund) => Some(refund),
            Self::Held { .. }
            | Self::Hold(_)
            | Self::Booking { .. }
            | Self::Payment(_)
            | Self::Absent
            | Self::Taken => None,
        }
    }

    /// The hold as it stands, where it is one.
    pub const fn hold(&self) -> Option<&HoldView> {
        match self {
            Self::Hold(hold) => Some(hold),
            Self::Held { .. }
            | Self::Booking { .. }
            | Self::Payment(_)
            | Self::Refund(_)
            | Self::Absent
            | Self::Taken => None,
        }
    }

    /// Each booked seat with its ticket, where it is a booking.
    pub fn booked(&self) -> Option<&[(String, String)]> {
        match self {
            Self::Booking { tickets, .. } => Some(tickets),
            Self::Held { .. }
            | Self::Hold(_)
            | Self::Payment(_)
            | Self::Refund(_)
            | Self::Absent
            | Self::Taken => None,
        }
    }

    /// Whether the queried object does not exist.
    pub const fn is_absent(&self) -> bool {
        match self {
            Self::Absent => true,
            Self::Held { .. }
            | Self::Hold(_)
            | Self::Booking { .. }
            | Self::Payment(_)
            | Self::Refund(_)
            | Self::Taken => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSeat {
    pub seat_id: String,
    /// The seat as a person reads it.
    pub seat_label: String,
    /// What it costs; none where that cannot be read.
    pub price: Option<Money>,
}

/// The state of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldState {
    /// There is no hold.
    None,
    Held,
    Booked,
    Released,
    Expired,
}

/// A hold as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldView {
    pub hold_id: String,
    pub state: HoldState,
    /// Whether it is bound to the order that was asked about; a hold that an order has adopted and given back is HELD and
    /// not bound.
    pub is_bound: bool,
    /// The seats that it keeps.
    pub seat_ids: Vec<String>,
}

impl HoldView {
    /// Whether it keeps seats for the order.
    pub const fn keeps_seats(&self) -> bool {
        match self.state {
            HoldState::Booked => true,
            HoldState::Held => self.is_bound,
            HoldState::None | HoldState::Released | HoldState::Expired => false,
        }
    }
}

/// A payment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentView {
    /// The payment; empty when there never was one.
    pub payment_id: String,
    pub state: PaymentState,
    /// What it is for; none where that cannot be read.
    pub amount: Option<Money>,
    pub captured: Option<Money>,
    pub refunded: Option<Money>,
    /// Where the buyer must go; may be empty.
    pub redirect_url: String,
    /// Why it was declined; may be empty.
    pub decline_code: String,
}

/// A refund as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundView {
    pub state: RefundState,
    /// How much; none where that cannot be read.
    pub amount: Option<Money>,
}

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Refused permanently: FAILED_PRECONDITION.
    #[error("refused: {message}")]
    Refused {
        /// `ErrorInfo.reason`, where there was one.
        reason: String,
        /// The participant's message.
        message: String,
    },
    /// The request was invalid: INVALID_ARGUMENT. A fault of this service.
    #[error("not understood: {message}")]
    Invalid {
        /// The participant's message.
        message: String,
    },
    /// The outcome is unknown.
    #[error("outcome unknown: {message}")]
    Unknown {
        /// What went wrong.
        message: String,
    },
}

impl CallError {
    /// The kind of the error without the participant's own words, for the log (rule 34): the reason of a refusal, or the
    /// status code of an unknown outcome.
    pub fn kind(&self) -> String {
        match self {
            Self::Refused { reason, .. } => format!("refused {reason}"),
            Self::Invalid { .. } => "not understood".to_owned(),
            Self::Unknown { message } => {
                let code = message.split_once(':').map_or("", |(code, _)| code);
                format!("outcome unknown {code}")
            }
        }
    }

    /// The participant's message, or the transport error.
    pub fn message(&self) -> &str {
        match self {
            Self::Refused { message, .. }
            | Self::Invalid { message }
            | Self::Unknown { message } => message,
        }
    }
}
