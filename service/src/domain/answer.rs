//! What participants answer, as plain data. Knows no transport, and draws no conclusion: the plans do.

use super::{Money, PaymentState, RefundState, Timestamp};

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
