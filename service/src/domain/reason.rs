//! Reasons: why an order fails, and why a saga unwinds or stops. What follows from a reason is decided here.
//!
//! Knows no step: the plans choose the reason.

use super::OrderState;
use super::open_names::open_names;

open_names!(
    /// Why an order failed, or why its saga unwinds or stops: `failure.reason` of the contract, and the reasons of sagas.
    Reason {
        /// Inventory has sold or held a seat that the order asks for.
        SeatsUnavailable = "SEATS_UNAVAILABLE",
        /// The hold to adopt does not fit the order, or the hold was used otherwise.
        HoldInvalid = "HOLD_INVALID",
        /// The hold ended before the seats were booked.
        HoldExpired = "HOLD_EXPIRED",
        /// The buyer did not confirm the payment in time.
        PaymentExpired = "PAYMENT_EXPIRED",
        /// The total differs from `expected_total`.
        PriceChanged = "PRICE_CHANGED",
        /// The payment was declined, or its capture was refused.
        PaymentDeclined = "PAYMENT_DECLINED",
        /// The payment is for another amount than the order, or stands otherwise than the order requires.
        PaymentMismatch = "PAYMENT_MISMATCH",
        /// Inventory refused the call, or answered it with something else.
        InventoryRejected = "INVENTORY_REJECTED",
        /// A participant gave no known outcome within the attempts of the step.
        ParticipantUnavailable = "PARTICIPANT_UNAVAILABLE",
        /// The order was cancelled while it was being booked.
        CancelledByUser = "CANCELLED_BY_USER",
        /// An operator ended the booking.
        CancelledByOperator = "CANCELLED_BY_OPERATOR",
        /// The payment token could not be decrypted.
        PaymentTokenUnreadable = "PAYMENT_TOKEN_UNREADABLE",
        /// A participant did not understand the request: a fault of this service.
        InvalidRequest = "INVALID_REQUEST",
        /// A participant refused an undo.
        CompensationRefused = "COMPENSATION_REFUSED",
        /// An undo had no known outcome within its attempts.
        CompensationUnknown = "COMPENSATION_UNKNOWN",
        /// Inventory has other seats booked than the order.
        InventoryMismatch = "INVENTORY_MISMATCH",
        /// The outcome of a call is unknown and the saga that made it has ended.
        OutcomeUnknown = "OUTCOME_UNKNOWN",
        /// The Payment service refused a refund, or answered it with FAILED.
        RefundFailed = "REFUND_FAILED",
        /// The Payment service refused a void.
        VoidRefused = "VOID_REFUSED",
        /// The saga's row cannot be decoded.
        Unreadable = "UNREADABLE",
    }
);

impl Reason {
    /// The state of an order whose booking was undone for this reason: EXPIRED, CANCELLED or FAILED.
    pub const fn ends_in(&self) -> OrderState {
        match self {
            Self::HoldExpired | Self::PaymentExpired => OrderState::Expired,
            Self::CancelledByUser => OrderState::Cancelled,
            Self::SeatsUnavailable
            | Self::HoldInvalid
            | Self::PriceChanged
            | Self::PaymentDeclined
            | Self::PaymentMismatch
            | Self::InventoryRejected
            | Self::ParticipantUnavailable
            | Self::CancelledByOperator
            | Self::PaymentTokenUnreadable
            | Self::InvalidRequest
            | Self::CompensationRefused
            | Self::CompensationUnknown
            | Self::InventoryMismatch
            | Self::OutcomeUnknown
            | Self::RefundFailed
            | Self::VoidRefused
            | Self::Unreadable
            | Self::Other(_) => OrderState::Failed,
        }
    }

    /// Whether the reason may concern the payment. A capture that is found while the saga unwinds for such a reason is
    /// returned; it stands only where the reason certainly has nothing to do with it.
    pub const fn may_concern_payment(&self) -> bool {
        match self {
            Self::ParticipantUnavailable | Self::CancelledByUser => false,
            Self::SeatsUnavailable
            | Self::HoldInvalid
            | Self::HoldExpired
            | Self::PaymentExpired
            | Self::PriceChanged
            | Self::PaymentDeclined
            | Self::PaymentMismatch
            | Self::InventoryRejected
            | Self::CancelledByOperator
            | Self::PaymentTokenUnreadable
            | Self::InvalidRequest
            | Self::CompensationRefused
            | Self::CompensationUnknown
            | Self::InventoryMismatch
            | Self::OutcomeUnknown
            | Self::RefundFailed
            | Self::VoidRefused
            | Self::Unreadable
            | Self::Other(_) => true,
        }
    }

