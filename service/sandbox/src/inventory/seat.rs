//! The seats of an event, their labels and their price. Knows no holds.

use crate::value::currency::Currency;
use crate::value::money::Money;

/// The price of every seat, in whole units of the event's currency.
const PRICE_UNITS: i64 = 50;
/// The prefix of the id of a general admission event, which accepts any seat id.
const ANY_SEAT: &str = "ga-";

/// Whether the event is general admission.
pub(super) fn accepts_any(event_id: &str) -> bool {
    event_id.starts_with(ANY_SEAT)
}

/// Every seat of the hall that all other events have: `A1` to `Z99`.
pub(super) fn hall() -> impl Iterator<Item = String> {
    ('A'..='Z').flat_map(|row| (1..=99).map(move |number| format!("{row}{number}")))
}

/// Whether the event has a seat with this id.
pub(super) fn exists(event_id: &str, seat_id: &str) -> bool {
    if accepts_any(event_id) {
        return !seat_id.is_empty();
    }
    let mut chars = seat_id.chars();
    let row = chars.next().is_some_and(|row| row.is_ascii_uppercase());
    let number = chars.as_str();
    let plain = !number.starts_with('0') && number.bytes().all(|digit| digit.is_ascii_digit());
    row && plain && (1..=2).contains(&number.len())
}

/// The seat's label for people: `Row B, seat 7`, or the id itself at a general admission event.
pub(super) fn label(event_id: &str, seat_id: &str) -> String {
    match seat_id.split_at_checked(1) {
        Some((row, number)) if !accepts_any(event_id) => format!("Row {row}, seat {number}"),
        Some(_) | None => seat_id.to_owned(),
    }
}

/// The price of one seat, in the currency whose lower-case code ends the event id (`opera-eur`), otherwise in USD.
pub(super) fn price(event_id: &str) -> Money {
    let currency = event_id
        .rsplit_once('-')
        .filter(|(_, code)| code.bytes().all(|letter| letter.is_ascii_lowercase()))
        .and_then(|(_, code)| Currency::with_code(&code.to_ascii_uppercase()))
        .unwrap_or(Currency::USD);
    Money::whole(PRICE_UNITS, currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hall_has_its_seats_and_no_others() {
        assert!(hall().all(|seat_id| exists("opera", &seat_id)));
        assert_eq!(hall().count(), 26 * 99);
        for seat_id in ["", "A", "A0", "A01", "A100", "a1", "AA1", "1", "Ä1", "A+1"] {
            assert!(!exists("opera", seat_id), "{seat_id}");
        }
        assert!(exists("ga-opera", "anywhere"));
        assert!(!exists("ga-opera", ""));
    }

    #[test]
    fn the_last_part_of_an_event_id_selects_its_currency() {
        for (event_id, code, minor) in [
            ("opera", "USD", 5_000),
            ("ga-opera-jpy", "JPY", 50),
            ("opera-krw", "KRW", 50),
            ("opera-kwd", "KWD", 50_000),
            ("opera-eur", "EUR", 5_000),
            ("opera-EUR", "USD", 5_000),
            ("opera-xyz", "USD", 5_000),
            ("eur", "USD", 5_000),
        ] {
            let price = price(event_id);
            assert_eq!(
                (price.currency.code(), price.minor),
                (code, minor),
                "{event_id}"
            );
        }
    }
}
