//! Retry limits and backoff. Pure: random numbers are passed in.

use std::time::Duration;

/// First backoff; doubles with each attempt.
const BACKOFF_FIRST: Duration = Duration::from_millis(100);
/// Longest backoff of a forward step.
const BACKOFF_FORWARD_MAX: Duration = Duration::from_secs(5);
/// Longest backoff of an undo, and of a step past the pivot.
const BACKOFF_STUBBORN_MAX: Duration = Duration::from_secs(30);
/// Shortest interval between two queries of an awaited outcome.
const POLL_MIN: Duration = Duration::from_millis(500);
/// Longest interval between two queries of an awaited outcome.
const POLL_MAX: Duration = Duration::from_secs(15);

/// Limits of attempts and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Attempts of a step before or at the pivot.
    pub step_attempts: u32,
    /// How long one call may take.
    pub step_deadline: Duration,
    /// Attempts of a compensation, or of a step past the pivot.
    pub compensation_attempts: u32,
    /// Hold time that must be left when a step that needs the hold is sent.
    pub capture_margin: Duration,
    /// How long a replica owns a saga without renewing.
    pub lease: Duration,
    /// Interval at which a saga that needs attention is called again if the last outcome was unknown.
    pub attention_interval: Duration,
}

impl Policy {
    /// Full jitter: anything up to the doubled backoff of this attempt. `roll` is uniform over `u64`.
    pub fn forward_backoff(&self, attempt: u32, roll: u64) -> Duration {
        jitter(doubled(attempt, BACKOFF_FORWARD_MAX), roll)
    }

    /// As `forward_backoff`, with a longer cap.
    pub fn stubborn_backoff(&self, attempt: u32, roll: u64) -> Duration {
        jitter(doubled(attempt, BACKOFF_STUBBORN_MAX), roll)
    }

    /// Pause before the next query of an outcome awaited since `waited`: a quarter of it, within bounds.
    pub fn poll_interval(&self, waited: Duration) -> Duration {
        (waited / 4).clamp(POLL_MIN, POLL_MAX)
    }

    /// Whether a pause is short enough to keep the lease over it.
    pub fn keeps_lease(&self, pause: Duration) -> bool {
        pause <= self.lease / 2
    }
}

fn doubled(attempt: u32, max: Duration) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    BACKOFF_FIRST.saturating_mul(factor).min(max)
}

fn jitter(most: Duration, roll: u64) -> Duration {
    let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(roll % micros.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy() -> Policy {
        Policy {
            step_attempts: 5,
            step_deadline: Duration::from_secs(5),
            compensation_attempts: 100,
            capture_margin: Duration::from_secs(10),
            lease: Duration::from_secs(10),
            attention_interval: Duration::from_secs(900),
        }
    }

    proptest! {
        #[test]
        fn a_backoff_never_exceeds_its_cap(attempt in any::<u32>(), roll in any::<u64>()) {
            prop_assert!(policy().forward_backoff(attempt, roll) <= BACKOFF_FORWARD_MAX);
            prop_assert!(policy().stubborn_backoff(attempt, roll) <= BACKOFF_STUBBORN_MAX);
        }

        #[test]
        fn polls_grow_rarer_within_bounds(secs in 0_u64..1_000_000) {
            let interval = policy().poll_interval(Duration::from_secs(secs));
            prop_assert!((POLL_MIN..=POLL_MAX).contains(&interval));
        }
    }

    #[test]
    fn the_first_backoff_is_at_most_100_ms_and_doubles() {
        assert_eq!(
            policy().forward_backoff(1, 99_999),
            Duration::from_micros(99_999)
        );
        assert_eq!(policy().forward_backoff(1, 100_000), Duration::ZERO);
        assert_eq!(
            policy().forward_backoff(2, 199_999),
            Duration::from_micros(199_999)
        );
    }
}
