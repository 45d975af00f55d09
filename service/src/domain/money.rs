//! Amounts: whole minor units of an ISO 4217 currency, never rounded silently, never overflowing silently.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Nanos of one whole unit, as in `google.type.Money`.
const NANOS: i64 = 1_000_000_000;

/// An amount that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a currency of ISO 4217.
    #[error("must be an ISO 4217 currency code")]
    UnknownCurrency,
    /// Two currencies in one sum.
    #[error("must be in one currency")]
    MixedCurrencies,
    /// Finer than the currency's minor unit.
    #[error("must not be finer than the currency's minor unit")]
    TooFine,
    /// Units and nanos of different signs, or nanos of a whole unit or more.
    #[error("must have units and nanos of one sign, and nanos of less than one unit")]
    Malformed,
    /// Larger than 64 bits of minor units.
    #[error("must fit 64 bits of minor units")]
    Overflow,
}

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The code, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a code is ASCII")
    }

    /// The number of minor digits: 0, 2 or 3.
    pub fn decimals(self) -> u32 {
        let (_, digits) = order_currency::find(self.code()).expect("parsing checked the code");
        u32::from(digits)
    }

    /// How many minor units a whole unit has: 1, 100 or 1000.
    pub fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.decimals())
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        let (code, _) = order_currency::find(code).ok_or(MoneyError::UnknownCurrency)?;
        let bytes = code.as_bytes().try_into();
        Ok(Self(bytes.expect("a code has three bytes")))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in minor units (cents, fils, yen) of one currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    /// This many minor units.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// From whole units and nanos of a unit, as `google.type.Money` has them.
    pub fn from_units(units: i64, nanos: i32, currency: Currency) -> Result<Self, MoneyError> {
        let nanos = i64::from(nanos);
        let one_sign = units == 0 || nanos == 0 || (units > 0) == (nanos > 0);
        if !one_sign || nanos.abs() >= NANOS {
            return Err(MoneyError::Malformed);
        }
        let per_unit = currency.minor_per_unit();
        let nanos_per_minor = NANOS / per_unit;
        if nanos % nanos_per_minor != 0 {
            return Err(MoneyError::TooFine);
        }
        units
            .checked_mul(per_unit)
            .and_then(|minor| minor.checked_add(nanos / nanos_per_minor))
            .map(|minor| Self::new(minor, currency))
            .ok_or(MoneyError::Overflow)
    }

    /// Whole units and nanos of a unit, of one sign.
    pub fn to_units(self) -> (i64, i32) {
        let per_unit = self.currency.minor_per_unit();
        let nanos = self.minor % per_unit * (NANOS / per_unit);
        let nanos = i32::try_from(nanos).expect("less than one unit of nanos fits 32 bits");
        (self.minor / per_unit, nanos)
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor);
        minor
            .map(|minor| Self::new(minor, self.currency))
            .ok_or(MoneyError::Overflow)
    }

    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor);
        minor
            .map(|minor| Self::new(minor, self.currency))
            .ok_or(MoneyError::Overflow)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::MixedCurrencies)
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals() as usize;
        let per_unit = self.currency.minor_per_unit().unsigned_abs();
        let sign = if self.minor < 0 { "-" } else { "" };
        let (units, rest) = (
            self.minor.unsigned_abs() / per_unit,
            self.minor.unsigned_abs() % per_unit,
        );
        write!(f, "{sign}{units}")?;
        if decimals > 0 {
            write!(f, ".{rest:0decimals$}")?;
        }
        write!(f, " {}", self.currency.code())
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn currency(code: &str) -> Currency {
        code.parse().expect("a known code")
    }

    #[test]
    fn currencies_have_0_2_or_3_decimals() {
        assert_eq!(currency("JPY").decimals(), 0);
        assert_eq!(currency("USD").decimals(), 2);
        assert_eq!(currency("KWD").decimals(), 3);
        for code in ["usd", "XXX", "", "USDX", "US D"] {
            assert_eq!(
                code.parse::<Currency>(),
                Err(MoneyError::UnknownCurrency),
                "{code}"
            );
        }
    }

    #[test]
    fn an_amount_finer_than_the_minor_unit_is_refused() {
        assert_eq!(
            Money::from_units(1, 5_000_000, currency("USD")),
            Err(MoneyError::TooFine)
        );
        assert_eq!(
            Money::from_units(0, 10_000_000, currency("JPY")),
            Err(MoneyError::TooFine)
        );
        let fils = Money::from_units(0, 1_000_000, currency("KWD")).expect("one fils");
        assert_eq!(fils.minor, 1);
    }

    #[test]
    fn malformed_and_overflowing_amounts_are_refused() {
        assert_eq!(
            Money::from_units(1, -1, currency("USD")),
            Err(MoneyError::Malformed)
        );
        assert_eq!(
            Money::from_units(0, 1_000_000_000, currency("USD")),
            Err(MoneyError::Malformed)
        );
        assert_eq!(
            Money::from_units(i64::MAX, 0, currency("USD")),
            Err(MoneyError::Overflow)
        );
        let most = Money::new(i64::MAX, currency("USD"));
        assert_eq!(
            most.plus(Money::new(1, currency("USD"))),
            Err(MoneyError::Overflow)
        );
        assert_eq!(
            most.plus(Money::new(1, currency("EUR"))),
            Err(MoneyError::MixedCurrencies)
        );
    }

    #[test]
    fn it_reads_as_a_person_writes_it() {
        assert_eq!(Money::new(-1234, currency("USD")).to_string(), "-12.34 USD");
        assert_eq!(Money::new(50, currency("JPY")).to_string(), "50 JPY");
        assert_eq!(
            Money::new(50_005, currency("KWD")).to_string(),
            "50.005 KWD"
        );
    }

    proptest! {
        #[test]
        fn units_and_nanos_are_read_back_as_they_were_written(
            minor in any::<i64>(),
            code in prop::sample::select(vec!["JPY", "USD", "KWD"]),
        ) {
            let money = Money::new(minor, currency(code));
            let (units, nanos) = money.to_units();
            prop_assert_eq!(Money::from_units(units, nanos, money.currency), Ok(money));
        }
    }
}
