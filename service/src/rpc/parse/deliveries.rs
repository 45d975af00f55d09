//! Requests of the delivery service.

use order_proto::order::v1 as pb;

use super::broken::Broken;
use super::queries::optional;
use crate::domain::{DeliveryFilter, DeliveryId, DeliveryKind, DeliveryState};
use crate::error::Error;

pub(in crate::rpc) fn list_deliveries(
    message: &pb::ListDeliveriesRequest,
) -> Result<DeliveryFilter, Error> {
    let mut broken = Broken::of(message)?;
    let organization_id = optional(&message.organization_id, "organizationId", &mut broken);
    let order_id = optional(&message.order_id, "orderId", &mut broken);
    broken.into_result()?;
    Ok(DeliveryFilter {
        organization_id,
        order_id,
        kind: kind(message.kind),
        states: message.states.iter().filter_map(|n| state(*n)).collect(),
    })
}

pub(in crate::rpc) fn retry_delivery(
    message: &pb::RetryDeliveryRequest,
) -> Result<DeliveryId, Error> {
    let mut broken = Broken::of(message)?;
    let delivery_id = broken.keep("deliveryId", message.delivery_id.parse());
    delivery_id.ok_or_else(|| broken.into_error())
}

/// `None` for UNSPECIFIED (any), and for unknown numbers, which the protos' rules refuse.
fn kind(number: i32) -> Option<DeliveryKind> {
    match pb::DeliveryKind::try_from(number).ok()? {
        pb::DeliveryKind::Unspecified => None,
        pb::DeliveryKind::Usage => Some(DeliveryKind::Usage),
        pb::DeliveryKind::Notification => Some(DeliveryKind::Notification),
    }
}

fn state(number: i32) -> Option<DeliveryState> {
    match pb::DeliveryState::try_from(number).ok()? {
        pb::DeliveryState::Unspecified => None,
        pb::DeliveryState::Pending => Some(DeliveryState::Pending),
        pb::DeliveryState::Delivered => Some(DeliveryState::Delivered),
        pb::DeliveryState::Dead => Some(DeliveryState::Dead),
    }
}
