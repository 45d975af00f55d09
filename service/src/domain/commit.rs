//! All that one transition writes, as one value: it applies whole and once, or not at all.

use super::{CommitId, Delivery, HistoryEntry, KeyRow, LedgerEntry, Order, Saga};

/// What must still be so for a commit to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The saga is new. Its lease begins with the commit.
    Begin,
    /// The writer owns the saga: its epoch and its version are still these. Keeps the lease, or gives it up.
    Owned {
        /// The epoch of the writer's claim.
        epoch: i64,
        /// The version that the writer saw.
        version: i64,
    },
    /// A caller steps in (a cancel, a webhook, an operator): the version is still this. Never touches epoch or lease.
    StepIn {
        /// The version that the writer saw.
        version: i64,
    },
    /// A caller ends a saga: as `StepIn`, and the saga is NEEDS_ATTENTION and no replica holds its lease (rule 26). A claim
    /// raises the epoch and not the version, so the version alone does not show that a call may be in flight.
    AtRest {
        /// The version that the writer saw.
        version: i64,
    },
}

impl Guard {
    /// The version of the saga that the commit builds on; none for a new saga.
    pub const fn seen_version(self) -> Option<i64> {
        match self {
            Self::Begin => None,
            Self::Owned { version, .. } | Self::StepIn { version } | Self::AtRest { version } => {
                Some(version)
            }
        }
    }

    /// The epoch that the writer's claim raised; none for a writer that owns no saga.
    pub const fn seen_epoch(self) -> Option<i64> {
        match self {
            Self::Owned { epoch, .. } => Some(epoch),
            Self::Begin | Self::StepIn { .. } | Self::AtRest { .. } => None,
        }
    }
}

/// An order to insert or to update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderWrite {
    /// The order as it becomes, its `version` raised.
    pub order: Order,
    /// The version that it replaces; none for a new order.
    pub seen: Option<i64>,
}

/// All that one transition writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Chosen before the first try: sent again after a lost answer, the same commit applies once.
    pub commit_id: CommitId,
    /// What must still be so.
    pub guard: Guard,
    /// The saga as it becomes: `version` is the guarded one plus 1 (1 for a new saga).
    pub saga: Saga,
    /// The order, where the transition changes it.
    pub order: Option<OrderWrite>,
    /// Lines for the saga's history.
    pub history: Vec<HistoryEntry>,
    /// Ledger entries, balanced per transaction and currency.
    pub ledger: Vec<LedgerEntry>,
    /// Messages to send.
    pub outbox: Vec<Delivery>,
    /// The idempotency key of the request that begins something.
    pub key: Option<KeyRow>,
    /// Another saga of the order, which begins with this transition and is nobody's yet.
    pub successor: Option<Box<Successor>>,
}

/// A saga that begins where another ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// The saga: due, without an owner, of version 1.
    pub saga: Saga,
    /// The first line of its history.
    pub line: HistoryEntry,
}
