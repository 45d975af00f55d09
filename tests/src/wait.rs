//! Bounded waiting: polls a condition and fails after a bound. All waits of the tests are here.
//!
//! Knows nothing of the conditions.

use std::time::{Duration, Instant};

/// The pause between two polls.
const PAUSE: Duration = Duration::from_millis(20);

/// The bound for everything that does not wait for a lease or a backoff, on a busy machine.
pub const SOON: Duration = Duration::from_secs(30);

/// Polls until `look` returns a value.
///
/// # Panics
/// When it returns none within `bound`; the message contains `what`.
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

/// Waits for a fixed time: how long a disturbance lasts, or how slow a client is. Not a substitute for [`until`].
pub async fn pace(pause: Duration) {
    tokio::time::sleep(pause).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_wait_ends_with_the_first_value() {
        let mut looks = 0;
        let found = until("three looks", SOON, async || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found.await, 3);
    }

    #[tokio::test]
    #[should_panic(expected = "in vain for nothing at all")]
    async fn a_wait_fails_at_its_bound() {
        until("nothing at all", PAUSE, async || None::<()>).await;
    }
}
