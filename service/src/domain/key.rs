//! Idempotency keys as the order sees them: who may repeat what, and how a repeat is told from another request.

use std::fmt;
use std::time::Duration;

use super::{OrderId, SagaId, Timestamp};

/// A keyed digest of a request: equal for repeats, different for other requests.
pub type Fingerprint = [u8; 32];

/// Within what a key is one key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The tenant, as text: it is compared before it is parsed.
    pub organization: String,
    /// The caller within the tenant; empty where there is none.
    pub caller: String,
    /// The rpc, such as `/order.v1.OrderService/CreateOrder`.
    pub method: String,
    /// The key, unquoted.
    pub key: String,
}

/// One request's hold on its key: what the row beside the order is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Within what the key is one key.
    pub scope: Scope,
    /// What the request said: what the row is written with.
    pub fingerprint: Fingerprint,
    /// The same request's digests under the keys that are on their way in or out.
    pub also: Vec<Fingerprint>,
}

impl Claim {
    /// Whether a stored fingerprint is this request's, whichever key it was made under.
    pub fn repeats(&self, stored: &Fingerprint) -> bool {
        self.fingerprint == *stored || self.also.contains(stored)
    }
}

/// The row that ties a key to what its request began, written in the same transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Within what the key is one key: unique.
    pub scope: Scope,
    /// What the request said.
    pub fingerprint: Fingerprint,
    /// The order that the request made or moved.
    pub order_id: OrderId,
    /// The saga that the request began.
    pub saga_id: SagaId,
    /// When the key may be forgotten, once its saga has ended.
    pub expire_time: Timestamp,
}

/// Response extension: what the handler says about its reply. Without it nothing is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disposition {
    /// The key had begun this before: the reply is marked as replayed.
    pub replayed: bool,
    /// The reply is final: nothing in it will move by itself.
    pub storable: bool,
    /// How long ago the key's row was written; zero for what this request began. The stored reply must not outlive that row.
    pub age: Duration,
}

/// Marks an error after which something may have been begun all the same: the claim stays until its lease ends.
///
/// A response extension, or the source of its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InDoubt;

impl fmt::Display for InDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not known whether the request began something")
    }
}

impl std::error::Error for InDoubt {}
