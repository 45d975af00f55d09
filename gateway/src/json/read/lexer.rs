//! The tokens of JSON, strictly by RFC 8259. Knows no protobuf.

mod string;

use std::borrow::Cow;

use super::number;
use crate::json::fault::Fault;
use crate::limits::JSON_DEPTH_MAX;

/// Reads JSON text from the front. Its depth is bounded by [`JSON_DEPTH_MAX`].
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Lexer<'a> {
    /// # Errors
    /// The bytes are not UTF-8.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Fault::new(format!(
                "the JSON is not UTF-8 at byte {}",
                error.valid_up_to()
            ))
        })?;
        Ok(Self {
            text,
            at: 0,
            depth: 0,
        })
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The next byte that is not white space; 0 at the end.
    #[inline]
    pub(crate) fn peek(&mut self) -> u8 {
        while let Some(byte) = self.bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return *byte;
            }
            self.at += 1;
        }
        0
    }

    /// A position to [`Lexer::rewind`] to: byte offset and depth.
    pub(crate) fn position(&self) -> (usize, u32) {
        (self.at, self.depth)
    }

    pub(crate) fn rewind(&mut self, (at, depth): (usize, u32)) {
        self.at = at;
        self.depth = depth;
    }

    /// Refuses anything but white space before the end.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        if self.peek() == 0 && self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.malformed("text after the end of the value"))
        }
    }

    pub(crate) fn malformed(&self, what: &str) -> Fault {
        Fault::new(format!("the JSON is malformed at byte {}: {what}", self.at))
    }

    /// The fault of a value that has another type than `what`.
    pub(crate) fn expected(&mut self, what: &str) -> Fault {
        let found = match self.peek() {
            b'{' => "an object",
            b'[' => "a list",
            b'"' => "a string",
            b't' | b'f' => "a boolean",
            b'n' => "null",
            b'-' | b'0'..=b'9' => "a number",
            _ => return self.malformed("no value starts here"),
        };
        Fault::new(format!("must be {what}, not {found}"))
    }

    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == byte;
        if found {
            self.at += 1;
        }
        found
    }

    fn enter(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.depth += 1;
        if self.depth > JSON_DEPTH_MAX {
            return Err(Fault::new(format!(
                "is nested deeper than {JSON_DEPTH_MAX} levels"
            )));
        }
        Ok(())
    }

    /// Consumes `{` or `[`; when the object or list is empty, consumes its end as well and returns true.
    pub(crate) fn begin(&mut self, close: u8) -> Result<bool, Fault> {
        self.enter()?;
        let empty = self.eat(close);
        if empty {
            self.depth -= 1;
        }
        Ok(empty)
    }

    /// Consumes the comma or the end after an element; true when another element follows.
    #[inline]
    pub(crate) fn more(&mut self, close: u8) -> Result<bool, Fault> {
        match self.peek() {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            byte if byte == close => {
                self.at += 1;
                self.depth -= 1;
                Ok(false)
            }
            _ => Err(self.malformed("`,` or the end of the object or list is missing")),
        }
    }

    /// Consumes an object's next key and the colon.
    #[inline]
    pub(crate) fn key(&mut self) -> Result<Cow<'a, str>, Fault> {
        if self.peek() != b'"' {
            return Err(self.malformed("a key in quotes is missing"));
        }
        let key = self.string()?;
        if !self.eat(b':') {
            return Err(self.malformed("`:` is missing"));
        }
        Ok(key)
    }

    /// Consumes a number and returns its text.
    pub(crate) fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        let mut end = start;
        while self
            .bytes()
            .get(end)
            .is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        {
            end += 1;
        }
        let text = &self.text[start..end];
        if !number::is_number(text) {
            return Err(self.malformed("a malformed number"));
        }
        self.at = end;
        Ok(text)
    }

    /// Consumes `word`, which is `true`, `false` or `null`.
    pub(crate) fn word(&mut self, word: &str) -> Result<(), Fault> {
        let end = self.at + word.len();
        let follows = self.bytes().get(end).copied().unwrap_or(b' ');
        if self.bytes().get(self.at..end) != Some(word.as_bytes())
            || follows.is_ascii_alphanumeric()
            || follows == b'_'
        {
            return Err(self.malformed("an unknown word"));
        }
        self.at = end;
        Ok(())
    }

    /// Consumes one value of any type.
    pub(crate) fn skip(&mut self) -> Result<(), Fault> {
        match self.peek() {
            b'"' => self.string().map(|_| ()),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            b'-' | b'0'..=b'9' => self.number().map(|_| ()),
            b'[' => {
                if !self.begin(b']')? {
                    loop {
                        self.skip()?;
                        if !self.more(b']')? {
                            break;
                        }
                    }
                }
                Ok(())
            }
            b'{' => {
                if !self.begin(b'}')? {
                    loop {
                        self.key()?;
                        self.skip()?;
                        if !self.more(b'}')? {
                            break;
                        }
                    }
                }
                Ok(())
            }
            _ => Err(self.malformed("no value starts here")),
        }
    }
}
