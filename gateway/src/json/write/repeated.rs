//! Writes lists and maps. Knows no field names.

use super::record::{Unwritable, follows};
use super::{Writer, order};
use crate::json::wire::{self, Cursor, Raw};
use crate::table::{Field, Kind, Message};

impl Writer<'_> {
    /// Writes the adjacent records of a repeated field; returns false when they hold no element.
    pub(super) fn list(
        &mut self,
        field: &'static Field,
        wire: u8,
        cursor: &mut Cursor<'_>,
    ) -> Result<bool, Unwritable> {
        let single = wire::wire_of(field.kind);
        let mut wire = wire;
        let mut empty = true;
        self.open(b'[')?;
        loop {
            let raw = cursor.value(field.number, wire)?;
            match raw {
                Raw::Bytes(run) if wire != single => {
                    let mut run = Cursor::new(run);
                    while !run.rest.is_empty() {
                        let raw = run.value(field.number, single)?;
                        self.element(field, raw, &mut empty)?;
                    }
                }
                Raw::Bytes(_) | Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_) => {
                    self.element(field, raw, &mut empty)?;
                }
            }
            match follows(field, cursor)? {
                Some(next) => wire = next,
                None => break,
            }
        }
        self.close(b']');
        Ok(!empty)
    }

    fn element(
        &mut self,
        field: &'static Field,
        raw: Raw<'_>,
        empty: &mut bool,
    ) -> Result<(), Unwritable> {
        if !std::mem::replace(empty, false) {
            self.out.push(b',');
        }
        self.value(field.kind, raw)
    }

    /// Writes the adjacent entries of a map.
    pub(super) fn map(
        &mut self,
        field: &'static Field,
        cursor: &mut Cursor<'_>,
    ) -> Result<bool, Unwritable> {
        let Kind::Message(entry) = field.kind else {
            return Err(Unwritable::Malformed);
        };
        let mut entries = Vec::new();
        let mut wire = wire::DELIMITED;
        loop {
            if let Raw::Bytes(bytes) = cursor.value(field.number, wire)? {
                entries.push(order::entry(entry, bytes)?);
            }
            match follows(field, cursor)? {
                Some(next) => wire = next,
                None => break,
            }
        }
        order::last_of_each(&mut entries);
        self.open(b'{')?;
        for (at, pair) in entries.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.pair(entry, pair)?;
        }
        self.close(b'}');
        Ok(true)
    }

    fn pair(&mut self, entry: &'static Message, pair: &order::Entry<'_>) -> Result<(), Unwritable> {
        let [key_field, value_field] = entry.fields else {
            return Err(Unwritable::Malformed);
        };
        let mark = self.out.len();
        self.value(key_field.kind, pair.key)?;
        if self.out.get(mark) != Some(&b'"') {
            self.out.insert(mark, b'"');
            self.out.push(b'"');
        }
        self.out.push(b':');
        match pair.value() {
            Some(raw) => self.value(value_field.kind, raw),
            // An entry without a value has the default value; for a message that is the JSON of the empty message, not
            // null.
            None => match value_field.kind.message() {
                Some(message) => self.message(message, &[]),
                None => {
                    self.default(value_field);
                    Ok(())
                }
            },
        }
    }
}
