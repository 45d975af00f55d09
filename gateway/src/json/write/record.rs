//! One record of the wire as the writer sees it: whether it belongs to a field, whether it is the default, and why a
//! message has no JSON. Writes no JSON.

use crate::json::wire::{self, Broken, Cursor, Raw};
use crate::table::{Field, Kind, Label};

/// An answer that has no JSON; the service that sent it is to blame, not the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// The bytes are no such message.
    Broken,
    /// Nested deeper than [`crate::limits::JSON_DEPTH_MAX`].
    TooDeep,
    /// A value that has no JSON: a time out of range, an infinite number in a Value, an Any of an unknown type.
    NoJson,
}

impl From<Broken> for Unwritable {
    fn from(_: Broken) -> Self {
        Self::Broken
    }
}

/// The wire type of the next record when it too is of `field`; its tag is then read.
pub(super) fn follows(field: &Field, cursor: &mut Cursor<'_>) -> Result<Option<u8>, Broken> {
    let mut ahead = *cursor;
    match ahead.tag()? {
        Some((number, wire)) if number == field.number && fits(field, wire) => {
            *cursor = ahead;
            Ok(Some(wire))
        }
        Some(_) | None => Ok(None),
    }
}

/// Whether a record of that wire type is the field's; otherwise it counts as unknown.
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
            // Whatever the number, its JSON is null, which reads as the default.
            let null = matches!(kind, Kind::Enum(described) if described.null);
            (narrow && value as u32 == 0) || value == 0 || null
        }
        Raw::Fixed64(bits) => bits == 0,
        Raw::Fixed32(bits) => bits == 0,
        Raw::Bytes(bytes) => bytes.is_empty() && !matches!(kind, Kind::Message(_) | Kind::Group(_)),
    }
}
