//! Wire bytes in: whatever has JSON has JSON that other readers take, and that reads back to the same.

use order_gateway::transcode::{to_json, to_wire};

use super::kinds;

/// Reads `data` as one message's wire bytes.
pub fn run(data: &[u8]) {
    let Some((tables, message, wire)) = kinds::choose(data) else {
        return;
    };
    let Ok(json) = to_json(tables, message, wire) else {
        return;
    };
    serde_json::from_slice::<serde_json::Value>(&json).expect("it is JSON to others too");
    let back = to_wire(tables, message, &json).expect("what was written can be read");
    let again = to_json(tables, message, &back).expect("and written again");
    assert_eq!(
        String::from_utf8_lossy(&json),
        String::from_utf8_lossy(&again),
        "{}",
        message.name
    );
}
