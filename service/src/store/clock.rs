//! The database's time between two answers of the database: what it last said, carried on by this process's
//! monotonic clock. Never asks the operating system what time it is.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::domain::Timestamp;

/// How much worse a reading gets per second: a newer, less exact one replaces it in the end, which also follows a
/// database that failed over to a machine with another clock.
const DRIFT_US_PER_SEC: i64 = 1_000;

#[derive(Debug, Clone, Copy)]
struct Reading {
    /// The database's time less this process's time since `start`.
    offset_us: i64,
    /// By how much that may be wrong.
    error_us: i64,
    /// When it was taken, since `start`.
    taken_us: i64,
}

#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    reading: Option<Reading>,
    told_us: i64,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            start: Instant::now(),
            state: Mutex::new(State {
                reading: None,
                told_us: 0,
            }),
        }
    }

    fn elapsed_us(&self, at: Instant) -> i64 {
        let elapsed = at.saturating_duration_since(self.start);
        i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
    }

    /// Hears that the database's time was `database_us` somewhere between the question and the answer.
    pub(super) fn hear(&self, asked: Instant, answered: Instant, database_us: i64) {
        let (asked_us, taken_us) = (self.elapsed_us(asked), self.elapsed_us(answered));
        let error_us = (taken_us - asked_us) / 2;
        let heard = Reading {
            offset_us: database_us - (asked_us + error_us),
            error_us,
            taken_us,
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let better = state.reading.is_none_or(|known| {
            let aged_us = (taken_us - known.taken_us).max(0) / 1_000 * DRIFT_US_PER_SEC / 1_000;
            error_us <= known.error_us.saturating_add(aged_us)
        });
        if better {
            state.reading = Some(heard);
        }
    }

    /// The database's time, never earlier than it was told before.
    pub(super) fn now(&self) -> Timestamp {
        let elapsed_us = self.elapsed_us(Instant::now());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let offset_us = state.reading.map_or(0, |reading| reading.offset_us);
        state.told_us = state.told_us.max(elapsed_us.saturating_add(offset_us));
        Timestamp::from_micros(state.told_us)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_less_exact_reading_does_not_replace_a_fresh_exact_one() {
        let clock = Clock::new();
        let at = Instant::now();
        clock.hear(at, at, 1_000_000_000);
        clock.hear(at, at + Duration::from_secs(1), 5_000_000_000);
        assert!(clock.now().micros() < 2_000_000_000);
    }

    #[test]
    fn a_reading_long_after_replaces_an_exact_one() {
        let clock = Clock::new();
        let at = Instant::now();
        clock.hear(at, at, 1_000_000_000);
        let later = at + Duration::from_secs(100);
        clock.hear(later, later + Duration::from_millis(20), 9_000_000_000);
        assert!(clock.now().micros() > 5_000_000_000);
    }

    #[test]
    fn time_never_goes_back_when_the_database_does() {
        let clock = Clock::new();
        let at = Instant::now();
        clock.hear(at, at, 9_000_000_000);
        let before = clock.now();
        clock.hear(at, at, 1_000_000_000);
        assert!(clock.now() >= before);
    }
}