    /// Whether clients may read it as `failure.reason` of an order: the contract lists it. The others are reasons of sagas.
    pub const fn is_of_orders(&self) -> bool {
        match self {
            Self::SeatsUnavailable
            | Self::HoldInvalid
            | Self::HoldExpired
            | Self::PaymentExpired
            | Self::PriceChanged
            | Self::PaymentDeclined
            | Self::PaymentMismatch
            | Self::InventoryRejected
            | Self::ParticipantUnavailable
            | Self::CancelledByUser
            | Self::CancelledByOperator
            | Self::PaymentTokenUnreadable => true,
            Self::InvalidRequest
            | Self::CompensationRefused
            | Self::CompensationUnknown
            | Self::InventoryMismatch
            | Self::OutcomeUnknown
            | Self::RefundFailed
            | Self::VoidRefused
            | Self::Unreadable
            | Self::Other(_) => false,
        }
    }

    /// The reason of an order whose seats Inventory refused with this one: itself where the contract lists it for seats,
    /// else INVENTORY_REJECTED.
    #[must_use]
    pub fn of_refused_seats(&self) -> Self {
        match self {
            Self::SeatsUnavailable | Self::HoldInvalid => self.clone(),
            Self::HoldExpired
            | Self::PaymentExpired
            | Self::PriceChanged
            | Self::PaymentDeclined
            | Self::PaymentMismatch
            | Self::InventoryRejected
            | Self::ParticipantUnavailable
            | Self::CancelledByUser
            | Self::CancelledByOperator
            | Self::PaymentTokenUnreadable
            | Self::InvalidRequest
            | Self::CompensationRefused
            | Self::CompensationUnknown
            | Self::InventoryMismatch
            | Self::OutcomeUnknown
            | Self::RefundFailed
            | Self::VoidRefused
            | Self::Unreadable
            | Self::Other(_) => Self::InventoryRejected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Failure;

    /// `failure.reason` as the contract lists it.
    const CONTRACT: [&str; 12] = [
        "SEATS_UNAVAILABLE",
        "HOLD_INVALID",
        "HOLD_EXPIRED",
        "PAYMENT_EXPIRED",
        "PRICE_CHANGED",
        "PAYMENT_DECLINED",
        "PAYMENT_MISMATCH",
        "INVENTORY_REJECTED",
        "PARTICIPANT_UNAVAILABLE",
        "CANCELLED_BY_USER",
        "CANCELLED_BY_OPERATOR",
        "PAYMENT_TOKEN_UNREADABLE",
    ];

    #[test]
    fn every_reason_of_the_contract_is_known_and_no_other_is_shown_to_clients() {
        let shown = Reason::KNOWN.iter().filter(|reason| reason.is_of_orders());
        let shown: Vec<&str> = shown.map(Reason::as_str).collect();
        assert_eq!(shown, CONTRACT);
    }

    #[test]
    fn every_reason_is_parsed_from_its_name() {
        for reason in Reason::KNOWN {
            assert_eq!(Reason::from(reason.as_str()), *reason);
        }
    }

    #[test]
    fn a_stored_failure_round_trips_with_a_known_and_an_unknown_reason() {
        let unknown = ["SOMETHING_NEW", "", "hold_expired", "HOLD_EXPIRED "];
        for text in CONTRACT.into_iter().chain(unknown) {
            let stored = format!(r#"{{"reason":"{text}","message":"m"}}"#);
            let failure: Failure = serde_json::from_str(&stored).expect("any reason is read");
            assert_eq!(failure.reason.as_str(), text);
            let is_unknown = matches!(failure.reason, Reason::Other(_));
            assert_eq!(is_unknown, unknown.contains(&text), "{text}");
            let again = serde_json::to_string(&failure).expect("it serializes");
            assert_eq!(again, stored);
        }
    }

    #[test]
    fn an_unknown_reason_fails_the_order_and_may_concern_the_payment() {
        let unknown = Reason::from("SOMETHING_NEW");
        assert_eq!(unknown.ends_in(), OrderState::Failed);
        assert!(unknown.may_concern_payment());
    }
}
