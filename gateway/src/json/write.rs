//! Converts wire bytes to JSON in one pass, provided that the records of each field are adjacent, as every known
//! encoder writes them. Otherwise `order` sorts the records first, and the same pass follows.

mod order;
mod record;
mod repeated;
pub(crate) mod text;
mod value;
mod well_known;

use super::keys::Seen;
use super::wire::Cursor;
use crate::limits::JSON_DEPTH_MAX;
use crate::table::{Field, Label, Message, Shape, Tables};
use record::{Unwritable, fits, is_default};

/// The treatment of an Any whose type is not in the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownAny {
    /// The message that contains it has no JSON.
    Refuse,
    /// Its payload is written in base64 as `value`.
    Keep,
}

/// Appends the JSON of a message, given its wire bytes.
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
        is_single: false,
        out,
    }
    .message(message, bytes)
}

/// Appends the JSON of one field of a message, given the wire bytes of the message. A missing field is written as its
/// default.
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
        is_single: true,
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
    /// True once a message with scattered records was found. From then on every message is sorted before it is written:
    /// otherwise a message would be written twice for each scattered level above it, which is 2 to the power of the
    /// depth.
    scattered: bool,
    /// True until the message of a single field is begun: its other fields are not written, not even as defaults.
    is_single: bool,
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

    /// Begins an object or a list. Both count as levels, as they do when JSON is read: every answer must be readable.
    fn open(&mut self, bracket: u8) -> Result<(), Unwritable> {
        self.depth += 1;
        if self.depth > JSON_DEPTH_MAX {
            return Err(Unwritable::TooDeep);
        }
        self.out.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.out.push(bracket);
    }

    /// Writes `"key":value` pairs without braces; `first` is true when no pair precedes them.
    fn fields(
        &mut self,
        message: &'static Message,
        bytes: &[u8],
        first: bool,
    ) -> Result<(), Unwritable> {
        let is_plain = matches!(message.shape, Shape::Plain | Shape::HttpBody);
        let is_single = std::mem::take(&mut self.is_single);
        let defaults = self.tables.json.emits_defaults && is_plain && !is_single;
        if !self.scattered {
            let mark = self.out.len();
            if self.fields_in_one_pass(message, bytes, first, defaults)? {
                return Ok(());
            }
            self.out.truncate(mark);
            self.scattered = true;
        }
        let ordered = order::merged(message, bytes)?;
        if self.fields_in_one_pass(message, &ordered, first, defaults)? {
            Ok(())
        } else {
            Err(Unwritable::Malformed)
        }
    }

    /// Returns false when the records of a field are not adjacent or a oneof has two members: `order` must sort them
    /// first.
    fn fields_in_one_pass(
        &mut self,
        message: &'static Message,
        bytes: &[u8],
        first: bool,
        defaults: bool,
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
            if seen.is_repeated(place)
                || field.oneof.is_some_and(|oneof| {
                    seen.is_repeated(message.fields.len() + usize::from(oneof))
                })
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
            } else if defaults {
                self.out
                    .truncate(mark + usize::from(!first) + field.key.len());
                self.default(field);
                first = false;
            } else {
                self.out.truncate(mark);
            }
        }
        if defaults {
            self.missing(message, seen, first);
        }
        Ok(true)
    }

    /// Writes the fields without presence that were not seen, as their defaults.
    fn missing(&mut self, message: &'static Message, mut seen: Seen, first: bool) {
        let mut first = first;
        for (place, field) in message.fields.iter().enumerate() {
            if field.label == Label::Explicit || seen.is_repeated(place) {
                continue;
            }
            if !std::mem::replace(&mut first, false) {
                self.out.push(b',');
            }
            self.out.extend_from_slice(field.key.as_bytes());
            self.default(field);
        }
    }
}
