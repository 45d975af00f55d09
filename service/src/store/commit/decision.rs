//! Decides whether a commit may be written, given the stored state. Pure, and the same for both databases.

use super::state::{SagaState, StoredState};
use crate::domain::{Commit, Guard, Outcome};

/// Whether a commit may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Every guard holds. With `replaces_key`, the expired row of the commit's key must be deleted first.
    Write { replaces_key: bool },
    /// The commit is not written; this is its outcome.
    Answer(Outcome),
}

/// Decides about a commit. A commit that was applied before stays applied, whatever followed it. A taken key is
/// reported before any failed guard, because order and version are checked for new keys only.
pub(super) fn decide(commit: &Commit, state: &StoredState) -> Decision {
    if state.in_history || state.saga.is_some_and(|saga| saga.is_last_commit) {
        return Decision::Answer(Outcome::Applied);
    }
    let mut replaces_key = false;
    if let Some(found) = state.key.as_ref().filter(|_| commit.key.is_some()) {
        if !found.is_expired {
            return Decision::Answer(Outcome::KeyTaken(Box::new(found.row.clone())));
        }
        replaces_key = true;
    }
    if let Some(outcome) = failed_saga_guard(commit.guard, state.saga) {
        return Decision::Answer(outcome);
    }
    let seen = commit.order.as_ref().and_then(|write| write.seen);
    if seen.is_some() && seen != state.order_version {
        return Decision::Answer(Outcome::Stale);
    }
    Decision::Write { replaces_key }
}

fn failed_saga_guard(guard: Guard, saga: Option<SagaState>) -> Option<Outcome> {
    match (guard, saga) {
        (Guard::Begin, None) => None,
        // Another commit created a saga with this id and owns it.
        (Guard::Begin, Some(_)) => Some(Outcome::Fenced),
        (Guard::Owned { .. } | Guard::StepIn { .. } | Guard::AtRest { .. }, None) => {
            Some(Outcome::Fenced)
        }
        (Guard::AtRest { .. }, Some(saga)) if !saga.is_at_rest => Some(Outcome::Stale),
        (Guard::Owned { epoch, .. }, Some(saga)) if saga.epoch != epoch => Some(Outcome::Fenced),
        (
            Guard::Owned { version, .. } | Guard::StepIn { version } | Guard::AtRest { version },
            Some(saga),
        ) => (saga.version != version).then_some(Outcome::Stale),
    }
}
