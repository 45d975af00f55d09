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
