//! A currency of the shared table `order_currency`, serialized as its code. Knows no amounts.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Currency {
    code: &'static str,
    minor_digits: u8,
}

impl Currency {
    /// The default currency of seat prices.
    pub(crate) const USD: Self = Self {
        code: "USD",
        minor_digits: 2,
    };

    /// The currency with this upper-case code.
    pub(crate) fn with_code(code: &str) -> Option<Self> {
        order_currency::find(code).map(|(code, minor_digits)| Self { code, minor_digits })
    }

    pub(crate) fn code(self) -> &'static str {
        self.code
    }

    /// The number of minor units per whole unit: 1, 100 or 1000.
    pub(crate) fn minor_per_unit(self) -> i64 {
        10_i64.pow(u32::from(self.minor_digits))
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.code.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::with_code(&code).ok_or_else(|| D::Error::custom("not a known currency code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_currency_is_in_the_table() {
        assert_eq!(Currency::with_code("USD"), Some(Currency::USD));
    }
}
