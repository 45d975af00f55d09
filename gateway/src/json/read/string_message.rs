//! Converts the text of well-known messages whose JSON is a string to wire bytes. Knows no JSON tokens.

use crate::json::fault::Fault;
use crate::json::wire;
use crate::json::{mask, time};
use crate::table::{Message, Shape};

/// Appends the body of a Timestamp, Duration or FieldMask.
pub(crate) fn put_message_string(
    message: &Message,
    text: &str,
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    match message.shape {
        Shape::Timestamp => {
            let (secs, nanos) = time::timestamp(text)
                .ok_or_else(|| Fault::new("must be a time such as 2026-01-31T09:30:00Z"))?;
            put_time(secs, nanos, out);
            Ok(())
        }
        Shape::Duration => {
            let (secs, nanos) = time::duration(text)
                .ok_or_else(|| Fault::new("must be a duration in seconds such as 1.5s"))?;
            put_time(secs, nanos, out);
            Ok(())
        }
        Shape::FieldMask => mask::put(text, out)
            .ok_or_else(|| Fault::new("must be field paths in camel case, separated by commas")),
        Shape::Plain
        | Shape::Any
        | Shape::Struct
        | Shape::Value
        | Shape::ListValue
        | Shape::Empty
        | Shape::Wrapper
        | Shape::HttpBody => Err(Fault::new("must be an object, not a string")),
    }
}

/// Appends the fields that Timestamp and Duration share: seconds = 1, nanos = 2.
fn put_time(secs: i64, nanos: i32, out: &mut Vec<u8>) {
    if secs != 0 {
        wire::put_tag(out, 1, wire::VARINT);
        wire::put_varint(out, secs as u64);
    }
    if nanos != 0 {
        wire::put_tag(out, 2, wire::VARINT);
        wire::put_varint(out, i64::from(nanos) as u64);
    }
}
