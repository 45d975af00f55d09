//! What notifications tell of an order, fixed when they are written. Knows no template.

use std::collections::BTreeMap;

use crate::domain::{Money, Order};

pub(super) fn data(order: &Order) -> BTreeMap<String, String> {
    let seats: Vec<&str> = order
        .tickets
        .iter()
        .map(|ticket| ticket.seat_id.as_str())
        .collect();
    let shown = |money: Option<Money>| money.map(|money| money.to_string()).unwrap_or_default();
    BTreeMap::from([
        ("order_id".into(), order.order_id.to_string()),
        ("event_id".into(), order.event_id.to_string()),
        ("seats".into(), seats.join(", ")),
        (
            "total".into(),
            shown(order.charges.map(|charges| charges.total)),
        ),
        ("refunded".into(), shown(order.refunded)),
    ])
}
