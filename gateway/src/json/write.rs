//! Wire bytes in, JSON out, in one pass when each field's records lie together, as every known encoder writes them.
//! Otherwise the bytes are put in order first (`order`), and then written by the same pass.

mod known;
mod order;
mod value;

use super::DEPTH_MAX;
use super::keys::Seen;
use crate::table::{Field, Kind, Label, Message, Shape, Tables};
use crate::wire::{self, Broken, Cursor, Raw};

/// An answer that has no JSON; the service that sent it is to blame, not the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unwritable {
    /// The bytes are no such message.
    Broken,
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// A value that has no JSON: a time out of range, an infinite number in a Value, an Any of an unknown type.
    NoJson,
}

impl From<Broken> for Unwritable {
    fn from(_: Broken) -> Self {
        Self::Broken
    }
}

/// What happens to an Any whose type is not in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownAny {
    /// The whole message has no JSON.
    Refuse,
    /// Its bytes are shown in base64 as `value`.
    Keep,
}

/// The JSON of `message` from its wire bytes, appended to `out`.
pub(crate) fn message(
    tables: &'static Tables,
    message: &'static Message,
    bytes: &[u8],
    unknown_any: UnknownAny,
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    Writer {
        tables,
        unknown_any,
        depth: 0,
        scattered: false,
        out,
    }
    .message(message, bytes)
}

/// The JSON of one field of `message`, appended to `out`; what is not there is written as its default.
pub(crate) fn field(
    tables: &'static Tables,
    message: &'static Message,
    field: &'static Field,
    bytes: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Unwritable> {
    let mut writer = Writer {
        tables,
        unknown_any: UnknownAny::Refuse,
        depth: 0,
        scattered: false,
        out,
    };
    let only = order::only(message, field, bytes)?;
    let mark = writer.out.len();
    writer.fields(message, &only, true)?;
    if writer.out.len() == mark {
        writer.default(field);
    } else {
        writer.out.drain(mark..mark + field.key.len());
    }
    Ok(())
}

#[derive(Debug)]
struct Writer<'o> {
    tables: &'static Tables,
    unknown_any: UnknownAny,
    depth: u32,
    /// A message was found out of order: from then on each is put in order before it is written. Else a message would be
    /// written twice for each level above it that is out of order too: 2 to the power of the levels.
    scattered: bool,
    out: &'o mut Vec<u8>,
}

impl Writer<'_> {
    fn message(&mut self, message: &'static Message, bytes: &[u8]) -> Result<(), Unwritable> {
        match message.shape {
            Shape::Plain | Shape::Empty | Shape::HttpBody => {
                self.open(b'{')?;
                self.fields(message, bytes, true)?;
                self.close(b'}');
                Ok(())
            }
            Shape::Any
            | Shape::Timestamp
            | Shape::Duration
            | Shape::FieldMask
            | Shape::Struct
            | Shape::Value
            | Shape::ListValue
            | Shape::Wrapper => self.known(message, bytes),
        }
    }

    /// An object or a list begins. Only these count as levels, as they do where JSON is read: what is written must be
    /// readable again.
    fn open(&mut self, bracket: u8) -> Result<(), Unwritable> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Unwritable::TooDeep);
        }
        self.out.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.out.push(bracket);
    }

    /// `"key":value` pairs without braces; `first` when no pair precedes them.
    fn fields(
        &mut self,
        message: &'static Message,
        bytes: &[u8],
        first: bool,
    ) -> Result<(), Unwritable> {
        if !self.scattered {
            let mark = self.out.len();
            if self.fields_in_one_pass(message, bytes, first)? {
                return Ok(());
            }
            self.out.truncate(mark);
            self.scattered = true;
        }
        let ordered = order::merged(message, bytes)?;
        if self.fields_in_one_pass(message, &ordered, first)? {
            Ok(())
        } else {
            Err(Unwritable::Broken)
        }
    }

    /// False when a field's records lie apart or a oneof has two members: the bytes must be put in order first.
    fn fields_in_one_pass(
        &mut self,
        message: &'static Message,
        bytes: &[u8],
        first: bool,
    ) -> Result<bool, Unwritable> {
        let mut cursor = Cursor::new(bytes);
        let mut seen = Seen::of(message);
        let mut first = first;
        let mut hint = 0;
        while let Some((number, wire)) = cursor.tag()? {
            let Some(place) = message
                .place_of_number(number, hint)
                .filter(|place| fits(&message.fields[*place], wire))
            else {
                cursor.value(number, wire)?;
                continue;
            };
            hint = place + 1;
            let field = &message.fields[place];
            if seen.again(place)
                || field
                    .oneof
                    .is_some_and(|oneof| seen.again(message.fields.len() + usize::from(oneof)))
            {
                return Ok(false);
            }
            let mark = self.out.len();
            if !first {
                self.out.push(b',');
            }
            self.out.extend_from_slice(field.key.as_bytes());
            let written = match field.label {
                Label::Implicit | Label::Explicit => {
                    let raw = cursor.value(number, wire)?;
                    if field.label == Label::Implicit && is_default(field.kind, raw) {
                        false
                    } else {
                        self.value(field.kind, raw)?;
                        true
                    }
                }
                Label::Repeated { .. } => self.list(field, wire, &mut cursor)?,
                Label::Map => self.map(field, &mut cursor)?,
            };
            if written {
                first = false;
            } else {
                self.out.truncate(mark);
            }
        }
        Ok(true)
    }

    /// All records of a repeated field that follow each other; false when they hold nothing.
    fn list(
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

    /// All entries of a map that follow each other.
    fn map(&mut self, field: &'static Field, cursor: &mut Cursor<'_>) -> Result<bool, Unwritable> {
        let Kind::Message(entry) = field.kind else {
            return Err(Unwritable::Broken);
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
            return Err(Unwritable::Broken);
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
            // An entry without a value has the default one; of a message that is its own JSON, not null.
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

/// The wire type of the next record when it too is of `field`; its tag is then read.
fn follows(field: &Field, cursor: &mut Cursor<'_>) -> Result<Option<u8>, Broken> {
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
fn fits(field: &Field, wire: u8) -> bool {
    let single = wire::wire_of(field.kind);
    let packable = matches!(single, wire::VARINT | wire::FIXED32 | wire::FIXED64);
    wire == single
        || (matches!(field.label, Label::Repeated { .. }) && packable && wire == wire::DELIMITED)
}

fn is_default(kind: Kind, raw: Raw<'_>) -> bool {
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
