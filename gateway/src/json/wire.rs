//! Protobuf's wire format: varints, tags, length prefixes, skipping. Knows no tables beyond a field's kind.

use crate::table::Kind;

pub(crate) const VARINT: u8 = 0;
pub(crate) const FIXED64: u8 = 1;
pub(crate) const DELIMITED: u8 = 2;
pub(crate) const GROUP: u8 = 3;
pub(crate) const GROUP_END: u8 = 4;
pub(crate) const FIXED32: u8 = 5;

/// The deepest nesting of groups that are skipped.
const SKIPPED_DEPTH_MAX: u32 = 100;

/// Bytes that are not an encoded message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// One value on the wire, by its wire type. A group counts as its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Raw<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// Reads an encoded message from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The field number and wire type of the next record; none at the end.
    #[inline]
    pub(crate) fn tag(&mut self) -> Result<Option<(u32, u8)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = u32::try_from(self.varint()?).map_err(|_| Malformed)?;
        let number = tag >> 3;
        if number == 0 {
            return Err(Malformed);
        }
        Ok(Some((number, (tag & 7) as u8)))
    }

    #[inline]
    pub(crate) fn varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0u64;
        for (at, byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * at);
            if *byte < 0x80 {
                if at == 9 && *byte > 1 {
                    return Err(Malformed);
                }
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    /// The value of the record whose tag was just read.
    #[inline]
    pub(crate) fn value(&mut self, number: u32, wire: u8) -> Result<Raw<'a>, Malformed> {
        match wire {
            VARINT => self.varint().map(Raw::Varint),
            FIXED64 => self
                .take(8)
                .map(|bytes| Raw::Fixed64(u64::from_le_bytes(bytes.try_into().expect("8 taken")))),
            FIXED32 => self
                .take(4)
                .map(|bytes| Raw::Fixed32(u32::from_le_bytes(bytes.try_into().expect("4 taken")))),
            DELIMITED => {
                let count = usize::try_from(self.varint()?).map_err(|_| Malformed)?;
                self.take(count).map(Raw::Bytes)
            }
            GROUP => self.group(number, 0).map(Raw::Bytes),
            _ => Err(Malformed),
        }
    }

    /// The body of a group, without its end tag.
    fn group(&mut self, number: u32, depth: u32) -> Result<&'a [u8], Malformed> {
        if depth > SKIPPED_DEPTH_MAX {
            return Err(Malformed);
        }
        let all = self.rest;
        loop {
            let before = self.rest.len();
            let (inner, wire) = self.tag()?.ok_or(Malformed)?;
            match wire {
                GROUP_END if inner == number => return Ok(&all[..all.len() - before]),
                GROUP => {
                    self.group(inner, depth + 1)?;
                }
                _ => {
                    self.value(inner, wire)?;
                }
            }
        }
    }

    #[inline]
    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }
}

/// The last value of the length-delimited field `wanted` at the top level; none when the field is missing or the bytes
/// are malformed.
pub(crate) fn last_bytes(message: &[u8], wanted: u32) -> Option<&[u8]> {
    let mut last = None;
    let mut cursor = Cursor::new(message);
    while let Some((number, wire)) = cursor.tag().ok()? {
        if let Raw::Bytes(bytes) = cursor.value(number, wire).ok()?
            && number == wanted
        {
            last = Some(bytes);
        }
    }
    last
}

/// The wire type of one value of `kind`.
pub(crate) const fn wire_of(kind: Kind) -> u8 {
    match kind {
        Kind::Double | Kind::Fixed64 | Kind::Sfixed64 => FIXED64,
        Kind::Float | Kind::Fixed32 | Kind::Sfixed32 => FIXED32,
        Kind::Int32
        | Kind::Int64
        | Kind::Uint32
        | Kind::Uint64
        | Kind::Sint32
        | Kind::Sint64
        | Kind::Bool
        | Kind::Enum(_) => VARINT,
        Kind::String | Kind::Bytes | Kind::Message(_) => DELIMITED,
        Kind::Group(_) => GROUP,
    }
}

#[inline]
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
pub(crate) fn put_tag(out: &mut Vec<u8>, number: u32, wire: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire));
}

pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// Reserves one byte for the length of what follows, and returns the start of the body; [`close`] fills the length in.
/// One byte is enough for most messages, so nothing is measured first; a longer body is moved once.
#[inline]
pub(crate) fn open(out: &mut Vec<u8>) -> usize {
    out.push(0);
    out.len()
}

/// Writes the length of the body that starts at `start`.
#[inline]
pub(crate) fn close(out: &mut Vec<u8>, start: usize) {
    let count = out.len() - start;
    if count < 0x80 {
        out[start - 1] = count as u8;
        return;
    }
    let mut prefix = Vec::with_capacity(10);
    put_varint(&mut prefix, count as u64);
    let end = out.len();
    out.resize(end + prefix.len() - 1, 0);
    out.copy_within(start..end, start + prefix.len() - 1);
    out[start - 1..start - 1 + prefix.len()].copy_from_slice(&prefix);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_any_length_follows_its_length() {
        for count in [0usize, 1, 127, 128, 16_383, 16_384, 70_000] {
            let mut out = b"ab".to_vec();
            let start = open(&mut out);
            out.extend(std::iter::repeat_n(7u8, count));
            close(&mut out, start);
            let mut expected = b"ab".to_vec();
            put_bytes(&mut expected, &vec![7u8; count]);
            assert_eq!(out, expected, "{count}");
        }
    }

    #[test]
    fn a_varint_of_more_than_64_bits_is_malformed() {
        let mut cursor = Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2]);
        assert_eq!(cursor.varint(), Err(Malformed));
        let mut cursor = Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
        assert_eq!(cursor.varint(), Ok(u64::MAX));
    }

    #[test]
    fn a_group_ends_at_its_own_end_tag() {
        // Field 1 group { field 2 group {} } then a varint.
        let bytes = [0x0b, 0x13, 0x14, 0x0c, 0x18, 0x01];
        let mut cursor = Cursor::new(&bytes);
        assert_eq!(cursor.tag(), Ok(Some((1, GROUP))));
        let Ok(Raw::Bytes(body)) = cursor.value(1, GROUP) else {
            panic!("a group has a body");
        };
        assert_eq!(body, [0x13, 0x14]);
        assert_eq!(cursor.tag(), Ok(Some((3, VARINT))));
    }
}
