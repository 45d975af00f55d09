//! Fuzzes the JSON reader: accepted JSON can be written again and reads back to the same message. Knows no HTTP.

use order_gateway::transcode::{to_json, to_wire};

use super::kinds;

/// Reads `data` as the JSON of one message.
pub fn run(data: &[u8]) {
    let Some((tables, message, json)) = kinds::choose(data) else {
        return;
    };
    let Ok(wire) = to_wire(tables, message, json) else {
        return;
    };
    let written = to_json(tables, message, &wire).expect("a message that was read can be written");
    let again = to_wire(tables, message, &written).expect("JSON that was written can be read");
    let rewritten =
        to_json(tables, message, &again).expect("the same message can be written again");
    assert_eq!(
        String::from_utf8_lossy(&written),
        String::from_utf8_lossy(&rewritten),
        "{}",
        message.name
    );
}
