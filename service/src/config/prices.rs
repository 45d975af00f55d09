//! Settings of what the platform adds to the prices of seats.

use clap::Args;

use order_settings::{Fault, Faults, Source};

use crate::domain::BookingFees;

/// The setting that BOOKING_FEE replaced. It gave one number of minor units for all currencies.
const REPLACED: &str = "BOOKING_FEE_MINOR";

#[derive(Debug, Clone, Args)]
#[group(id = "prices")]
#[command(next_help_heading = "Prices")]
pub(super) struct Prices {
    /// Fee per ticket by currency; a currency that is not named has none
    ///
    /// Must be fees by currency, no finer than the minor unit, such as `USD:1.50,JPY:100`
    #[arg(long, env = "BOOKING_FEE")]
    booking_fee: Option<BookingFees>,
    /// Tax on the subtotal in basis points; 10000 are all of it
    ///
    /// Must be a whole number of basis points, 0 to 10000
    #[arg(long, env = "TAX_BPS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    pub(super) tax_bps: u32,
}

impl Prices {
    pub(super) fn booking_fees(self) -> BookingFees {
        self.booking_fee.unwrap_or_default()
    }
}

/// Adds a fault when the replaced setting is still set: to ignore it would sell without the fee.
pub(super) fn refuse_replaced(source: &Source<'_>, faults: &mut Faults) {
    if source.is_set(REPLACED) {
        let rule = "was replaced by BOOKING_FEE, a fee by currency such as `USD:1.50,JPY:100`";
        faults.add(Fault::new(REPLACED, rule));
    }
}
