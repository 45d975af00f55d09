//! Converts the text of one scalar (a JSON number or a JSON string) to wire bytes. Knows no JSON structure.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::number::{self, Whole};
use crate::json::fault::{self, Fault};
use crate::json::wire;
use crate::table::{Enum, Kind};

/// Callers omit the padding, and some encoders leave trailing bits in the last digit. The bytes are unambiguous in both
/// cases, so both are accepted.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&base64::alphabet::URL_SAFE, LENIENT);

/// True when the value that was appended is the default of its kind.
pub(crate) type IsDefault = bool;

/// Appends the value of `text`, which must be a JSON number.
pub(crate) fn put_number(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
    match kind {
        Kind::Double => {
            let value: f64 = finite(text, f64::is_finite, "double")?;
            out.extend_from_slice(&value.to_le_bytes());
            Ok(value.to_bits() == 0)
        }
        Kind::Float => {
            let value: f32 = finite(text, f32::is_finite, "float")?;
            out.extend_from_slice(&value.to_le_bytes());
            Ok(value.to_bits() == 0)
        }
        Kind::Int32 | Kind::Enum(_) => Ok(put_varint(i64::from(int32(text)?) as u64, out)),
        Kind::Sint32 => {
            let value = int32(text)?;
            Ok(put_varint(
                u64::from(((value << 1) ^ (value >> 31)) as u32),
                out,
            ))
        }
        Kind::Sfixed32 => Ok(put_fixed(&int32(text)?.to_le_bytes(), out)),
        Kind::Uint32 => Ok(put_varint(u64::from(uint32(text)?), out)),
        Kind::Fixed32 => Ok(put_fixed(&uint32(text)?.to_le_bytes(), out)),
        Kind::Int64 => Ok(put_varint(int64(text)? as u64, out)),
        Kind::Sint64 => {
            let value = int64(text)?;
            Ok(put_varint(((value << 1) ^ (value >> 63)) as u64, out))
        }
        Kind::Sfixed64 => Ok(put_fixed(&int64(text)?.to_le_bytes(), out)),
        Kind::Uint64 => Ok(put_varint(uint64(text)?, out)),
        Kind::Fixed64 => Ok(put_fixed(&uint64(text)?.to_le_bytes(), out)),
        Kind::Bool | Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Group(_) => {
            Err(Fault::new(format!("must be {}, not a number", noun(kind))))
        }
    }
}

fn put_varint(value: u64, out: &mut Vec<u8>) -> IsDefault {
    wire::put_varint(out, value);
    value == 0
}

fn put_fixed(bytes: &[u8], out: &mut Vec<u8>) -> IsDefault {
    out.extend_from_slice(bytes);
    bytes.iter().all(|byte| *byte == 0)
}

/// Appends the value of the JSON string `text`.
pub(crate) fn put_string(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
    match kind {
        Kind::String => {
            wire::put_bytes(out, text.as_bytes());
            Ok(text.is_empty())
        }
        Kind::Bytes => {
            let start = wire::open(out);
            let engine = if text.contains(['-', '_']) {
                URL_SAFE
            } else {
                STANDARD
            };
            engine
                .decode_vec(text, out)
                .map_err(|_| Fault::new("is not base64"))?;
            let empty = out.len() == start;
            wire::close(out, start);
            Ok(empty)
        }
        Kind::Enum(described) => {
            let value = enum_named(described, text)?;
            wire::put_varint(out, i64::from(value) as u64);
            Ok(value == 0)
        }
        Kind::Double => match special(text) {
            Some(value) => {
                out.extend_from_slice(&value.to_le_bytes());
                Ok(false)
            }
            None => put_quoted_number(kind, text, out),
        },
        Kind::Float => match special(text) {
            Some(value) => {
                out.extend_from_slice(&(value as f32).to_le_bytes());
                Ok(false)
            }
            None => put_quoted_number(kind, text, out),
        },
        Kind::Bool | Kind::Message(_) | Kind::Group(_) => {
            Err(Fault::new(format!("must be {}, not a string", noun(kind))))
        }
        Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Fixed32
        | Kind::Fixed64
        | Kind::Sfixed32
        | Kind::Sfixed64 => put_quoted_number(kind, text, out),
    }
}

fn put_quoted_number(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
    if number::is_number(text) {
        put_number(kind, text, out)
    } else {
        Err(Fault::new(format!("must be {}", noun(kind))))
    }
}

pub(crate) fn put_bool(value: bool, out: &mut Vec<u8>) -> IsDefault {
    out.push(u8::from(value));
    !value
}

fn enum_named(described: &Enum, name: &str) -> Result<i32, Fault> {
    described
        .number(name)
        .ok_or_else(|| Fault::new(format!("has no value {:?}", fault::clip(name))))
}

fn int32(text: &str) -> Result<i32, Fault> {
    whole(text, "a 32-bit integer", |whole| {
        whole.as_i64().and_then(|value| i32::try_from(value).ok())
    })
}

fn uint32(text: &str) -> Result<u32, Fault> {
    whole(text, "a 32-bit unsigned integer", |whole| {
        whole.as_u64().and_then(|value| u32::try_from(value).ok())
    })
}

fn int64(text: &str) -> Result<i64, Fault> {
    whole(text, "a 64-bit integer", Whole::as_i64)
}

fn uint64(text: &str) -> Result<u64, Fault> {
    whole(text, "a 64-bit unsigned integer", Whole::as_u64)
}

fn whole<T>(text: &str, what: &str, narrow: impl Fn(Whole) -> Option<T>) -> Result<T, Fault> {
    number::whole(text)
        .and_then(narrow)
        .ok_or_else(|| Fault::new(format!("must be {what}")))
}

/// Refuses a number that is too large for the type: it parses as infinite, which no JSON number is.
fn finite<T: FromStr + Copy>(
    text: &str,
    is_finite: impl Fn(T) -> bool,
    what: &str,
) -> Result<T, Fault> {
    text.parse()
        .ok()
        .filter(|value| is_finite(*value))
        .ok_or_else(|| Fault::new(format!("is outside the range of a {what}")))
}

fn special(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// The name of a value of `kind` in an error to the caller.
pub(crate) fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Double | Kind::Float => "a number",
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "a 32-bit integer",
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "a 64-bit integer",
        Kind::Uint32 | Kind::Fixed32 => "a 32-bit unsigned integer",
        Kind::Uint64 | Kind::Fixed64 => "a 64-bit unsigned integer",
        Kind::Bool => "true or false",
        Kind::String => "a string",
        Kind::Bytes => "a string in base64",
        Kind::Message(_) | Kind::Group(_) => "an object",
        Kind::Enum(_) => "the name or number of a value",
    }
}
