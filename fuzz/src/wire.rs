//! Fuzzes the wire reader: JSON written from a message is valid for other parsers, and reads back to the same message.

use order_gateway::transcode::{to_json, to_wire};

use super::kinds;

/// Reads `data` as the wire bytes of one message.
pub fn run(data: &[u8]) {
    let Some((tables, message, wire)) = kinds::choose(data) else {
        return;
    };
    let Ok(json) = to_json(tables, message, wire) else {
        return;
    };
    serde_json::from_slice::<serde_json::Value>(&json).expect("the JSON is valid for serde_json");
    let back = to_wire(tables, message, &json).expect("JSON that was written can be read");
    let again = to_json(tables, message, &back).expect("the same message can be written again");
    assert_eq!(
        String::from_utf8_lossy(&json),
        String::from_utf8_lossy(&again),
        "{}",
        message.name
    );
}
