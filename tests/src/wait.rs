//! The one place that waits by the clock: it looks again and again, and gives up at a bound.
//!
//! Knows nothing of what is waited for.

use std::time::{Duration, Instant};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Enough for anything that is not waiting for a lease or a backoff, on a machine that is busy.
pub const SOON: Duration = Duration::from_secs(30);

/// Looks until there is an answer.
///
/// # Panics
/// When there is none at the bound; `what` then says what was missing.
pub async fn until<T>(what: &str, bound: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < bound,
            "waited {bound:?} in vain for {what}"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

/// Lets a disturbance last as long as it was planned to, or a client take its time. Never a substitute for [`until`].
pub async fn pace(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_the_first_answer() {
        let mut looks = 0;
        let found = until("three looks", SOON, async || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found.await, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "in vain for nothing at all")]
    async fn a_wait_in_vain_ends_at_its_bound() {
        until("nothing at all", PAUSE, async || None::<()>).await;
    }
}
