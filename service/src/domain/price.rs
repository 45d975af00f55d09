//! What an order costs: the seats' prices, the platform's fee per ticket, and tax on the subtotal.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Currency, Money, MoneyError};

/// Basis points of a whole.
const BPS: i128 = 10_000;

/// What the platform adds to the seats' prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tariff {
    /// Fee per ticket, in minor units of the order's currency.
    pub booking_fee_minor: i64,
    /// Tax on the subtotal, in basis points.
    pub tax_bps: u32,
}

/// Fee per ticket in minor units, by currency. A currency that is not listed has no fee.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookingFees(BTreeMap<Currency, i64>);

/// The text of the fees is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be fees by currency, such as `USD:1.50,JPY:100`")]
pub struct InvalidBookingFees;

impl BookingFees {
    /// Whether no currency has a fee.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fee per ticket in minor units of this currency.
    pub fn minor(&self, currency: Currency) -> i64 {
        self.0.get(&currency).copied().unwrap_or_default()
    }
}

/// Takes pairs such as `USD:1.50,JPY:100`. An amount finer than the currency's minor unit is refused.
impl FromStr for BookingFees {
    type Err = InvalidBookingFees;

    fn from_str(text: &str) -> Result<Self, InvalidBookingFees> {
        let mut fees = BTreeMap::new();
        for pair in text.split(',') {
            let (code, amount) = pair.trim().split_once(':').ok_or(InvalidBookingFees)?;
            let currency: Currency = code.parse().map_err(|_| InvalidBookingFees)?;
            let minor = decimal(amount, currency).ok_or(InvalidBookingFees)?;
            if fees.insert(currency, minor).is_some() {
                return Err(InvalidBookingFees);
            }
        }
        Ok(Self(fees))
    }
}

/// A decimal number of whole units, such as `1.50`, in minor units.
fn decimal(amount: &str, currency: Currency) -> Option<i64> {
    let (units, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
    if !is_number(units) || !is_number(fraction) {
        return None;
    }
    let digits = usize::try_from(currency.decimals()).ok()?;
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return None;
    }
    format!("{units}{fraction:0<digits$}").parse().ok()
}

/// What an order costs. The parts sum to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charges {
    /// The seats' prices added up.
    pub subtotal: Money,
    pub booking_fee: Money,
    /// Tax on the subtotal, rounded half up.
    pub tax: Money,
    pub total: Money,
}

impl Tariff {
    /// Adds up what these seats cost. No price, a negative one, two currencies or an overflow is an error.
    pub fn charge(self, prices: &[Money]) -> Result<Charges, MoneyError> {
        let first = prices.first().ok_or(MoneyError::Malformed)?;
        let mut subtotal = Money::zero(first.currency);
        for price in prices {
            if price.minor < 0 {
                return Err(MoneyError::Malformed);
            }
            subtotal = subtotal.plus(*price)?;
        }
        let tickets = i64::try_from(prices.len()).map_err(|_| MoneyError::Overflow)?;
        let fee = self
            .booking_fee_minor
            .checked_mul(tickets)
            .ok_or(MoneyError::Overflow)?;
        let booking_fee = Money::new(fee, subtotal.currency);
        let tax = self.tax(subtotal)?;
        let total = subtotal.plus(booking_fee)?.plus(tax)?;
        Ok(Charges {
            subtotal,
            booking_fee,
            tax,
            total,
        })
    }

    /// Tax on this subtotal, rounded half up to the minor unit.
    pub fn tax(self, subtotal: Money) -> Result<Money, MoneyError> {
        let exact = i128::from(subtotal.minor) * i128::from(self.tax_bps);
        let minor =
            i64::try_from((exact + BPS / 2).div_euclid(BPS)).map_err(|_| MoneyError::Overflow)?;
        Ok(Money::new(minor, subtotal.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(minor: i64) -> Money {
        Money::new(minor, "USD".parse().expect("a known code"))
    }

    #[test]
    fn tax_is_rounded_half_up() {
        let tariff = Tariff {
            booking_fee_minor: 0,
            tax_bps: 1_000,
        };
        assert_eq!(tariff.tax(usd(5)), Ok(usd(1)));
        assert_eq!(tariff.tax(usd(4)), Ok(usd(0)));
        assert_eq!(tariff.tax(usd(15)), Ok(usd(2)));
    }

    #[test]
    fn two_currencies_no_seat_and_negative_prices_are_refused() {
        let eur = Money::new(1, "EUR".parse().expect("a known code"));
        let tariff = Tariff::default();
        assert_eq!(
            tariff.charge(&[usd(1), eur]),
            Err(MoneyError::MixedCurrencies)
        );
        assert_eq!(tariff.charge(&[]), Err(MoneyError::Malformed));
        assert_eq!(tariff.charge(&[usd(-1)]), Err(MoneyError::Malformed));
        assert_eq!(
            tariff.charge(&[usd(i64::MAX), usd(1)]),
            Err(MoneyError::Overflow)
        );
    }

    #[test]
    fn a_fee_is_in_minor_units_of_its_currency() {
        let fees: BookingFees = "USD:1.50,JPY:100, KWD:0.150".parse().expect("well formed");
        for (code, minor) in [("USD", 150), ("JPY", 100), ("KWD", 150), ("EUR", 0)] {
            let currency = code.parse().expect("a known code");
            assert_eq!(fees.minor(currency), minor, "{code}");
        }
        for (text, minor) in [("USD:2", 200), ("USD:0.5", 50), ("USD:1.500", 150)] {
            let fees: BookingFees = text.parse().expect(text);
            assert_eq!(fees.minor("USD".parse().expect("a known code")), minor);
        }
    }

    #[test]
    fn a_fee_that_is_too_fine_negative_repeated_or_malformed_is_refused() {
        for text in [
            "150",
            "USD:",
            "USD:1.505",
            "JPY:1.5",
            "KWD:0.0001",
            "USD:-1",
            "USD:+1",
            "USD:1,USD:2",
            "usd:1",
            "XXY:1",
            "USD:1,",
            "USD:1.",
            "USD:.5",
            "USD:1e3",
            "USD:99999999999999999999",
        ] {
            assert_eq!(
                text.parse::<BookingFees>(),
                Err(InvalidBookingFees),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_total(
            prices in prop::collection::vec(0_i64..1_000_000_000, 1..50),
            booking_fee_minor in 0_i64..10_000,
            tax_bps in 0_u32..10_000,
        ) {
            let prices: Vec<Money> = prices.into_iter().map(usd).collect();
            let charges = Tariff { booking_fee_minor, tax_bps }.charge(&prices).expect("it fits");
            let sum = charges.subtotal.minor + charges.booking_fee.minor + charges.tax.minor;
            prop_assert_eq!(sum, charges.total.minor);
        }
    }
}
