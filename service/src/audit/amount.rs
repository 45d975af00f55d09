//! Sums per currency that cannot overflow; zero of one currency equals zero of any other.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::{Currency, Money};

/// Minor units per currency; a currency with sum zero is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Amount(BTreeMap<Currency, i128>);

impl Amount {
    pub(super) fn of(money: impl IntoIterator<Item = Money>) -> Self {
        let mut sum = Self::default();
        for money in money {
            sum.add(money.currency, money.minor.into());
        }
        sum
    }

    pub(super) fn add(&mut self, currency: Currency, minor: i128) {
        let kept = self.0.entry(currency).or_default();
        *kept += minor;
        if *kept == 0 {
            self.0.remove(&currency);
        }
    }

    /// Subtracts another sum, currency by currency.
    pub(super) fn take(&mut self, other: &Self) {
        for (currency, minor) in &other.0 {
            self.add(*currency, -minor);
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("0");
        }
        let mut parts = self.0.iter();
        if let Some((currency, minor)) = parts.next() {
            write_one(f, *currency, *minor)?;
        }
        parts.try_for_each(|(currency, minor)| {
            f.write_str(" + ")?;
            write_one(f, *currency, *minor)
        })
    }
}

fn write_one(f: &mut fmt::Formatter<'_>, currency: Currency, minor: i128) -> fmt::Result {
    match i64::try_from(minor) {
        Ok(minor) => write!(f, "{}", Money::new(minor, currency)),
        Err(_) => write!(f, "{minor} minor units {}", currency.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().expect("a known code"))
    }

    #[test]
    fn nothing_of_one_currency_is_nothing_of_any_other() {
        assert_eq!(Amount::of([money(0, "USD")]), Amount::of([money(0, "JPY")]));
        assert_eq!(
            Amount::of([money(5, "USD"), money(-5, "USD")]),
            Amount::default()
        );
        assert_eq!(Amount::default().to_string(), "0");
    }

    #[test]
    fn a_sum_beyond_64_bits_is_printed() {
        let sum = Amount::of([money(i64::MAX, "USD"), money(1, "USD")]);
        assert_eq!(sum.to_string(), "9223372036854775808 minor units USD");
    }
}
