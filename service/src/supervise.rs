//! Catches panics of background work: logs and counts them, and restarts loops, so that one fault stops nothing else
//! (rule 33).
//!
//! Knows neither sagas nor the store. The panic's message goes to the standard error of the process only, because it may
//! contain data of an order.

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use tokio_util::sync::CancellationToken;

/// Pause before a loop is started again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);
/// A loop that runs this long is steady again.
const STEADY_AFTER: Duration = Duration::from_secs(60);
/// Panics of a loop in a row, without steady running in between, after which it counts as failing.
const PANICS_MAX: u32 = 3;

/// Panics caught in this process.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// The work panicked. The log has the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} panicked")]
pub struct Panicked(pub &'static str);

/// Number of panics that were caught since the process started.
pub fn panics() -> u64 {
    PANICS.load(Ordering::Relaxed)
}

/// Runs the work to its end. Error: it panicked; its values were dropped. If the future is dropped, so is the work.
pub async fn caught<Work: Future>(
    what: &'static str,
    work: Work,
) -> Result<Work::Output, Panicked> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.map_err(|_message| {
        let panics = PANICS.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::error!(what, panics, "background work panicked");
        Panicked(what)
    })
}

/// The background loops of a process that keep panicking. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Loops {
    failing: Arc<Mutex<BTreeSet<&'static str>>>,
}

impl Loops {
    /// Whether every loop runs. A loop that panics again and again counts as failing until it has run for a minute.
    pub fn all_run(&self) -> bool {
        self.failing().is_empty()
    }

    /// Runs a loop until it returns, and starts it again after a panic, unless `stopping`.
    pub async fn keep<Run, Running>(
        &self,
        what: &'static str,
        stopping: &CancellationToken,
        mut run: Run,
    ) where
        Run: FnMut() -> Running,
        Running: Future<Output = ()>,
    {
        let mut in_a_row = 0;
        loop {
            let mut work = pin!(caught(what, run()));
            let done = tokio::select! {
                biased;
                () = tokio::time::sleep(STEADY_AFTER) => {
                    in_a_row = 0;
                    self.failing().remove(what);
                    work.await
                }
                done = &mut work => done,
            };
            if done.is_ok() {
                return;
            }
            in_a_row += 1;
            if in_a_row >= PANICS_MAX {
                self.failing().insert(what);
            }
            let pause = tokio::time::sleep(RESTART_PAUSE);
            if stopping.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    fn failing(&self) -> std::sync::MutexGuard<'_, BTreeSet<&'static str>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_panics_is_started_again() {
        let (loops, stopping) = (Loops::default(), CancellationToken::new());
        let before = panics();
        let mut runs = 0;
        loops
            .keep("a test loop", &stopping, || {
                runs += 1;
                let run = runs;
                async move { assert!(run > 2, "a planted panic") }
            })
            .await;
        assert_eq!(runs, 3);
        assert!(panics() >= before + 2);
        assert!(loops.all_run());
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_keeps_panicking_is_failing_until_it_runs_steadily() {
        let (loops, stopping) = (Loops::default(), CancellationToken::new());
        let mut runs = 0;
        let seen = loops.clone();
        loops
            .keep("a test loop", &stopping, || {
                runs += 1;
                let (run, seen) = (runs, seen.clone());
                async move {
                    assert!(run > PANICS_MAX, "a planted panic");
                    assert!(!seen.all_run());
                    tokio::time::advance(STEADY_AFTER * 2).await;
                    assert!(seen.all_run());
                }
            })
            .await;
        assert_eq!(runs, PANICS_MAX + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn no_loop_is_started_again_while_the_process_stops() {
        let (loops, stopping) = (Loops::default(), CancellationToken::new());
        stopping.cancel();
        let mut runs = 0;
        loops
            .keep("a test loop", &stopping, || {
                runs += 1;
                async { panic!("a planted panic") }
            })
            .await;
        assert_eq!(runs, 1);
    }
}
