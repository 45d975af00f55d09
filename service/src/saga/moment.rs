//! The circumstances of one decision: the time, the replica, the token, and sources of ids and random numbers.

use crate::domain::{CommitId, RefundId, ReplicaId, Secret, Timestamp};

/// Source of new ids and random numbers.
pub trait Source {
    /// A new commit id.
    fn commit_id(&mut self) -> CommitId;
    /// A new refund id.
    fn refund_id(&mut self) -> RefundId;
    /// A new id of any other kind.
    fn uuid(&mut self) -> uuid::Uuid;
    /// A number uniform over `u64`.
    fn roll(&mut self) -> u64;
}

/// The circumstances of one decision.
pub struct Moment<'a> {
    pub now: Timestamp,
    pub owner: &'a ReplicaId,
    /// The decrypted payment token; `None` once it is erased.
    pub token: Option<&'a Secret>,
    /// New ids and random numbers.
    pub source: &'a mut dyn Source,
}

impl std::fmt::Debug for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Moment")
            .field("now", &self.now)
            .field("owner", self.owner)
            .finish_non_exhaustive()
    }
}
