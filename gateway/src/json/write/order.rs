//! Sorts scattered records by protobuf's merging rules: the last scalar wins, messages are merged, the last member of a
//! oneof wins, the last entry of a map key wins. Writes no JSON.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::record::{Unwritable, fits};
use crate::json::wire::{self, Cursor, Raw};
use crate::table::{Field, Kind, Label, Message};

/// The same message with adjacent records per field and at most one member per oneof.
pub(super) fn merged(message: &'static Message, bytes: &[u8]) -> Result<Vec<u8>, Unwritable> {
    let mut kept: BTreeMap<usize, Vec<(u8, Raw<'_>)>> = BTreeMap::new();
    let mut cursor = Cursor::new(bytes);
    while let Some((number, wire)) = cursor.tag()? {
        let raw = cursor.value(number, wire)?;
        let Some(place) = message
            .place_of_number(number, 0)
            .filter(|place| fits(&message.fields[*place], wire))
        else {
            continue;
        };
        let field = &message.fields[place];
        if let Some(oneof) = field.oneof {
            kept.retain(|other, _| *other == place || message.fields[*other].oneof != Some(oneof));
        }
        let records = kept.entry(place).or_default();
        if !accumulates(field) {
            records.clear();
        }
        records.push((wire, raw));
    }
    let mut out = Vec::with_capacity(bytes.len());
    for (place, records) in kept {
        put(&message.fields[place], &records, &mut out);
    }
    Ok(out)
}

/// The merged records of `field` alone.
pub(super) fn only(
    message: &'static Message,
    field: &'static Field,
    bytes: &[u8],
) -> Result<Vec<u8>, Unwritable> {
    let ordered = merged(message, bytes)?;
    let mut out = Vec::new();
    let mut cursor = Cursor::new(&ordered);
    while let Some((number, wire)) = cursor.tag()? {
        let raw = cursor.value(number, wire)?;
        if number == field.number {
            put_record(number, wire, raw, &mut out);
        }
    }
    Ok(out)
}

/// Whether earlier records of the field stay in effect when a later one follows.
fn accumulates(field: &Field) -> bool {
    match field.label {
        Label::Repeated { .. } | Label::Map => true,
        Label::Implicit | Label::Explicit => {
            matches!(field.kind, Kind::Message(_) | Kind::Group(_))
        }
    }
}

fn put(field: &Field, records: &[(u8, Raw<'_>)], out: &mut Vec<u8>) {
    let single = matches!(field.label, Label::Implicit | Label::Explicit);
    let joined = single && matches!(field.kind, Kind::Message(_) | Kind::Group(_));
    if !joined {
        for (wire, raw) in records {
            put_record(field.number, *wire, *raw, out);
        }
        return;
    }
    // Concatenated encodings of two messages are the encoding of the merged message.
    let mut body = Vec::new();
    for (_, raw) in records {
        if let Raw::Bytes(bytes) = raw {
            body.extend_from_slice(bytes);
        }
    }
    put_record(
        field.number,
        wire::wire_of(field.kind),
        Raw::Bytes(&body),
        out,
    );
}

fn put_record(number: u32, wire: u8, raw: Raw<'_>, out: &mut Vec<u8>) {
    wire::put_tag(out, number, wire);
    match raw {
        Raw::Varint(value) => wire::put_varint(out, value),
        Raw::Fixed64(bits) => out.extend_from_slice(&bits.to_le_bytes()),
        Raw::Fixed32(bits) => out.extend_from_slice(&bits.to_le_bytes()),
        Raw::Bytes(bytes) if wire == wire::GROUP => {
            out.extend_from_slice(bytes);
            wire::put_tag(out, number, wire::GROUP_END);
        }
        Raw::Bytes(bytes) => wire::put_bytes(out, bytes),
    }
}

/// One entry of a map. A missing key is the default key.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: Raw<'a>,
    value: Value<'a>,
}

#[derive(Debug)]
enum Value<'a> {
    Default,
    Once(Raw<'a>),
    /// A message that occurs more than once: the concatenated encodings.
    Joined(Vec<u8>),
}

impl<'a> Entry<'a> {
    /// None when the entry has no value.
    pub(super) fn value(&self) -> Option<Raw<'_>> {
        match &self.value {
            Value::Default => None,
            Value::Once(raw) => Some(*raw),
            Value::Joined(bytes) => Some(Raw::Bytes(bytes)),
        }
    }

    fn take(&mut self, raw: Raw<'a>, joins: bool) {
        self.value = match (std::mem::replace(&mut self.value, Value::Default), raw) {
            (Value::Once(Raw::Bytes(before)), Raw::Bytes(bytes)) if joins => {
                Value::Joined([before, bytes].concat())
            }
            (Value::Joined(mut joined), Raw::Bytes(bytes)) if joins => {
                joined.extend_from_slice(bytes);
                Value::Joined(joined)
            }
            (Value::Default | Value::Once(_) | Value::Joined(_), raw) => Value::Once(raw),
        };
    }
}

pub(super) fn entry<'a>(
    message: &'static Message,
    bytes: &'a [u8],
) -> Result<Entry<'a>, Unwritable> {
    let [key_field, value_field] = message.fields else {
        return Err(Unwritable::Malformed);
    };
    let mut entry = Entry {
        key: match wire::wire_of(key_field.kind) {
            wire::DELIMITED => Raw::Bytes(&[]),
            wire::FIXED64 => Raw::Fixed64(0),
            wire::FIXED32 => Raw::Fixed32(0),
            _ => Raw::Varint(0),
        },
        value: Value::Default,
    };
    let mut cursor = Cursor::new(bytes);
    while let Some((number, wire)) = cursor.tag()? {
        let raw = cursor.value(number, wire)?;
        if number == key_field.number && fits(key_field, wire) {
            entry.key = normalized(key_field.kind, raw);
        } else if number == value_field.number && fits(value_field, wire) {
            entry.take(raw, accumulates(value_field));
        }
    }
    Ok(entry)
}

/// A key truncated to its kind: two numbers on the wire may be the same key.
fn normalized(kind: Kind, key: Raw<'_>) -> Raw<'_> {
    match (kind, key) {
        (Kind::Bool, Raw::Varint(value)) => Raw::Varint(u64::from(value != 0)),
        (Kind::Int32 | Kind::Uint32 | Kind::Sint32, Raw::Varint(value)) => {
            Raw::Varint(u64::from(value as u32))
        }
        (_, key) => key,
    }
}

/// Sorts entries by key and keeps the last of each key. Entries that are sorted already are only compared.
pub(super) fn last_of_each(entries: &mut Vec<Entry<'_>>) {
    let is_sorted = entries
        .windows(2)
        .all(|pair| compare(&pair[0].key, &pair[1].key) == Ordering::Less);
    if is_sorted {
        return;
    }
    entries.sort_by(|a, b| compare(&a.key, &b.key));
    entries.reverse();
    entries.dedup_by(|earlier, kept| compare(&earlier.key, &kept.key) == Ordering::Equal);
    entries.reverse();
}

fn compare(a: &Raw<'_>, b: &Raw<'_>) -> Ordering {
    match (a, b) {
        (Raw::Bytes(a), Raw::Bytes(b)) => a.cmp(b),
        (Raw::Varint(a), Raw::Varint(b)) | (Raw::Fixed64(a), Raw::Fixed64(b)) => a.cmp(b),
        (Raw::Fixed32(a), Raw::Fixed32(b)) => a.cmp(b),
        // All keys of one map have the same wire type.
        (Raw::Bytes(_) | Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_), _) => Ordering::Equal,
    }
}
