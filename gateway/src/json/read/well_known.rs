//! Reads the special JSON of the well-known types. Knows no other message.

use crate::json::fault::{self, Fault};
use crate::json::wire;
use crate::table::{Message, Shape};

use super::Reader;
use super::string_message::put_message_string;

/// The key of an Any that holds the type URL.
const TYPE: &str = "@type";
/// The key of an Any that holds the payload, when the JSON of the payload is not an object of fields.
const VALUE: &str = "value";

impl Reader<'_> {
    pub(super) fn known(
        &mut self,
        message: &'static Message,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        match message.shape {
            Shape::Any => self.any(message, out),
            Shape::Struct => self.map(&message.fields[0], out),
            Shape::ListValue => self.list(&message.fields[0], false, out),
            Shape::Value => self.dynamic(message, out),
            Shape::Wrapper => {
                let field = &message.fields[0];
                let mark = out.len();
                wire::put_tag(out, field.number, wire::wire_of(field.kind));
                if self.scalar(field.kind, out)? {
                    out.truncate(mark);
                }
                Ok(())
            }
            Shape::Timestamp | Shape::Duration | Shape::FieldMask => {
                if self.lexer.peek() != b'"' {
                    return Err(self.lexer.expected("a string"));
                }
                let text = self.lexer.string()?;
                put_message_string(message, &text, out)
            }
            Shape::Plain | Shape::Empty | Shape::HttpBody => self.object(message, out, None),
        }
    }

    /// A `google.protobuf.Value`: the type of the JSON value chooses the field.
    fn dynamic(&mut self, message: &'static Message, out: &mut Vec<u8>) -> Result<(), Fault> {
        let number: u32 = match self.lexer.peek() {
            b'n' => 1,
            b'-' | b'0'..=b'9' => 2,
            b'"' => 3,
            b't' | b'f' => 4,
            b'{' => 5,
            b'[' => 6,
            _ => return Err(self.lexer.expected("a value")),
        };
        let field = &message.fields[number as usize - 1];
        wire::put_tag(out, number, wire::wire_of(field.kind));
        self.value(field, out).map(|_| ())
    }

    fn any(&mut self, message: &'static Message, out: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(type_url) = self.type_url()? else {
            return Ok(());
        };
        let name = type_url.rsplit_once('/').map(|(_, name)| name);
        let payload = name
            .and_then(|name| self.tables.message(name))
            .ok_or_else(|| {
                Fault::new(format!(
                    "names no known message: {:?}",
                    fault::clip(&type_url)
                ))
                .in_field(TYPE)
            })?;
        let [type_field, value_field] = message.fields else {
            unreachable!("an Any has a type and a value");
        };
        wire::put_tag(out, type_field.number, wire::DELIMITED);
        wire::put_bytes(out, type_url.as_bytes());
        let mark = out.len();
        wire::put_tag(out, value_field.number, wire::DELIMITED);
        let start = wire::open(out);
        if matches!(payload.shape, Shape::Plain | Shape::HttpBody) {
            self.object(payload, out, Some(TYPE))?;
        } else {
            self.boxed(payload, out)?;
        }
        if out.len() == start {
            out.truncate(mark);
        } else {
            wire::close(out, start);
        }
        Ok(())
    }

    /// Looks ahead for `@type`, which may be any key of the object. None when the object is empty, and the Any with it.
    fn type_url(&mut self) -> Result<Option<String>, Fault> {
        if self.lexer.peek() != b'{' {
            return Err(self.lexer.expected("an object"));
        }
        let start = self.lexer.position();
        if self.lexer.begin(b'}')? {
            return Ok(None);
        }
        loop {
            if self.lexer.key()? == TYPE {
                if self.lexer.peek() != b'"' {
                    return Err(self.lexer.expected("a string").in_field(TYPE));
                }
                let type_url = self.lexer.string()?.into_owned();
                self.lexer.rewind(start);
                return Ok(Some(type_url));
            }
            self.lexer.skip()?;
            if !self.lexer.more(b'}')? {
                return Err(Fault::new("is required").in_field(TYPE));
            }
        }
    }

    /// `{"@type": …, "value": …}`.
    fn boxed(&mut self, payload: &'static Message, out: &mut Vec<u8>) -> Result<(), Fault> {
        let (mut types, mut values) = (0, 0);
        self.lexer.begin(b'}')?;
        loop {
            let key = self.lexer.key()?;
            match &*key {
                TYPE => {
                    types += 1;
                    self.lexer.skip()?;
                }
                VALUE => {
                    values += 1;
                    self.message(payload, out)
                        .map_err(|fault| fault.in_field(VALUE))?;
                }
                _ if self.tables.json.ignores_unknown => {
                    self.lexer.skip()?;
                    if !self.lexer.more(b'}')? {
                        break;
                    }
                    continue;
                }
                _ => return Err(Fault::new("is not a known field").in_field(&key)),
            }
            if types > 1 || values > 1 {
                return Err(Fault::new("is given twice").in_field(&key));
            }
            if !self.lexer.more(b'}')? {
                break;
            }
        }
        if values == 0 && payload.shape != Shape::Empty {
            return Err(Fault::new("is required").in_field(VALUE));
        }
        Ok(())
    }
}
