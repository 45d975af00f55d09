//! Writes JSON strings with their escapes, and numbers in their shortest exact form. Knows no fields.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends `text` in quotes.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..0x20 | 0x7f => 0,
            _ => continue,
        };
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        if short == 0 {
            out.extend_from_slice(b"\\u00");
            out.push(HEX[usize::from(byte >> 4)]);
            out.push(HEX[usize::from(byte & 15)]);
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Appends `bytes` as padded standard base64 in quotes.
pub(crate) fn write_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    STANDARD
        .encode_slice(bytes, &mut out[start..])
        .expect("the buffer has the encoded length");
    out.push(b'"');
}

pub(crate) fn write_integer<I: itoa::Integer>(out: &mut Vec<u8>, value: I) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a 64-bit integer as a string, because JavaScript's numbers are exact only to 53 bits.
pub(crate) fn write_quoted_integer<I: itoa::Integer>(out: &mut Vec<u8>, value: I) {
    out.push(b'"');
    write_integer(out, value);
    out.push(b'"');
}

pub(crate) fn write_double(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        write_special(out, value);
    } else if value == 0.0 || (1e-7..1e21).contains(&value.abs()) {
        write!(out, "{value}").expect("writing to a Vec cannot fail");
    } else {
        write!(out, "{value:e}").expect("writing to a Vec cannot fail");
    }
}

pub(crate) fn write_float(out: &mut Vec<u8>, value: f32) {
    if !value.is_finite() {
        write_special(out, f64::from(value));
    } else if value == 0.0 || (1e-7..1e21).contains(&value.abs()) {
        write!(out, "{value}").expect("writing to a Vec cannot fail");
    } else {
        write!(out, "{value:e}").expect("writing to a Vec cannot fail");
    }
}

fn write_special(out: &mut Vec<u8>, value: f64) {
    let name: &[u8] = if value.is_nan() {
        b"\"NaN\""
    } else if value > 0.0 {
        b"\"Infinity\""
    } else {
        b"\"-Infinity\""
    };
    out.extend_from_slice(name);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_control_characters_are_escaped() {
        let mut out = Vec::new();
        write_string(&mut out, "a\"\\\n\u{1}\u{7f}ü😀");
        assert_eq!(
            String::from_utf8(out).expect("UTF-8"),
            "\"a\\\"\\\\\\n\\u0001\\u007fü😀\""
        );
    }

    #[test]
    fn floats_are_short_and_exact() {
        for (value, text) in [
            (1.0, "1"),
            (-0.0, "-0"),
            (0.1, "0.1"),
            (1e21, "1e21"),
            (1.5e-9, "1.5e-9"),
            (f64::NAN, "\"NaN\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ] {
            let mut out = Vec::new();
            write_double(&mut out, value);
            assert_eq!(out, text.as_bytes(), "{value}");
        }
    }
}
