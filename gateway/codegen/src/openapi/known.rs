//! The schemas of scalars and well-known types. Knows no other messages.

use prost_reflect::{Kind, MessageDescriptor};

use super::digits;
use super::direction::Direction;
use crate::json::{Json, Object, object};

/// The schema of a scalar; empty for messages and enums.
pub(super) fn scalar(kind: &Kind, direction: Direction) -> Object {
    match kind {
        Kind::Double => floating("double"),
        Kind::Float => floating("float"),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            object! {"type": "integer", "format": "int32", "minimum": i64::from(i32::MIN), "maximum": i64::from(i32::MAX)}
        }
        Kind::Uint32 | Kind::Fixed32 => {
            object! {"type": "integer", "format": "int64", "minimum": 0_u64, "maximum": u64::from(u32::MAX)}
        }
        // JavaScript's numbers are exact only to 53 bits: 64-bit ones are strings, and requests may also use numbers.
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            let pattern = format!("^-?{}$", digits::up_to(i64::MAX.unsigned_abs()));
            long(
                direction,
                "int64",
                pattern,
                i64::MIN.into(),
                i64::MAX.into(),
            )
        }
        Kind::Uint64 | Kind::Fixed64 => {
            let pattern = format!("^{}$", digits::up_to(u64::MAX));
            long(direction, "uint64", pattern, 0_u64.into(), u64::MAX.into())
        }
        Kind::Bool => object! {"type": "boolean"},
        Kind::String => object! {"type": "string"},
        Kind::Bytes => object! {"type": "string", "format": "byte", "contentEncoding": "base64"},
        Kind::Message(_) | Kind::Enum(_) => object! {},
    }
}

fn floating(format: &str) -> Object {
    let number = object! {"type": "number", "format": format};
    let special = object! {"type": "string", "enum": vec!["NaN", "Infinity", "-Infinity"]};
    object! {"oneOf": vec![number, special]}
}

fn long(
    direction: Direction,
    format: &str,
    pattern: String,
    minimum: Json,
    maximum: Json,
) -> Object {
    match direction {
        Direction::Response => object! {"type": "string", "format": format},
        Direction::Request => object! {
            "type": vec!["string", "integer"],
            "format": format,
            "pattern": pattern,
            "minimum": minimum,
            "maximum": maximum,
        },
    }
}

/// The schema of a well-known type; none for other messages.
pub(super) fn message(message: &MessageDescriptor, direction: Direction) -> Option<Object> {
    let schema = match message.full_name() {
        "google.protobuf.Timestamp" => object! {"type": "string", "format": "date-time"},
        "google.protobuf.Duration" => object! {
            "type": "string",
            "pattern": r"^-?(?:0|[1-9][0-9]{0,10})(?:\.[0-9]{1,9})?s$",
            "examples": vec!["1.5s"],
        },
        "google.protobuf.FieldMask" => object! {
            "type": "string",
            "description": "Field paths in camel case, separated by commas.",
        },
        "google.protobuf.Struct" => object! {"type": "object", "additionalProperties": true},
        "google.protobuf.Value" => object! {"description": "Any JSON."},
        "google.protobuf.ListValue" => object! {"type": "array", "items": object! {}},
        "google.protobuf.Empty" => match direction {
            Direction::Request => object! {"type": "object", "additionalProperties": false},
            Direction::Response => object! {"type": "object"},
        },
        "google.protobuf.Any" => any(),
        "google.protobuf.BoolValue"
        | "google.protobuf.BytesValue"
        | "google.protobuf.DoubleValue"
        | "google.protobuf.FloatValue"
        | "google.protobuf.Int32Value"
        | "google.protobuf.Int64Value"
        | "google.protobuf.StringValue"
        | "google.protobuf.UInt32Value"
        | "google.protobuf.UInt64Value" => {
            let boxed = message
                .get_field_by_name("value")
                .expect("every wrapper has its value");
            scalar(&boxed.kind(), direction)
        }
        _ => return None,
    };
    Some(schema)
}

/// The schema of `google.protobuf.Any`.
pub(super) fn any() -> Object {
    object! {
        "type": "object",
        "description": "A message of the type that `@type` names, with its fields beside it.",
        "required": vec!["@type"],
        "properties": object! {"@type": object! {"type": "string"}},
        "additionalProperties": true,
    }
}

/// Whether the message is well known, so that its schema is inlined instead of referenced.
pub(super) fn is_known(of: &MessageDescriptor) -> bool {
    message(of, Direction::Response).is_some()
}
