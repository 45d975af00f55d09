//! Writes the special JSON of the well-known types. Knows no other message.

use super::record::Unwritable;
use super::{UnknownAny, Writer, order, text};
use crate::json::wire::{self, Cursor, Raw};
use crate::json::{mask, time};
use crate::table::{Message, Shape};

impl Writer<'_> {
    pub(super) fn known(
        &mut self,
        message: &'static Message,
        bytes: &[u8],
    ) -> Result<(), Unwritable> {
        match message.shape {
            Shape::Timestamp => {
                let (secs, nanos) = secs_and_nanos(bytes)?;
                self.out.push(b'"');
                time::write_timestamp(self.out, secs, nanos).ok_or(Unwritable::NoJson)?;
                self.out.push(b'"');
                Ok(())
            }
            Shape::Duration => {
                let (secs, nanos) = secs_and_nanos(bytes)?;
                self.out.push(b'"');
                time::write_duration(self.out, secs, nanos).ok_or(Unwritable::NoJson)?;
                self.out.push(b'"');
                Ok(())
            }
            Shape::FieldMask => self.field_mask(bytes),
            Shape::Wrapper => self.wrapper(message, bytes),
            Shape::Struct => self.struct_or_list(message, bytes, [b'{', b'}']),
            Shape::ListValue => self.struct_or_list(message, bytes, [b'[', b']']),
            Shape::Value => self.dynamic(message, bytes),
            Shape::Any => self.any(bytes),
            Shape::Plain | Shape::Empty | Shape::HttpBody => self.message(message, bytes),
        }
    }

    fn field_mask(&mut self, bytes: &[u8]) -> Result<(), Unwritable> {
        let mut joined = String::new();
        let mut cursor = Cursor::new(bytes);
        let mut first = true;
        while let Some((number, wire)) = cursor.tag()? {
            let raw = cursor.value(number, wire)?;
            if let (1, Raw::Bytes(path)) = (number, raw) {
                let path = std::str::from_utf8(path).map_err(|_| Unwritable::Malformed)?;
                if !std::mem::replace(&mut first, false) {
                    joined.push(',');
                }
                mask::write(path, &mut joined).ok_or(Unwritable::NoJson)?;
            }
        }
        text::write_string(self.out, &joined);
        Ok(())
    }

    fn wrapper(&mut self, message: &'static Message, bytes: &[u8]) -> Result<(), Unwritable> {
        let field = &message.fields[0];
        let mut last = None;
        let mut cursor = Cursor::new(bytes);
        while let Some((number, wire)) = cursor.tag()? {
            let raw = cursor.value(number, wire)?;
            if number == field.number && wire == wire::wire_of(field.kind) {
                last = Some(raw);
            }
        }
        match last {
            Some(raw) => self.value(field.kind, raw),
            None => {
                self.default(field);
                Ok(())
            }
        }
    }

    /// A Struct or ListValue: its only field, a map or a list, is the JSON.
    fn struct_or_list(
        &mut self,
        message: &'static Message,
        bytes: &[u8],
        [open, close]: [u8; 2],
    ) -> Result<(), Unwritable> {
        let mark = self.out.len();
        self.fields(message, bytes, true)?;
        if self.out.len() == mark {
            self.open(open)?;
            self.close(close);
        } else {
            self.out.drain(mark..mark + message.fields[0].key.len());
        }
        Ok(())
    }

    /// A `google.protobuf.Value`: the member that is set is the JSON.
    fn dynamic(&mut self, message: &'static Message, bytes: &[u8]) -> Result<(), Unwritable> {
        let mut cursor = Cursor::new(bytes);
        let Some((number, wire)) = cursor.tag()? else {
            self.out.extend_from_slice(b"null");
            return Ok(());
        };
        let raw = cursor.value(number, wire)?;
        if !cursor.rest.is_empty() {
            let ordered = order::merged(message, bytes)?;
            if ordered.as_slice() == bytes {
                return Err(Unwritable::Malformed);
            }
            return self.dynamic(message, &ordered);
        }
        let Some(place) = message.place_of_number(number, 0) else {
            self.out.extend_from_slice(b"null");
            return Ok(());
        };
        if let Raw::Fixed64(bits) = raw
            && !f64::from_bits(bits).is_finite()
        {
            return Err(Unwritable::NoJson);
        }
        let kind = message.fields[place].kind;
        if wire != wire::wire_of(kind) {
            return Err(Unwritable::Malformed);
        }
        self.value(kind, raw)
    }

    fn any(&mut self, bytes: &[u8]) -> Result<(), Unwritable> {
        let (type_url, payload) = any_parts(bytes)?;
        if type_url.is_empty() && payload.is_empty() {
            self.open(b'{')?;
            self.close(b'}');
            return Ok(());
        }
        let mark = self.out.len();
        let depth = self.depth;
        let outcome = self.any_of_known_type(type_url, payload);
        match (outcome, self.unknown_any) {
            (Err(_), UnknownAny::Keep) => {
                self.depth = depth;
                self.out.truncate(mark);
                self.type_key(type_url)?;
                self.out.extend_from_slice(b",\"value\":");
                text::write_base64(self.out, payload);
                self.close(b'}');
                Ok(())
            }
            (outcome, UnknownAny::Keep | UnknownAny::Refuse) => outcome,
        }
    }

    fn any_of_known_type(&mut self, type_url: &str, payload: &[u8]) -> Result<(), Unwritable> {
        let (_, name) = type_url.rsplit_once('/').ok_or(Unwritable::NoJson)?;
        let message = self.payload(name).ok_or(Unwritable::NoJson)?;
        self.type_key(type_url)?;
        // An Empty has no fields and, like protobuf's own JSON, no `value`.
        if matches!(message.shape, Shape::Plain | Shape::Empty | Shape::HttpBody) {
            self.fields(message, payload, false)?;
        } else {
            self.out.extend_from_slice(b",\"value\":");
            self.message(message, payload)?;
        }
        self.close(b'}');
        Ok(())
    }

    /// The type of a payload. Error details may have types that the served tables lack: the gateway's own tables have
    /// them.
    fn payload(&self, name: &str) -> Option<&'static Message> {
        let own = self.tables.message(name);
        match self.unknown_any {
            UnknownAny::Refuse => own,
            UnknownAny::Keep => own.or_else(|| crate::details::TABLES.message(name)),
        }
    }

    fn type_key(&mut self, type_url: &str) -> Result<(), Unwritable> {
        self.open(b'{')?;
        self.out.extend_from_slice(b"\"@type\":");
        text::write_string(self.out, type_url);
        Ok(())
    }
}

