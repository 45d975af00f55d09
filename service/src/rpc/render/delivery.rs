//! Renders deliveries.

use order_proto::order::v1 as pb;

use super::timestamp;
use crate::domain::{Delivery, DeliveryKind, DeliveryState};

pub(in crate::rpc) fn delivery(delivery: Delivery) -> pb::Delivery {
    pb::Delivery {
        delivery_id: delivery.delivery_id.to_string(),
        kind: kind(delivery.message.kind()).into(),
        order_id: delivery.order_id.to_string(),
        organization_id: delivery.organization_id.to_string(),
        state: state(delivery.state).into(),
        attempts: i32::try_from(delivery.attempts).unwrap_or(i32::MAX),
        last_error: delivery.last_error.unwrap_or_default(),
        next_attempt_time: delivery.next_attempt_time.map(timestamp),
        create_time: Some(timestamp(delivery.create_time)),
    }
}

const fn kind(kind: DeliveryKind) -> pb::DeliveryKind {
    match kind {
        DeliveryKind::Usage => pb::DeliveryKind::Usage,
        DeliveryKind::Notification => pb::DeliveryKind::Notification,
    }
}

const fn state(state: DeliveryState) -> pb::DeliveryState {
    match state {
        DeliveryState::Pending => pb::DeliveryState::Pending,
        DeliveryState::Delivered => pb::DeliveryState::Delivered,
        DeliveryState::Dead => pb::DeliveryState::Dead,
    }
}
