//! Converts JSON to wire bytes. Owns objects and fields; lists, scalars and well-known types are in the files below.

mod lexer;
pub(crate) mod named;
mod number;
pub(crate) mod parameter;
mod repeated;
mod scalar;
mod string_message;
mod well_known;

use super::fault::Fault;
use super::keys::Seen;
use super::wire;
use crate::table::{Field, Kind, Label, Message, Shape, Tables};
use lexer::Lexer;
use scalar::IsDefault;

/// Appends the wire bytes of a message, given its JSON.
pub(crate) fn message(
    tables: &'static Tables,
    message: &'static Message,
    json: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut reader = Reader {
        lexer: Lexer::new(json)?,
        tables,
        is_ignored: false,
    };
    reader.message(message, out)?;
    reader.lexer.end()
}

/// Appends one field with its tag, given the JSON of its value.
pub(crate) fn field(
    tables: &'static Tables,
    field: &'static Field,
    json: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Fault> {
    let mut reader = Reader {
        lexer: Lexer::new(json)?,
        tables,
        is_ignored: false,
    };
    let is_present = reader.field(field, out)?;
    reader.lexer.end()?;
    // In an object, `null` is a field without a value; here there is nothing but the value.
    if is_present {
        Ok(())
    } else {
        Err(Fault::new("must not be null"))
    }
}

/// True when the field has a value; false when it is `null`.
type IsPresent = bool;

#[derive(Debug)]
struct Reader<'a> {
    lexer: Lexer<'a>,
    tables: &'static Tables,
    /// Whether the last value was an unknown name of an enum's value, which is ignored with its field or element.
    is_ignored: bool,
}

impl<'a> Reader<'a> {
    /// The body of a message, in the JSON form of its shape.
    fn message(&mut self, message: &'static Message, out: &mut Vec<u8>) -> Result<(), Fault> {
        match message.shape {
            Shape::Plain | Shape::Empty | Shape::HttpBody => self.object(message, out, None),
            Shape::Any
            | Shape::Timestamp
            | Shape::Duration
            | Shape::FieldMask
            | Shape::Struct
            | Shape::Value
            | Shape::ListValue
            | Shape::Wrapper => self.known(message, out),
        }
    }

    /// An object of fields. `besides` is one key that is skipped because it is not a field: an Any's `@type`.
    fn object(
        &mut self,
        message: &'static Message,
        out: &mut Vec<u8>,
        besides: Option<&str>,
    ) -> Result<(), Fault> {
        if self.lexer.peek() != b'{' {
            return Err(self.lexer.expected("an object"));
        }
        if self.lexer.begin(b'}')? {
            return Ok(());
        }
        let mut seen = Seen::of(message);
        let mut besides = besides;
        let mut hint = 0;
        loop {
            let key = self.lexer.key()?;
            if let Some(place) = message.place_of_key(&key, hint) {
                hint = place + 1;
                let field = &message.fields[place];
                self.member(message, field, place, &mut seen, out)
                    .map_err(|fault| fault.in_field(field.json))?;
            } else if besides.is_some_and(|besides| besides == key) {
                besides = None;
                self.lexer.skip()?;
            } else if self.tables.json.ignores_unknown {
                self.lexer.skip()?;
            } else {
                return Err(Fault::new("is not a known field").in_field(&key));
            }
            if !self.lexer.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn member(
        &mut self,
        message: &'static Message,
        field: &'static Field,
        place: usize,
        seen: &mut Seen,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if seen.is_repeated(place) {
            return Err(Fault::new("is given twice"));
        }
        let present = self.field(field, out)?;
        if let Some(oneof) = field.oneof
            && present
            && seen.is_repeated(message.fields.len() + usize::from(oneof))
        {
            return Err(Fault::new("excludes another field that is given"));
        }
        Ok(())
    }

    /// A field's value with its tag, or with one tag per element.
    fn field(&mut self, field: &'static Field, out: &mut Vec<u8>) -> Result<IsPresent, Fault> {
        if self.lexer.peek() == b'n' && !takes_null(field) {
            self.lexer.word("null")?;
            return Ok(false);
        }
        let mark = out.len();
        match field.label {
            Label::Implicit | Label::Explicit => {
                wire::put_tag(out, field.number, wire::wire_of(field.kind));
                let is_default = self.value(field, out)?;
                let is_ignored = self.take_ignored();
                if is_ignored || (is_default && field.label == Label::Implicit) {
                    out.truncate(mark);
                }
                return Ok(!is_ignored);
            }
            Label::Repeated { packed } => self.list(field, packed, out)?,
            Label::Map => self.map(field, out)?,
        }
        Ok(true)
    }

    /// One value, without its tag.
    fn value(&mut self, field: &'static Field, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
        let Some(message) = field.kind.message() else {
            return self.scalar(field.kind, out);
        };
        if matches!(field.kind, Kind::Group(_)) {
            self.message(message, out)?;
            wire::put_tag(out, field.number, wire::GROUP_END);
            return Ok(false);
        }
        let start = wire::open(out);
        self.message(message, out)?;
        let empty = out.len() == start;
        wire::close(out, start);
        Ok(empty)
    }

    /// Whether the value just read is ignored.
    fn take_ignored(&mut self) -> bool {
        std::mem::take(&mut self.is_ignored)
    }

    fn scalar(&mut self, kind: Kind, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
        match self.lexer.peek() {
            b'"' => {
                let text = self.lexer.string()?;
                if self.tables.json.ignores_unknown
                    && let Kind::Enum(described) = kind
                    && described.number(&text).is_none()
                {
                    self.is_ignored = true;
                    return Ok(true);
                }
                scalar::put_string(kind, &text, out)
            }
            b'-' | b'0'..=b'9' => {
                let text = self.lexer.number()?;
                scalar::put_number(kind, text, out)
            }
            b't' if matches!(kind, Kind::Bool) => {
                self.lexer.word("true")?;
                Ok(scalar::put_bool(true, out))
            }
            b'f' if matches!(kind, Kind::Bool) => {
                self.lexer.word("false")?;
                Ok(scalar::put_bool(false, out))
            }
            b'n' if is_null_value(kind) => {
                self.lexer.word("null")?;
                out.push(0);
                Ok(true)
            }
            _ => Err(self.lexer.expected(scalar::noun(kind))),
        }
    }
}

/// Whether `null` is a value of this field; for other fields it means that the field has no value.
fn takes_null(field: &Field) -> bool {
    match field.label {
        Label::Repeated { .. } | Label::Map => false,
        Label::Implicit | Label::Explicit => {
            is_null_value(field.kind)
                || matches!(field.kind, Kind::Message(message) if message.shape == Shape::Value)
        }
    }
}

fn is_null_value(kind: Kind) -> bool {
    matches!(kind, Kind::Enum(described) if described.null)
}
