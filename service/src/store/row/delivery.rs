//! Converts deliveries.

use super::encoding::{corrupt, from_json, json, micros, text};
use crate::domain::{Delivery, Timestamp};
use crate::store::entity::delivery;
use crate::store::error::Error;

pub(crate) fn from_delivery(delivery: &Delivery) -> delivery::Model {
    delivery::Model {
        delivery_id: delivery.delivery_id.uuid(),
        order_id: delivery.order_id.uuid(),
        organization_id: delivery.organization_id.to_string(),
        kind: delivery.message.kind().as_str().to_owned(),
        state: delivery.state.as_str().to_owned(),
        attempts: i64::from(delivery.attempts),
        last_error: delivery.last_error.as_deref().map(text),
        due_us: micros(delivery.next_attempt_time),
        owner: None,
        lease_until_us: None,
        create_us: delivery.create_time.micros(),
        body: json(&delivery.message),
    }
}

pub(crate) fn to_delivery(row: delivery::Model) -> Result<Delivery, Error> {
    let bad = corrupt("delivery", row.delivery_id);
    Ok(Delivery {
        delivery_id: row.delivery_id.into(),
        order_id: row.order_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        message: from_json(&row.body).map_err(|why| bad(&why))?,
        state: row.state.parse().map_err(|e| bad(&e))?,
        attempts: u32::try_from(row.attempts).map_err(|e| bad(&e))?,
        last_error: row.last_error,
        next_attempt_time: row.due_us.map(Timestamp::from_micros),
        create_time: Timestamp::from_micros(row.create_us),
    })
}
