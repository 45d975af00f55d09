//! Settings of what the platform adds to the prices of seats.

use clap::Args;

use crate::domain::Tariff;

#[derive(Debug, Clone, Args)]
#[group(id = "prices")]
#[command(next_help_heading = "Prices")]
pub(super) struct Prices {
    /// Fee per ticket in minor units of the currency
    ///
    /// Must be a whole number of minor units, 0 or more
    #[arg(long, env = "BOOKING_FEE_MINOR", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    booking_fee_minor: i64,
    /// Tax on the subtotal in basis points; 10000 are all of it
    ///
    /// Must be a whole number of basis points, 0 to 10000
    #[arg(long, env = "TAX_BPS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    tax_bps: u32,
}

impl Prices {
    pub(super) const fn tariff(&self) -> Tariff {
        Tariff {
            booking_fee_minor: self.booking_fee_minor,
            tax_bps: self.tax_bps,
        }
    }
}
