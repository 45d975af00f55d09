//! Idempotency keys: the scope of a key, the claim of a request on it, and the row stored with what the request starts.

use std::fmt;
use std::time::Duration;

use super::{OrderId, SagaId, Timestamp};

/// HMAC-SHA-256 of a canonical request: equal for repeats, different for other requests (RULE 21).
pub type Fingerprint = [u8; 32];

/// The scope within which a key is unique.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope {
    /// The tenant, as unparsed text: keys are compared before the request is parsed.
    pub organization: String,
    /// The caller within the tenant; empty if the request has none.
    pub caller: String,
    /// The full method name, such as `/order.v1.OrderService/CreateOrder`.
    pub method: String,
    /// The key without its surrounding quotes.
    pub key: String,
}

/// A request's claim on its key, from which the key's row is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The scope and the key itself.
    pub scope: Scope,
    /// The request's fingerprint under the current `DATA_KEY`; stored in the row.
    pub fingerprint: Fingerprint,
    /// The request's fingerprints under the other configured `DATA_KEY`s, so that a rotation does not break repeats.
    pub other_fingerprints: Vec<Fingerprint>,
}

impl Claim {
    /// The row to store with what the request starts.
    pub fn row(&self, order_id: OrderId, saga_id: SagaId, expire_time: Timestamp) -> KeyRow {
        KeyRow {
            scope: self.scope.clone(),
            fingerprint: self.fingerprint,
            order_id,
            saga_id,
            expire_time,
        }
    }

    /// Whether a stored fingerprint belongs to the same request, under any configured `DATA_KEY`.
    pub fn repeats(&self, stored: &Fingerprint) -> bool {
        self.fingerprint == *stored || self.other_fingerprints.contains(stored)
    }
}

/// The stored row of a key, written in the transaction that starts what the request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    pub scope: Scope,
    pub fingerprint: Fingerprint,
    /// The order that the request created or changed.
    pub order_id: OrderId,
    /// The saga that the request started.
    pub saga_id: SagaId,
    /// From when on the key counts as absent, provided that its saga has ended (RULE 22).
    pub expire_time: Timestamp,
}

/// Response extension: how the idempotency layer treats the reply. A reply without it is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Disposition {
    /// Whether an earlier request with this key started it; the reply is then marked as replayed.
    pub replayed: bool,
    /// Whether the reply is final: nothing in it changes without a further request (RULE 22).
    pub storable: bool,
    /// Age of the key's row; zero if this request wrote it. A stored reply must not outlive the row.
    pub age: Duration,
}

/// Marks an error after which the request may still have taken effect: the claim is kept until its lease ends (RULE
/// 14).
///
/// Set as a response extension, or as the source of the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InDoubt;

impl fmt::Display for InDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the outcome of the request is unknown")
    }
}

impl std::error::Error for InDoubt {}
