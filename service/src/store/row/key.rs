//! Converts idempotency keys.

use super::encoding::corrupt;
use crate::domain::{KeyRow, Scope, Timestamp};
use crate::store::entity::key;
use crate::store::error::Error;

pub(crate) fn from_key(key: &KeyRow) -> key::Model {
    key::Model {
        organization_id: key.scope.organization.clone(),
        caller: key.scope.caller.clone(),
        method: key.scope.method.clone(),
        idempotency_key: key.scope.key.clone(),
        fingerprint: key.fingerprint.to_vec(),
        order_id: key.order_id.uuid(),
        saga_id: key.saga_id.uuid(),
        expire_us: key.expire_time.micros(),
    }
}

pub(crate) fn to_key(row: key::Model) -> Result<KeyRow, Error> {
    let bad = corrupt("idempotency key of saga", row.saga_id);
    let fingerprint = row.fingerprint.try_into();
    Ok(KeyRow {
        scope: Scope {
            organization: row.organization_id,
            caller: row.caller,
            method: row.method,
            key: row.idempotency_key,
        },
        fingerprint: fingerprint.map_err(|_| bad(&"its fingerprint is not 32 bytes long"))?,
        order_id: row.order_id.into(),
        saga_id: row.saga_id.into(),
        expire_time: Timestamp::from_micros(row.expire_us),
    })
}
