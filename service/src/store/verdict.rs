//! What becomes of a commit, given what the database holds: pure, and the same for both databases.

use crate::domain::Outcome;
use crate::domain::{Commit, Guard, KeyRow};

/// What the database holds of what a commit touches.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// The saga's row.
    pub(super) saga: Option<SagaFacts>,
    /// Whether the saga's history has lines of this very commit.
    pub(super) recorded: bool,
    /// The version of the order.
    pub(super) order_version: Option<i64>,
    /// The row of the commit's key.
    pub(super) key: Option<FoundKey>,
}

/// What guards a saga.
#[derive(Debug, Clone, Copy)]
pub(super) struct SagaFacts {
    pub(super) epoch: i64,
    pub(super) version: i64,
    /// Whether the last commit that it took is this one.
    pub(super) took_this: bool,
    /// Whether the saga needs attention and no replica holds its lease.
    pub(super) at_rest: bool,
}

/// A key's row, and whether it counts as absent.
#[derive(Debug, Clone)]
pub(super) struct FoundKey {
    pub(super) row: KeyRow,
    /// Past its time to live, and its saga has ended.
    pub(super) forgotten: bool,
}

/// Whether a commit may be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing stands against it, except perhaps a forgotten row of its key, to be removed first.
    Write { replaces_key: bool },
    /// This is what became of it.
    Settled(Outcome),
}

/// Judges a commit. An applied one stays applied whatever came after it; a taken key goes before any guard (what is
/// checked about the order is checked for new keys only).
pub(super) fn judge(commit: &Commit, facts: &Facts) -> Verdict {
    if facts.recorded || facts.saga.is_some_and(|saga| saga.took_this) {
        return Verdict::Settled(Outcome::Applied);
    }
    let mut replaces_key = false;
    if let Some(found) = facts.key.as_ref().filter(|_| commit.key.is_some()) {
        if !found.forgotten {
            return Verdict::Settled(Outcome::KeyTaken(Box::new(found.row.clone())));
        }
        replaces_key = true;
    }
    let lost = match (commit.guard, facts.saga) {
        (Guard::Begin, None) => None,
        // A name that another commit used: whoever that was owns the saga.
        (Guard::Begin, Some(_)) => Some(Outcome::Fenced),
        (Guard::Owned { .. } | Guard::StepIn { .. } | Guard::AtRest { .. }, None) => {
            Some(Outcome::Fenced)
        }
        (Guard::Owned { epoch, .. }, Some(saga)) if saga.epoch != epoch => Some(Outcome::Fenced),
        (Guard::AtRest { .. }, Some(saga)) if !saga.at_rest => Some(Outcome::Stale),
        (
            Guard::Owned { version, .. } | Guard::StepIn { version } | Guard::AtRest { version },
            Some(saga),
        ) => (saga.version != version).then_some(Outcome::Stale),
    };
    if let Some(outcome) = lost {
        return Verdict::Settled(outcome);
    }
    let seen = commit.order.as_ref().and_then(|write| write.seen);
    if seen.is_some() && seen != facts.order_version {
        return Verdict::Settled(Outcome::Stale);
    }
    Verdict::Write { replaces_key }
}
