//! The circumstances of one decision: the time, the replica, the token, and sources of ids and random numbers.

use crate::domain::{CommitId, RefundId, ReplicaId, Secret, Timestamp};

/// Where fresh names and dice come from.
pub trait Source {
    /// A name for a commit.
    fn commit_id(&mut self) -> CommitId;
    /// A name for a refund.
    fn refund_id(&mut self) -> RefundId;
    /// A name of any other kind.
    fn uuid(&mut self) -> uuid::Uuid;
    /// A number uniform over `u64`.
    fn roll(&mut self) -> u64;
}

/// The circumstances of one decision.
pub struct Moment<'a> {
    /// The database's time.
    pub now: Timestamp,
    /// Who drives.
    pub owner: &'a ReplicaId,
    /// The payment token, while it is kept.
    pub token: Option<&'a Secret>,
    /// Fresh names and dice.
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
