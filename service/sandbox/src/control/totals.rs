//! The totals of the participants' records, for one order or for all. Changes nothing.

use order_proto::sandbox::v1::GetTotalsResponse;

use crate::value::moment::Moment;
use crate::world::World;

/// The totals of one order, or of all orders where `order_id` is empty. An order's usage is that of its organization, because
/// usage records name no order.
pub(crate) fn totals(world: &World, order_id: &str, now: Moment) -> GetTotalsResponse {
    if order_id.is_empty() {
        return all(world, now);
    }
    let payment = world.payments.of_order(order_id);
    let hold = world.inventory.of_order(order_id);
    let organization_id = payment
        .map(|payment| payment.organization_id.as_str())
        .or(hold.map(|hold| hold.organization_id.as_str()));
    GetTotalsResponse {
        orders: payment
            .map(|payment| payment.totals())
            .into_iter()
            .collect(),
        seats: hold.map(|hold| hold.sold(now)).unwrap_or_default(),
        usage: organization_id
            .and_then(|organization_id| world.usage.totals_of(organization_id))
            .into_iter()
            .collect(),
        notifications: world.notifications.totals_of(order_id),
    }
}

fn all(world: &World, now: Moment) -> GetTotalsResponse {
    let mut totals = GetTotalsResponse {
        orders: world.payments.totals(),
        seats: world.inventory.sold(now),
        usage: world.usage.totals(),
        notifications: world.notifications.totals(),
    };
    totals.orders.sort_by(|a, b| a.order_id.cmp(&b.order_id));
    totals
        .seats
        .sort_by(|a, b| (&a.event_id, &a.seat_id).cmp(&(&b.event_id, &b.seat_id)));
    totals
        .notifications
        .sort_by(|a, b| a.notification_id.cmp(&b.notification_id));
    totals
}