/// The type URL and the payload of an Any.
fn any_parts(bytes: &[u8]) -> Result<(&str, &[u8]), Unwritable> {
    let (mut type_url, mut payload): (&[u8], &[u8]) = (&[], &[]);
    let mut cursor = Cursor::new(bytes);
    while let Some((number, wire)) = cursor.tag()? {
        match (number, cursor.value(number, wire)?) {
            (1, Raw::Bytes(bytes)) => type_url = bytes,
            (2, Raw::Bytes(bytes)) => payload = bytes,
            (_, Raw::Bytes(_) | Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_)) => {}
        }
    }
    let type_url = std::str::from_utf8(type_url).map_err(|_| Unwritable::Malformed)?;
    Ok((type_url, payload))
}

/// Reads the fields that Timestamp and Duration share: seconds = 1, nanos = 2.
fn secs_and_nanos(bytes: &[u8]) -> Result<(i64, i32), Unwritable> {
    let (mut secs, mut nanos) = (0, 0);
    let mut cursor = Cursor::new(bytes);
    while let Some((number, wire)) = cursor.tag()? {
        match (number, cursor.value(number, wire)?) {
            (1, Raw::Varint(value)) => secs = value as i64,
            (2, Raw::Varint(value)) => nanos = value as i32,
            (_, Raw::Bytes(_) | Raw::Varint(_) | Raw::Fixed64(_) | Raw::Fixed32(_)) => {}
        }
    }
    Ok((secs, nanos))
}
