//! Converts orders.

use super::body;
use super::encoding::{corrupt, from_json, json, micros};
use crate::domain::{Order, Timestamp};
use crate::store::entity::order;
use crate::store::error::Error;

pub(crate) fn from_order(order: &Order) -> order::Model {
    order::Model {
        order_id: order.order_id.uuid(),
        organization_id: order.organization_id.to_string(),
        user_id: order.user_id.to_string(),
        event_id: order.event_id.to_string(),
        saga_id: order.saga_id.uuid(),
        state: order.state.as_str().to_owned(),
        version: order.version,
        create_us: order.create_time.micros(),
        update_us: order.update_time.micros(),
        expire_us: micros(order.expire_time),
        body: json(&body::Order {
            tickets: order.tickets.clone(),
            payment: order.payment.clone(),
            contact: order.contact.clone(),
            charges: order.charges,
            captured: order.captured,
            refunded: order.refunded,
            refunds: order.refunds.clone(),
            hold_id: order.hold_id.clone(),
            booking_id: order.booking_id.clone(),
            failure: order.failure.clone(),
            metadata: order.metadata.clone(),
        }),
    }
}

pub(crate) fn to_order(row: order::Model) -> Result<Order, Error> {
    let bad = corrupt("order", row.order_id);
    let body: body::Order = from_json(&row.body).map_err(|why| bad(&why))?;
    Ok(Order {
        order_id: row.order_id.into(),
        organization_id: row.organization_id.try_into().map_err(|e| bad(&e))?,
        user_id: row.user_id.try_into().map_err(|e| bad(&e))?,
        event_id: row.event_id.try_into().map_err(|e| bad(&e))?,
        state: row.state.parse().map_err(|e| bad(&e))?,
        tickets: body.tickets,
        charges: body.charges,
        captured: body.captured,
        refunded: body.refunded,
        payment: body.payment,
        refunds: body.refunds,
        hold_id: body.hold_id,
        booking_id: body.booking_id,
        failure: body.failure,
        contact: body.contact,
        metadata: body.metadata,
        saga_id: row.saga_id.into(),
        create_time: Timestamp::from_micros(row.create_us),
        update_time: Timestamp::from_micros(row.update_us),
        expire_time: row.expire_us.map(Timestamp::from_micros),
        version: row.version,
    })
}
