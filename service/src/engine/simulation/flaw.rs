//! Rules that are left out one at a time: a simulation that misses none of them could miss a bug.

use std::time::Duration;

use crate::domain::{Commit, Saga, SagaState, StepState};
use crate::engine::simulation::{number, run};
use crate::saga::Purpose;

/// Seeds within which each flaw must be found.
const SEEDS: u64 = 10_000;

/// A rule that is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// Nothing is left out.
    None,
    /// A commit does not say which epoch and version it builds on.
    Unfenced,
    /// A step of unknown outcome is taken for one that never happened.
    UnknownIsNotUndone,
    /// A key is but a lock, and expires under a slow request.
    UnlockOnTimeout,
    /// The driver drops an answer where a person ended the saga after the call was made.
    DropsLateAnswer,
    /// A write that was stale is repeated without looking at what the caller stepped in for.
    ForgetsToLookAgain,
}

/// Longest time until a waiting saga looks by itself.
const POLL_MAX: Duration = Duration::from_secs(15);

/// Lets a saga that looks at once wait instead.
pub(super) fn forget_to_look(commit: &mut Commit) {
    let saga = &mut commit.saga;
    if saga.state == SagaState::Waiting && saga.due_time == Some(saga.update_time) {
        saga.due_time = Some(saga.update_time.plus(POLL_MAX));
    }
}

/// Whether this call is left out.
pub(super) fn skips(flaw: Flaw, saga: &Saga, purpose: Purpose) -> bool {
    let is_unknown = |state| state == StepState::Unknown;
    flaw == Flaw::UnknownIsNotUndone
        && purpose == Purpose::Undo
        && saga
            .steps
            .get(saga.cursor)
            .is_some_and(|step| is_unknown(step.state))
}

fn is_found(flaw: Flaw) {
    let seeds = number("SEEDS").unwrap_or(SEEDS);
    let found = (0..seeds).find_map(|seed| {
        let complaint = run(flaw, seed, false).complaint?;
        Some((seed, complaint))
    });
    let Some((seed, complaint)) = found else {
        panic!("{flaw:?} is not found in {seeds} seeds");
    };
    eprintln!("{flaw:?} is found at seed {seed}: {complaint}");
}

#[test]
fn a_commit_without_a_fence_is_found() {
    is_found(Flaw::Unfenced);
}

#[test]
fn a_step_of_unknown_outcome_that_is_not_undone_is_found() {
    is_found(Flaw::UnknownIsNotUndone);
}

#[test]
fn a_lock_that_expires_under_a_slow_request_is_found() {
    is_found(Flaw::UnlockOnTimeout);
}

#[test]
fn an_answer_dropped_after_a_person_ended_the_saga_is_found() {
    is_found(Flaw::DropsLateAnswer);
}

#[test]
fn a_stale_write_that_forgets_to_look_again_is_found() {
    is_found(Flaw::ForgetsToLookAgain);
}
