//! Amounts in minor units, and their form on the wire (`google.type.Money`). Knows no prices and no payments.

use order_proto::google::r#type as wire;
use serde::{Deserialize, Serialize};

use crate::value::currency::Currency;

const NANOS_PER_UNIT: i64 = 1_000_000_000;

/// A checked amount: minor units of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Money {
    pub(crate) minor: i64,
    pub(crate) currency: Currency,
}

impl Money {
    /// An amount of whole units.
    pub(crate) fn whole(units: i64, currency: Currency) -> Self {
        Self {
            minor: units.saturating_mul(currency.minor_per_unit()),
            currency,
        }
    }

    /// An amount above zero; `None` if the currency is unknown, or the amount is finer than the minor unit or exceeds 64 bits.
    pub(crate) fn parse(money: Option<&wire::Money>) -> Option<Self> {
        let money = money?;
        let currency = Currency::with_code(&money.currency_code)?;
        let nanos_per_minor = NANOS_PER_UNIT / currency.minor_per_unit();
        let nanos = i64::from(money.nanos);
        if money.units < 0 || !(0..NANOS_PER_UNIT).contains(&nanos) || nanos % nanos_per_minor != 0
        {
            return None;
        }
        let minor = money
            .units
            .checked_mul(currency.minor_per_unit())?
            .checked_add(nanos / nanos_per_minor)?;
        (minor > 0).then_some(Self { minor, currency })
    }

    /// Another amount in the same currency.
    pub(crate) fn with_minor(self, minor: i64) -> Self {
        Self { minor, ..self }
    }

    pub(crate) fn wire(self) -> wire::Money {
        let scale = self.currency.minor_per_unit();
        let nanos = self.minor % scale * (NANOS_PER_UNIT / scale);
        wire::Money {
            currency_code: self.currency.code().to_owned(),
            units: self.minor / scale,
            nanos: i32::try_from(nanos).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(code: &str, units: i64, nanos: i32) -> wire::Money {
        wire::Money {
            currency_code: code.into(),
            units,
            nanos,
        }
    }

    #[test]
    fn an_amount_is_read_in_the_minor_units_of_its_currency() {
        for (money, minor) in [
            (wire("JPY", 50, 0), 50),
            (wire("USD", 50, 10_000_000), 5_001),
            (wire("KWD", 50, 1_000_000), 50_001),
        ] {
            let read = Money::parse(Some(&money)).expect("it is an amount");
            assert_eq!(read.minor, minor);
            assert_eq!(read.wire(), money);
        }
    }

    #[test]
    fn an_amount_finer_than_the_minor_unit_or_not_above_zero_is_rejected() {
        for money in [
            wire("JPY", 50, 1),
            wire("USD", 50, 1_000_000),
            wire("USD", 0, 0),
            wire("USD", -1, 0),
            wire("XXX", 1, 0),
            wire("USD", i64::MAX, 0),
        ] {
            assert_eq!(Money::parse(Some(&money)), None, "{money:?}");
        }
    }
}
