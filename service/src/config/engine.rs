//! Settings of the saga engine.

use std::time::Duration;

use clap::Args;
use order_settings::value;

#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(id = "engine")]
#[command(next_help_heading = "Sagas")]
pub struct Engine {
    /// How long seats are held, in whole seconds
    ///
    /// Must be a duration of at least `1s`
    #[arg(long, env = "HOLD_DURATION", default_value = "15m", value_parser = value::duration_of_seconds)]
    pub hold_duration: Duration,
    /// Hold time that must be left when ConfirmBooking is sent
    ///
    /// Must be a duration such as `0s`, `500ms` or `10s`, shorter than HOLD_DURATION
    #[arg(long, env = "CAPTURE_MARGIN", default_value = "10s", value_parser = value::duration)]
    pub capture_margin: Duration,
    /// How long a replica owns a saga without renewing its lease, and so how soon a dead replica is replaced
    ///
    /// Must be a duration of at least `1s`
    // A shorter lease would be lost to one slow commit.
    #[arg(long, env = "LEASE", default_value = "10s", value_parser = value::duration_of_seconds)]
    pub lease: Duration,
    /// Attempts of each forward step
    ///
    /// Must be a whole number from 1 to 1000000
    #[arg(long, env = "STEP_ATTEMPTS", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub step_attempts: u32,
    /// Time for each call to a participant
    ///
    /// Must be a duration such as `500ms`, `2s`, `15m` or `24h`
    #[arg(long, env = "STEP_DEADLINE", default_value = "5s", value_parser = value::positive_duration)]
    pub step_deadline: Duration,
    /// Attempts of each compensation, and of each step after the pivot; then the saga needs attention
    ///
    /// Must be a whole number from 1 to 1000000
    #[arg(long, env = "COMPENSATION_ATTEMPTS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub compensation_attempts: u32,
    /// Attempts of each usage record and notification; then the delivery is dead, and operators see it
    ///
    /// Must be a whole number from 1 to 1000000
    #[arg(long, env = "DELIVERY_ATTEMPTS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub delivery_attempts: u32,
}
