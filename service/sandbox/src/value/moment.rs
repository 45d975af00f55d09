//! A point in time by the sandbox's own clock, in microseconds. Knows no time zone and no order's deadline.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

const MICROS_PER_SEC: i64 = 1_000_000;

/// Microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(micros(since))
    }

    /// The moment `length` later; the last one there is, if that is beyond it.
    pub(crate) fn after(self, length: Duration) -> Self {
        Self(self.0.saturating_add(micros(length)))
    }

    pub(crate) fn timestamp(self) -> prost_types::Timestamp {
        let nanos = self.0.rem_euclid(MICROS_PER_SEC) * 1_000;
        prost_types::Timestamp {
            seconds: self.0.div_euclid(MICROS_PER_SEC),
            nanos: i32::try_from(nanos).unwrap_or_default(),
        }
    }
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

/// A wire duration that is longer than nothing; `None` for an absent, empty or negative one.
pub(crate) fn length(wire: Option<&prost_types::Duration>) -> Option<Duration> {
    let wire = wire?;
    let length = Duration::try_from(*wire).ok()?;
    (!length.is_zero()).then_some(length)
}
