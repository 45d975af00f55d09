//! A point in time by the sandbox's own clock, in microseconds. Knows no time zone.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

const MICROS_PER_SEC: i64 = 1_000_000;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Moment(i64);

impl Moment {
    pub(crate) fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(micros(since))
    }

    /// The moment `length` later; the last representable moment on overflow.
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

/// A duration from the wire that is above 0; `None` for an absent, zero or negative one.
pub(crate) fn length(wire: Option<&prost_types::Duration>) -> Option<Duration> {
    let wire = wire?;
    let length = Duration::try_from(*wire).ok()?;
    (!length.is_zero()).then_some(length)
}
