//! Counts the outcomes of many bookings and their times in a histogram.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::client::Reply;

/// The longest time of the histogram, in microseconds; longer ones count as this one.
const MICROS_MAX: u64 = 120_000_000;
/// Significant digits of a time in the histogram.
const DIGITS: u8 = 3;
/// The outcome of a confirmed booking.
const CONFIRMED: &str = "ORDER_STATE_CONFIRMED";

/// Times and outcomes of the bookings of one worker, or of all.
#[derive(Debug)]
pub(super) struct Tally {
    micros: Histogram<u64>,
    outcomes: BTreeMap<String, u64>,
    refused: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            micros: Histogram::new_with_max(MICROS_MAX, DIGITS).expect("the bounds are right"),
            outcomes: BTreeMap::new(),
            refused: 0,
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, reply: Reply, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.saturating_record(micros);
        let outcome = match reply {
            Reply::Order { state, .. } => state,
            Reply::Conflict => {
                self.refused += 1;
                "IDEMPOTENCY_KEY_IN_USE".into()
            }
            Reply::Refused(reason) => {
                self.refused += 1;
                reason
            }
        };
        *self.outcomes.entry(outcome).or_default() += 1;
    }

    pub(super) fn join(&mut self, other: Self) {
        self.micros
            .add(&other.micros)
            .expect("both have the same bounds");
        for (outcome, count) in other.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.refused += other.refused;
    }

    /// The number of confirmed bookings.
    pub(super) fn confirmed(&self) -> u64 {
        self.outcomes.get(CONFIRMED).copied().unwrap_or(0)
    }

    /// The number of requests that were refused or not answered.
    pub(super) const fn refused(&self) -> u64 {
        self.refused
    }

    /// Throughput, quantiles of the times, and the count of each outcome, as lines for people.
    pub(super) fn report(&self, took: Duration, concurrency: usize) -> String {
        let count = self.micros.len();
        let per_second = count as f64 / took.as_secs_f64();
        let mut text = format!(
            "{count} bookings in {:.2} s, {concurrency} at a time: {per_second:.1}/s\n",
            took.as_secs_f64()
        );
        let millis = |quantile| self.micros.value_at_quantile(quantile) as f64 / 1_000.0;
        let _ = writeln!(
            text,
            "p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            millis(0.5),
            millis(0.9),
            millis(0.99),
            self.micros.max() as f64 / 1_000.0
        );
        for (outcome, count) in &self.outcomes {
            let _ = writeln!(text, "{outcome} {count}");
        }
        text.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmed() -> Reply {
        Reply::Order {
            order_id: "o".into(),
            state: CONFIRMED.into(),
            replayed: false,
        }
    }

    #[test]
    fn times_and_outcomes_of_all_workers_add_up() {
        let (mut one, mut other) = (Tally::default(), Tally::default());
        for millis in 1..=99 {
            one.add(confirmed(), Duration::from_millis(millis));
        }
        other.add(
            Reply::Refused("OVERLOADED".into()),
            Duration::from_secs(600),
        );
        one.join(other);
        assert_eq!((one.confirmed(), one.refused()), (99, 1));
        let report = one.report(Duration::from_secs(10), 4);
        assert!(
            report.contains("100 bookings in 10.00 s, 4 at a time: 10.0/s"),
            "{report}"
        );
        assert!(report.contains("p50 50."), "{report}");
        assert!(report.contains("OVERLOADED 1"), "{report}");
    }
}
