//! Deletes expired rows periodically, in small batches with pauses, so that bookings are not delayed.
//!
//! Owns the schedule and the batch size. The store decides which rows have expired, by the database's clock.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store;
use crate::store::Store;

/// Pause between two sweeps; each replica adds up to half of it, so that replicas spread.
const INTERVAL: Duration = Duration::from_secs(60);
/// Most rows removed by one statement.
const BATCH: usize = 500;
/// Pause between two batches of one sweep.
const PAUSE: Duration = Duration::from_millis(100);
/// How long received webhooks are remembered: longer than senders repeat them.
const WEBHOOKS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

pub(super) trait Swept: Send + Sync {
    /// Deletes at most this many rows of each kind. Returns whether more may remain.
    fn batch(&self, rows_max: usize) -> impl Future<Output = Result<bool, store::Error>> + Send;
}

impl Swept for Store {
    async fn batch(&self, rows_max: usize) -> Result<bool, store::Error> {
        let keys = self.expire_keys(rows_max).await?;
        let webhooks = self.expire_webhooks(WEBHOOKS_KEPT, rows_max).await?;
        if keys + webhooks > 0 {
            tracing::debug!(keys, webhooks, "swept");
        }
        let full = u64::try_from(rows_max).unwrap_or(u64::MAX);
        Ok(keys >= full || webhooks >= full)
    }
}

/// Sweeps at once and then periodically until `closing`; a running batch is completed first. After a store error, the next
/// sweep tries again.
pub(super) async fn run(swept: impl Swept, closing: CancellationToken) {
    loop {
        let pause = match swept.batch(BATCH).await {
            Ok(true) => PAUSE,
            Ok(false) => spread(INTERVAL),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "old rows cannot be swept"
                );
                spread(INTERVAL)
            }
        };
        let slept = closing.run_until_cancelled(tokio::time::sleep(pause));
        if slept.await.is_none() {
            return;
        }
    }
}

fn spread(interval: Duration) -> Duration {
    interval.mul_f64(1.0 + rand::random::<f64>() / 2.0)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tokio::time::Instant;

    use super::*;

    /// Rows left to delete, and the time of each batch.
    #[derive(Debug, Clone)]
    struct Rows(Arc<Mutex<(usize, Vec<Instant>)>>);

    impl Rows {
        fn of(count: usize) -> Self {
            Self(Arc::new(Mutex::new((count, Vec::new()))))
        }

        fn left(&self) -> usize {
            self.0.lock().expect("the lock is not poisoned").0
        }

        fn asked(&self) -> Vec<Instant> {
            self.0.lock().expect("the lock is not poisoned").1.clone()
        }
    }

    impl Swept for Rows {
        async fn batch(&self, rows_max: usize) -> Result<bool, store::Error> {
            let mut rows = self.0.lock().expect("the lock is not poisoned");
            rows.1.push(Instant::now());
            let full = rows.0 >= rows_max;
            rows.0 = rows.0.saturating_sub(rows_max);
            Ok(full)
        }
    }

    /// Advances the paused clock.
    async fn pass(span: Duration) {
        let nothing = std::future::pending::<()>();
        let _ = tokio::time::timeout(span, nothing).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_batch_is_followed_by_the_next_and_the_last_by_a_long_pause() {
        let (rows, closing) = (Rows::of(2 * BATCH + 1), CancellationToken::new());
        let sweeping = tokio::spawn(run(rows.clone(), closing.clone()));
        pass(INTERVAL / 2).await;
        assert_eq!((rows.left(), rows.asked().len()), (0, 3));
        pass(INTERVAL * 3 / 2).await;
        assert_eq!(rows.asked().len(), 4, "one more sweep an interval later");
        closing.cancel();
        sweeping.await.expect("it ends on cancellation");
    }
}
