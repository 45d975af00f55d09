//! The database's time, as a SQL expression and as an estimate between two replies.
//!
//! The estimate adds this process's monotonic time to the last reading; the operating system's clock is never used.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbBackend, Statement};

use super::connection::bounded;
use super::error::{Error, no_answer};
use crate::domain::Timestamp;

/// By how much a reading's error bound grows per second. A newer, less exact reading replaces an old one eventually,
/// which also follows a database that failed over to a machine with another clock.
const DRIFT_US_PER_SEC: i64 = 1_000;
const OPERATION: &str = "read the database's time";

/// The database's time in microseconds since 1970, as a SQL expression.
pub(crate) fn now_us(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Postgres {
        "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint"
    } else {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    }
}

/// Reads the database's time and syncs the clock with it.
pub(crate) async fn sync(db: &DatabaseConnection, clock: &Clock) -> Result<(), Error> {
    let backend = db.get_database_backend();
    let sql = format!("SELECT {} AS us", now_us(backend));
    let sent = Instant::now();
    let row = bounded(
        OPERATION,
        db.query_one_raw(Statement::from_string(backend, sql)),
    )
    .await?;
    let read = row.map(|row| row.try_get::<i64>("", "us")).transpose();
    match read.map_err(|source| Error::database(OPERATION, source))? {
        Some(now_us) => {
            clock.observe(sent, Instant::now(), now_us);
            Ok(())
        }
        None => Err(Error::database(OPERATION, no_answer())),
    }
}

#[derive(Debug, Clone, Copy)]
struct Reading {
    /// The database's time minus this process's time since `start`.
    offset_us: i64,
    /// Bound on the error of `offset_us`: half the round trip.
    error_us: i64,
    /// When the reading was taken, since `start`.
    taken_us: i64,
}

#[derive(Debug)]
pub(crate) struct Clock {
    start: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    reading: Option<Reading>,
    /// The latest time that `now` returned.
    returned_us: i64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            state: Mutex::new(State {
                reading: None,
                returned_us: 0,
            }),
        }
    }

    fn elapsed_us(&self, at: Instant) -> i64 {
        let elapsed = at.saturating_duration_since(self.start);
        i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)
    }

    /// Records that the database's time was `database_us` at some moment between `sent` and `received`.
    pub(crate) fn observe(&self, sent: Instant, received: Instant, database_us: i64) {
        let (sent_us, taken_us) = (self.elapsed_us(sent), self.elapsed_us(received));
        let error_us = (taken_us - sent_us) / 2;
        let reading = Reading {
            offset_us: database_us - (sent_us + error_us),
            error_us,
            taken_us,
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_better = state.reading.is_none_or(|known| {
            let drift_us = (taken_us - known.taken_us).max(0) / 1_000 * DRIFT_US_PER_SEC / 1_000;
            error_us <= known.error_us.saturating_add(drift_us)
        });
        if is_better {
            state.reading = Some(reading);
        }
    }

    /// The estimated time of the database. Never goes backwards.
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed_us = self.elapsed_us(Instant::now());
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let offset_us = state.reading.map_or(0, |reading| reading.offset_us);
        state.returned_us = state.returned_us.max(elapsed_us.saturating_add(offset_us));
        Timestamp::from_micros(state.returned_us)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_less_exact_reading_does_not_replace_a_recent_exact_one() {
        let clock = Clock::new();
        let at = Instant::now();
        clock.observe(at, at, 1_000_000_000);
        clock.observe(at, at + Duration::from_secs(1), 5_000_000_000);
        assert!(clock.now().micros() < 2_000_000_000);
    }

    #[test]
    fn a_less_exact_reading_replaces_an_exact_one_that_drifted_for_long() {
        let clock = Clock::new();
        let at = Instant::now();
        clock.observe(at, at, 1_000_000_000);
        let later = at + Duration::from_secs(100);
        clock.observe(later, later + Duration::from_millis(20), 9_000_000_000);
        assert!(clock.now().micros() > 5_000_000_000);
    }

    #[test]
    fn time_never_goes_backwards_when_the_database_clock_does() {
        let clock = Clock::new();
        let at = Instant::now();
        clock.observe(at, at, 9_000_000_000);
        let before = clock.now();
        clock.observe(at, at, 1_000_000_000);
        assert!(clock.now() >= before);
    }
}
