//! Writes single values: scalars, enums and defaults. Knows no field names.

use super::record::Unwritable;
use super::{Writer, text};
use crate::json::wire::Raw;
use crate::table::{Enum, Field, Kind, Label};

impl Writer<'_> {
    pub(super) fn value(&mut self, kind: Kind, raw: Raw<'_>) -> Result<(), Unwritable> {
        match (kind, raw) {
            (Kind::String, Raw::Bytes(bytes)) => {
                let string = std::str::from_utf8(bytes).map_err(|_| Unwritable::Malformed)?;
                text::write_string(self.out, string);
            }
            (Kind::Message(message) | Kind::Group(message), Raw::Bytes(bytes)) => {
                self.message(message, bytes)?;
            }
            (Kind::Bytes, Raw::Bytes(bytes)) => text::write_base64(self.out, bytes),
            (_, Raw::Bytes(_)) => return Err(Unwritable::Malformed),
            (_, Raw::Varint(value)) => self.varint(kind, value)?,
            (Kind::Double, Raw::Fixed64(bits)) => {
                text::write_double(self.out, f64::from_bits(bits));
            }
            (Kind::Sfixed64, Raw::Fixed64(bits)) => {
                text::write_quoted_integer(self.out, bits as i64);
            }
            (_, Raw::Fixed64(bits)) => text::write_quoted_integer(self.out, bits),
            (Kind::Float, Raw::Fixed32(bits)) => text::write_float(self.out, f32::from_bits(bits)),
            (Kind::Sfixed32, Raw::Fixed32(bits)) => text::write_integer(self.out, bits as i32),
            (_, Raw::Fixed32(bits)) => text::write_integer(self.out, bits),
        }
        Ok(())
    }

    fn varint(&mut self, kind: Kind, value: u64) -> Result<(), Unwritable> {
        match kind {
            Kind::Int32 => text::write_integer(self.out, value as i32),
            Kind::Uint32 => text::write_integer(self.out, value as u32),
            Kind::Sint32 => {
                let value = value as u32;
                text::write_integer(self.out, (value >> 1) as i32 ^ -((value & 1) as i32));
            }
            Kind::Int64 => text::write_quoted_integer(self.out, value as i64),
            Kind::Uint64 => text::write_quoted_integer(self.out, value),
            Kind::Sint64 => {
                text::write_quoted_integer(self.out, (value >> 1) as i64 ^ -((value & 1) as i64));
            }
            Kind::Bool => self
                .out
                .extend_from_slice(if value == 0 { b"false" } else { b"true" }),
            Kind::Enum(described) => self.enumeration(described, value as i32),
            Kind::Double
            | Kind::Float
            | Kind::Fixed32
            | Kind::Fixed64
            | Kind::Sfixed32
            | Kind::Sfixed64
            | Kind::String
            | Kind::Bytes
            | Kind::Message(_)
            | Kind::Group(_) => return Err(Unwritable::Malformed),
        }
        Ok(())
    }

    /// Writes the value's name, or its number where it has no name.
    fn enumeration(&mut self, described: &Enum, number: i32) {
        if described.null {
            self.out.extend_from_slice(b"null");
        } else if self.tables.json.emits_enum_numbers {
            text::write_integer(self.out, number);
        } else if let Some(name) = described.name_of(number) {
            self.out.push(b'"');
            self.out.extend_from_slice(name.as_bytes());
            self.out.push(b'"');
        } else {
            text::write_integer(self.out, number);
        }
    }

    /// Writes the default of a missing field.
    pub(super) fn default(&mut self, field: &Field) {
        let json: &[u8] = match (field.label, field.kind) {
            (Label::Repeated { .. }, _) => b"[]",
            (Label::Map, _) => b"{}",
            (_, Kind::Enum(described)) => return self.enumeration(described, 0),
            (_, Kind::Message(_) | Kind::Group(_)) => b"null",
            (_, Kind::String | Kind::Bytes) => b"\"\"",
            (_, Kind::Bool) => b"false",
            (_, Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64) => {
                b"\"0\""
            }
            (
                _,
                Kind::Double
                | Kind::Float
                | Kind::Int32
                | Kind::Uint32
                | Kind::Sint32
                | Kind::Fixed32
                | Kind::Sfixed32,
            ) => b"0",
        };
        self.out.extend_from_slice(json);
    }
}
