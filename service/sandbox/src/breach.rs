//! What every request that acts must bring, whichever participant it goes to. Knows no rule of any one rpc.

use tonic::metadata::MetadataMap;

use crate::refusal::Refusal;
use crate::rpc::{Call, Rpc};

/// A key, the same key as metadata, a deadline, and its order; a query brings what it likes.
pub(crate) fn breach<R: Rpc>(metadata: &MetadataMap, message: &R) -> Result<(), Refusal> {
    let (key, for_order) = match message.call() {
        Call::Query => return Ok(()),
        Call::Acts { key } => (key, true),
        Call::ActsForNoOrder { key } => (key, false),
    };
    if key.is_empty() {
        let message = "a request that acts carries an idempotency key";
        return Err(Refusal::no("IDEMPOTENCY_KEY_REQUIRED", message));
    }
    let mut sent = metadata.get_all("idempotency-key").iter();
    let same = sent
        .next()
        .is_some_and(|sent| sent.as_bytes() == key.as_bytes());
    if !same || sent.next().is_some() {
        let message = "the metadata idempotency-key is not the message's key";
        return Err(Refusal::no("IDEMPOTENCY_KEY_MISMATCH", message));
    }
    if !metadata.contains_key("grpc-timeout") {
        let message = "a request that acts carries a deadline";
        return Err(Refusal::no("DEADLINE_REQUIRED", message));
    }
    if for_order && message.order_id().is_empty() {
        let message = "a request that acts names its order";
        return Err(Refusal::no("ORDER_ID_REQUIRED", message));
    }
    Ok(())
}
