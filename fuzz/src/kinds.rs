//! Selects the message type from the first byte of the input. Does not read the rest.

use order_gateway::table::{Message, Tables};

/// Message types of every shape, including recursive ones, and the largest of the order service.
const ZOO: [&str; 12] = [
    "zoo.v1.Everything",
    "zoo.v1.Animal",
    "zoo.v1.UpdateAnimalRequest",
    "google.protobuf.Any",
    "google.protobuf.Value",
    "google.protobuf.Struct",
    "google.protobuf.ListValue",
    "google.protobuf.Timestamp",
    "google.protobuf.Duration",
    "google.protobuf.FieldMask",
    "google.protobuf.DoubleValue",
    "google.protobuf.BytesValue",
];
const ORDERS: [&str; 4] = [
    "order.v1.CreateOrderRequest",
    "order.v1.Order",
    "order.v1.ListOrdersRequest",
    "google.rpc.Status",
];

/// Byte `a` selects the first type of the zoo, `A` the first of the order service; the remaining bytes are the message.
pub(super) fn choose(data: &[u8]) -> Option<(&'static Tables, &'static Message, &[u8])> {
    let (choice, rest) = data.split_first()?;
    let (tables, names): (&'static Tables, &[&str]) = match choice {
        b'A'..=b'Z' => (&order_gateway::TABLES, &ORDERS),
        _ => (&order_gateway_example::TABLES, &ZOO),
    };
    let first = if choice.is_ascii_uppercase() {
        b'A'
    } else {
        b'a'
    };
    let name = names[usize::from(choice.wrapping_sub(first)) % names.len()];
    Some((tables, tables.message(name)?, rest))
}
