//! The requirements on every command, whichever participant it goes to: a key, the same key as metadata, a deadline, and an
//! order. Knows no rule of any one rpc.

use tonic::metadata::MetadataMap;

use crate::rpc::{Kind, Rpc};
use crate::value::refusal::Refusal;

/// Refuses a command that lacks a requirement. Queries have none.
pub(super) fn check<R: Rpc>(metadata: &MetadataMap, message: &R) -> Result<(), Refusal> {
    let (key, needs_order) = match message.kind() {
        Kind::Query => return Ok(()),
        Kind::OrderCommand { key } => (key, true),
        Kind::Command { key } => (key, false),
    };
    if key.is_empty() {
        let message = "a request that acts carries an idempotency key";
        return Err(Refusal::failed_precondition(
            "IDEMPOTENCY_KEY_REQUIRED",
            message,
        ));
    }
    let mut sent = metadata.get_all("idempotency-key").iter();
    let same = sent
        .next()
        .is_some_and(|sent| sent.as_bytes() == key.as_bytes());
    if !same || sent.next().is_some() {
        let message = "the metadata idempotency-key is not the message's key";
        return Err(Refusal::failed_precondition(
            "IDEMPOTENCY_KEY_MISMATCH",
            message,
        ));
    }
    if !metadata.contains_key("grpc-timeout") {
        let message = "a request that acts carries a deadline";
        return Err(Refusal::failed_precondition("DEADLINE_REQUIRED", message));
    }
    if needs_order && message.order_id().is_empty() {
        let message = "a request that acts names its order";
        return Err(Refusal::failed_precondition("ORDER_ID_REQUIRED", message));
    }
    Ok(())
}
