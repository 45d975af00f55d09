//! Read requests: ids and filters.

use order_proto::order::v1::{
    GetOrderRequest, GetSagaRequest, ListOrdersRequest, ListSagasRequest, WatchOrderRequest,
    WatchSagasRequest,
};

use super::broken::Broken;
use super::scalars;
use crate::domain::{OrderFilter, OrderId, SagaFilter, SagaId, Timestamp};
use crate::error::Error;

pub(in crate::rpc) fn get_order(message: &GetOrderRequest) -> Result<OrderId, Error> {
    let mut broken = Broken::of(message)?;
    let order_id = broken.keep("orderId", message.order_id.parse());
    order_id.ok_or_else(|| broken.into_error())
}

pub(in crate::rpc) fn watch_order(message: &WatchOrderRequest) -> Result<OrderId, Error> {
    let mut broken = Broken::of(message)?;
    let order_id = broken.keep("orderId", message.order_id.parse());
    order_id.ok_or_else(|| broken.into_error())
}

pub(in crate::rpc) fn get_saga(message: &GetSagaRequest) -> Result<SagaId, Error> {
    let mut broken = Broken::of(message)?;
    let saga_id = broken.keep("sagaId", message.saga_id.parse());
    saga_id.ok_or_else(|| broken.into_error())
}

pub(in crate::rpc) fn list_orders(message: &ListOrdersRequest) -> Result<OrderFilter, Error> {
    let mut broken = Broken::of(message)?;
    let organization_id = broken.keep("organizationId", message.organization_id.parse());
    let user_id = optional(&message.user_id, "userId", &mut broken);
    let event_id = optional(&message.event_id, "eventId", &mut broken);
    let after = message.create_time_after.as_ref();
    let create_time_after = time(after, "createTimeAfter", &mut broken);
    let before = message.create_time_before.as_ref();
    let create_time_before = time(before, "createTimeBefore", &mut broken);
    let states = message.states.iter();
    let states = states.filter_map(|state| scalars::order_state(*state));
    let Some(organization_id) = organization_id else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    Ok(OrderFilter {
        organization_id,
        user_id,
        event_id,
        states: states.collect(),
        create_time_after,
        create_time_before,
    })
}

pub(in crate::rpc) fn list_sagas(message: &ListSagasRequest) -> Result<SagaFilter, Error> {
    let mut broken = Broken::of(message)?;
    let organization_id = optional(&message.organization_id, "organizationId", &mut broken);
    let order_id = optional(&message.order_id, "orderId", &mut broken);
    let states = message.states.iter();
    let states = states.filter_map(|state| scalars::saga_state(*state));
    broken.into_result()?;
    Ok(SagaFilter {
        organization_id,
        order_id,
        kind: Some(message.kind.clone()).filter(|kind| !kind.is_empty()),
        states: states.collect(),
        stuck_only: message.stuck_only,
    })
}

/// The filter of a watch, checked by the rules of the list.
pub(in crate::rpc) fn watch_sagas(message: WatchSagasRequest) -> Result<SagaFilter, Error> {
    list_sagas(&ListSagasRequest {
        organization_id: message.organization_id,
        order_id: message.order_id,
        kind: message.kind,
        states: message.states,
        stuck_only: message.stuck_only,
        page_size: 0,
        page_token: String::new(),
    })
}

pub(super) fn optional<T>(text: &str, field: &str, broken: &mut Broken) -> Option<T>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    if text.is_empty() {
        return None;
    }
    broken.keep(field, text.parse())
}

fn time(
    message: Option<&prost_types::Timestamp>,
    field: &str,
    broken: &mut Broken,
) -> Option<Timestamp> {
    broken.keep(field, scalars::timestamp(message?))
}
