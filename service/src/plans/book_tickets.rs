//! Saga `book_tickets`, version 1: hold seats, authorize the payment, confirm the booking, capture the payment.
//!
//! Capture comes after the booking is confirmed, so that no buyer pays for a seat that could not be booked.

mod authorize_payment;
mod capture_payment;
mod confirm_booking;
mod endings;
mod hold_seats;
mod payload;
mod payment;
mod resolve;
mod void;

use crate::plans::return_payment;
use crate::saga::{Definition, Placed, Plan};

pub use authorize_payment::AuthorizePayment;
pub use capture_payment::CapturePayment;
pub use confirm_booking::ConfirmBooking;
pub use hold_seats::HoldSeats;
pub use payload::Payload;

pub const KIND: &str = "book_tickets";
/// The version that new bookings begin with.
pub const VERSION: u32 = 1;

pub fn plan() -> Definition {
    Plan::<Placed>::begin(KIND, VERSION)
        .then(HoldSeats)
        .then(AuthorizePayment)
        .then(ConfirmBooking)
        .pivot(CapturePayment)
        .ends(endings::complete, endings::unwound)
        .yielding_to_cancel()
        .resolved_by(resolve::resolve)
        .followed_up_by(return_payment::KIND, return_payment::VERSION)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_payload_stored_by_version_1_still_reads() {
        let stored = r#"{"return_url":"","expected_total":{"minor":10000,"currency":"USD"},"adopted_hold_id":null,
            "tariff":{"booking_fee_minor":150,"tax_bps":825},"hold_duration_secs":900}"#;
        let payload: Payload = serde_json::from_str(stored).expect("it reads");
        assert_eq!(payload.hold_duration(), Duration::from_secs(900));
        assert_eq!(payload.tariff.tax_bps, 825);
        for code in ["USD", "JPY"] {
            let tariff = payload.tariff_in(code.parse().expect("a known code"));
            assert_eq!(tariff.booking_fee_minor, 150, "as version 0.1.0 meant it");
        }
    }

    #[test]
    fn the_steps_stand_in_their_order() {
        let names: Vec<_> = plan()
            .stages
            .iter()
            .map(|stage| stage.act().name())
            .collect();
        let expected = [
            "hold_seats",
            "authorize_payment",
            "confirm_booking",
            "capture_payment",
        ];
        assert_eq!(names, expected);
    }
}
