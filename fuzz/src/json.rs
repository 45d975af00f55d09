//! JSON in: whatever is accepted has JSON again, which says the same. Knows no HTTP.

use order_gateway::transcode::{to_json, to_wire};

use super::kinds;

/// Reads `data` as one message's JSON.
pub fn run(data: &[u8]) {
    let Some((tables, message, json)) = kinds::choose(data) else {
        return;
    };
    let Ok(wire) = to_wire(tables, message, json) else {
        return;
    };
    let written = to_json(tables, message, &wire).expect("what was read can be written");
    let again = to_wire(tables, message, &written).expect("what was written can be read");
    let rewritten = to_json(tables, message, &again).expect("and written again");
    assert_eq!(
        String::from_utf8_lossy(&written),
        String::from_utf8_lossy(&rewritten),
        "{}",
        message.name
    );
}
