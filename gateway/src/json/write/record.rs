//! One record of the wire as the writer sees it: whether it belongs to a field, whether it is the default, and why a
//! message has no JSON. Writes no JSON.

use crate::json::wire::{self, Cursor, Malformed, Raw};
use crate::table::{Field, Kind, Label};

/// Why an answer has no JSON. The fault is the service's, not the caller's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// The bytes are not an encoding of the message.
    Malformed,
    /// Nested deeper than [`crate::limits::JSON_DEPTH_MAX`].
    TooDeep,
    /// A value has no JSON: a time out of range, an infinite number in a Value, an Any of an unknown type.
    NoJson,
}

impl From<Malformed> for Unwritable {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// The wire type of the next record, when it belongs to `field` as well; its tag is then consumed.
pub(super) fn follows(field: &Field, cursor: &mut Cursor<'_>) -> Result<Option<u8>, Malformed> {
    let mut ahead = *cursor;
    match ahead.tag()? {
        Some((number, wire)) if number == field.number && fits(field, wire) => {
            *cursor = ahead;
            Ok(Some(wire))
        }
        Some(_) | None => Ok(None),
    }
}

/// Whether a record of that wire type belongs to the field; otherwise it counts as an unknown field.
pub(super) fn fits(field: &Field, wire: u8) -> bool {
    let single = wire::wire_of(field.kind);
    let packable = matches!(single, wire::VARINT | wire::FIXED32 | wire::FIXED64);
    wire == single
        || (matches!(field.label, Label::Repeated { .. }) && packable && wire == wire::DELIMITED)
}

pub(super) fn is_default(kind: Kind, raw: Raw<'_>) -> bool {
    match raw {
        Raw::Varint(value) => {
            let narrow = matches!(
                kind,
                Kind::Int32 | Kind::Uint32 | Kind::Sint32 | Kind::Enum(_)
            );
            // The JSON of every NullValue is null, which is read as the default.
            let null = matches!(kind, Kind::Enum(described) if described.null);
            (narrow && value as u32 == 0) || value == 0 || null
        }
        Raw::Fixed64(bits) => bits == 0,
        Raw::Fixed32(bits) => bits == 0,
        Raw::Bytes(bytes) => bytes.is_empty() && !matches!(kind, Kind::Message(_) | Kind::Group(_)),
    }
}
