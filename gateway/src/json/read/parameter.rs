//! Converts the text of a URL parameter to wire bytes. Knows no URLs.

use super::number;
use super::scalar::{IsDefault, put_bool, put_number, put_string};
use super::string_message::put_message_string;
use crate::json::fault::Fault;
use crate::json::wire;
use crate::table::{Kind, Shape};

/// Appends the value of a URL parameter. It accepts what a JSON string of that kind accepts, and also booleans and the
/// numbers of enum values.
pub(crate) fn put_parameter(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
    match kind {
        Kind::Bool => match text {
            "true" => Ok(put_bool(true, out)),
            "false" => Ok(put_bool(false, out)),
            _ => Err(Fault::new("must be true or false")),
        },
        Kind::Enum(_) if number::is_number(text) => put_number(kind, text, out),
        Kind::Message(message) => {
            let start = wire::open(out);
            if message.shape == Shape::Wrapper {
                let field = &message.fields[0];
                wire::put_tag(out, field.number, wire::wire_of(field.kind));
                put_parameter(field.kind, text, out)?;
            } else {
                put_message_string(message, text, out)?;
            }
            wire::close(out, start);
            Ok(false)
        }
        Kind::Double
        | Kind::Float
        | Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::Sfixed32
        | Kind::Sfixed64
        | Kind::String
        | Kind::Bytes
        | Kind::Group(_)
        | Kind::Enum(_) => put_string(kind, text, out),
    }
}

/// Whether [`put_parameter`] has a text form for `kind`.
pub(crate) fn has_parameter(kind: Kind) -> bool {
    match kind.message() {
        None => true,
        Some(message) => {
            !matches!(kind, Kind::Group(_))
                && matches!(
                    message.shape,
                    Shape::Timestamp | Shape::Duration | Shape::FieldMask | Shape::Wrapper
                )
        }
    }
}
