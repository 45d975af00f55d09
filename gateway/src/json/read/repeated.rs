//! Converts JSON lists and maps to wire bytes. Knows no other values.

use std::borrow::Cow;

use super::scalar::{self, IsDefault};
use super::{Reader, parameter};
use crate::json::fault::Fault;
use crate::json::keys::Keys;
use crate::json::wire;
use crate::table::{Field, Kind, Message};

impl Reader<'_> {
    pub(super) fn list(
        &mut self,
        field: &'static Field,
        packed: bool,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        if self.lexer.peek() != b'[' {
            return Err(self.lexer.expected("a list"));
        }
        if self.lexer.begin(b']')? {
            return Ok(());
        }
        let run = packed.then(|| {
            wire::put_tag(out, field.number, wire::DELIMITED);
            wire::open(out)
        });
        let mut at = 0;
        loop {
            let mark = out.len();
            if !packed {
                wire::put_tag(out, field.number, wire::wire_of(field.kind));
            }
            self.value(field, out).map_err(|fault| fault.at_index(at))?;
            if self.take_ignored() {
                out.truncate(mark);
            }
            at += 1;
            if !self.lexer.more(b']')? {
                break;
            }
        }
        if let Some(start) = run {
            wire::close(out, start);
        }
        Ok(())
    }

    pub(super) fn map(&mut self, field: &'static Field, out: &mut Vec<u8>) -> Result<(), Fault> {
        let Kind::Message(entry) = field.kind else {
            unreachable!("a map's kind is its entry");
        };
        if self.lexer.peek() != b'{' {
            return Err(self.lexer.expected("an object"));
        }
        if self.lexer.begin(b'}')? {
            return Ok(());
        }
        let mut keys = Keys::default();
        loop {
            let key = self.lexer.key()?;
            let mark = out.len();
            wire::put_tag(out, field.number, wire::DELIMITED);
            let start = wire::open(out);
            self.entry(entry, &key, out)
                .map_err(|fault| fault.at_key(&key))?;
            wire::close(out, start);
            if self.take_ignored() {
                out.truncate(mark);
            }
            if keys.is_repeated(Cow::clone(&key)) {
                return Err(Fault::new("is given twice").at_key(&key));
            }
            if !self.lexer.more(b'}')? {
                return Ok(());
            }
        }
    }

    fn entry(
        &mut self,
        entry: &'static Message,
        key: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let [key_field, value_field] = entry.fields else {
            unreachable!("an entry has a key and a value");
        };
        let mark = out.len();
        wire::put_tag(out, key_field.number, wire::wire_of(key_field.kind));
        if map_key(key_field.kind, key, out)? {
            out.truncate(mark);
        }
        let mark = out.len();
        wire::put_tag(out, value_field.number, wire::wire_of(value_field.kind));
        if self.value(value_field, out)? {
            out.truncate(mark);
        }
        Ok(())
    }
}

/// Appends a map key. Each key has exactly one accepted spelling, so that different texts are different keys.
fn map_key(kind: Kind, key: &str, out: &mut Vec<u8>) -> Result<IsDefault, Fault> {
    if matches!(kind, Kind::String | Kind::Bool) {
        return parameter::put_parameter(kind, key, out);
    }
    let digits = key.strip_prefix('-').unwrap_or(key);
    let plain = key != "-0"
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    if plain {
        scalar::put_number(kind, key, out)
    } else {
        Err(Fault::new(format!(
            "has a key that is not {}",
            scalar::noun(kind)
        )))
    }
}
