//! Everything that one saga transition writes, as one value that applies atomically and at most once.

use super::{CommitId, Delivery, HistoryEntry, KeyRow, LedgerEntry, Order, Saga};

/// The precondition of a commit, checked by the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The saga does not exist yet. Its lease starts with the commit, if it has an owner.
    Begin,
    /// The writer owns the saga: epoch and version are unchanged. The commit renews the lease, or releases it if the
    /// saga has no owner afterwards.
    Owned {
        /// The epoch of the writer's claim.
        epoch: i64,
        /// The version that the writer read.
        version: i64,
    },
    /// A cancel, webhook or operator changes a saga that a replica may own: the version is unchanged. Epoch and lease
    /// are kept, and the saga becomes due.
    StepIn {
        /// The version that the writer read.
        version: i64,
    },
    /// An operator ends a saga: as `StepIn`, and the saga is NEEDS_ATTENTION and no replica holds its lease (rule 26). A
    /// claim raises the epoch and not the version, so the version alone does not show that a call may be in flight.
    AtRest {
        /// The version that the writer read.
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

    /// The version of the saga after the commit: 1 for a new saga.
    pub const fn next_version(self) -> i64 {
        match self.seen_version() {
            None => 1,
            Some(version) => version + 1,
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
    /// The order after the commit, with its `version` raised by 1.
    pub order: Order,
    /// The version that is replaced; `None` for a new order.
    pub seen: Option<i64>,
}

/// Everything that one saga transition writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Generated before the first attempt: a commit that is sent again after a lost reply applies once (RULE 13).
    pub commit_id: CommitId,
    /// The precondition on the saga.
    pub guard: Guard,
    /// The saga after the commit; its `version` is `guard.next_version()`.
    pub saga: Saga,
    /// The order, if the transition changes it.
    pub order: Option<OrderWrite>,
    /// Lines to append to the saga's history.
    pub history: Vec<HistoryEntry>,
    /// Ledger entries; debits equal credits per transaction and currency.
    pub ledger: Vec<LedgerEntry>,
    /// Deliveries to insert into the outbox.
    pub outbox: Vec<Delivery>,
    /// The idempotency key of the request that causes the transition.
    pub key: Option<KeyRow>,
    /// A further saga of the order that starts with this commit, without an owner.
    pub successor: Option<Box<Successor>>,
}

/// A saga that starts in the commit of another saga.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// The saga: due, without an owner, version 1.
    pub saga: Saga,
    /// The first line of its history.
    pub line: HistoryEntry,
}
