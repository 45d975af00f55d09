//! The currencies of ISO 4217 that are in use, and how many decimals each has. Knows no amounts.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

/// A currency that the sandbox knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Currency {
    code: &'static str,
    decimals: u32,
}

const NO_DECIMALS: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
const TWO_DECIMALS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD \
     CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF \
     IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR \
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
     SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";
const THREE_DECIMALS: &str = "BHD IQD JOD KWD LYD OMR TND";

/// Every list of codes, with its decimals.
const LISTS: [(&str, u32); 3] = [(NO_DECIMALS, 0), (TWO_DECIMALS, 2), (THREE_DECIMALS, 3)];

impl Currency {
    pub(crate) const USD: Self = Self {
        code: "USD",
        decimals: 2,
    };

    /// The currency of this upper-case code.
    pub(crate) fn named(code: &str) -> Option<Self> {
        LISTS.iter().find_map(|(codes, decimals)| {
            codes
                .split_ascii_whitespace()
                .find(|known| *known == code)
                .map(|code| Self {
                    code,
                    decimals: *decimals,
                })
        })
    }

    pub(crate) fn code(self) -> &'static str {
        self.code
    }

    /// How many minor units one whole unit has.
    pub(crate) fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.decimals)
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
        Self::named(&code).ok_or_else(|| D::Error::custom("not a currency"))
    }
}
