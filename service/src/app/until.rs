//! The time at which a caller has to be answered, shared by every wait of its request.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;

/// Least time that a write is retried while the database is unreachable, before the caller gets an error.
pub(super) const PATIENCE_MIN: Duration = Duration::from_secs(2);
/// How much longer than its caller waits a request may take, where the database does not answer.
const MARGIN: Duration = Duration::from_millis(500);

/// When the caller is answered, whatever the state of the order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Until {
    begun: Instant,
    wait: Duration,
}

/// The database did not answer within the caller's time.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer while the caller waited")]
struct TooLate;

impl Until {
    /// The caller waits for its order for this long from now on.
    pub(super) fn after(wait: Duration) -> Self {
        Self {
            begun: Instant::now(),
            wait,
        }
    }

    /// When the caller stops waiting for the order to settle.
    pub(super) fn end(self) -> Instant {
        self.begun + self.wait
    }

    /// How long a write is tried: until the caller stops waiting, but never less than [`PATIENCE_MIN`] in all.
    pub(super) fn patience(self) -> Duration {
        let all = self.wait.max(PATIENCE_MIN);
        all.saturating_sub(self.begun.elapsed())
    }

    /// The result of the request, in time. Error: StoreUnavailable, which may hide what the request has begun.
    pub(super) async fn bound<T>(
        self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let last = self.begun + self.wait.max(PATIENCE_MIN) + MARGIN;
        let in_time = tokio::time::timeout_at(last, Box::pin(work)).await;
        in_time.unwrap_or_else(|_| Err(Error::StoreUnavailable(Box::new(TooLate))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_that_never_ends_is_answered_half_a_second_after_the_wait() {
        for (wait, answered) in [(0, 2_500), (2_000, 2_500), (10_000, 10_500)] {
            let until = Until::after(Duration::from_millis(wait));
            let begun = Instant::now();
            let never = std::future::pending::<Result<(), Error>>();
            let result = until.bound(never).await;
            assert!(matches!(result, Err(Error::StoreUnavailable(_))));
            assert_eq!(begun.elapsed(), Duration::from_millis(answered));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_patience_of_a_write_ends_with_the_wait() {
        let until = Until::after(Duration::from_secs(5));
        assert_eq!(until.patience(), Duration::from_secs(5));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(until.patience(), Duration::from_secs(2));
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(until.patience(), Duration::ZERO);
    }
}
