//! The strings of JSON: escapes and surrogate pairs. Knows no other token.

use std::borrow::Cow;

use super::Lexer;
use crate::json::fault::Fault;

impl<'a> Lexer<'a> {
    /// Consumes a string, whose opening quote is next. Borrows its text where it has no escapes.
    #[inline]
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at + 1;
        let bytes = self.bytes();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    self.at = at + 1;
                    return Ok(Cow::Borrowed(&self.text[start..at]));
                }
                b'\\' => return self.escaped_string(start, at).map(Cow::Owned),
                0..0x20 => {
                    self.at = at;
                    return Err(self.malformed("a control character in a string"));
                }
                _ => at += 1,
            }
        }
        self.at = at;
        Err(self.malformed("a string has no end"))
    }

    #[cold]
    fn escaped_string(&mut self, start: usize, first: usize) -> Result<String, Fault> {
        let mut string = String::with_capacity(first - start + 16);
        string.push_str(&self.text[start..first]);
        self.at = first;
        loop {
            let plain = self.at;
            while self
                .bytes()
                .get(self.at)
                .is_some_and(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20))
            {
                self.at += 1;
            }
            string.push_str(&self.text[plain..self.at]);
            match self.bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                Some(_) => return Err(self.malformed("a control character in a string")),
                None => return Err(self.malformed("a string has no end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let escape = self.bytes().get(self.at + 1).copied();
        let plain = match escape {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            Some(_) | None => return Err(self.malformed("an unknown escape in a string")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// Consumes `\uXXXX`, or a surrogate pair. A surrogate alone is refused.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.hex4()?;
        let code = match first {
            0xD800..0xDC00 => {
                if self.bytes().get(self.at..self.at + 2) != Some(b"\\u") {
                    return Err(self.malformed("half a surrogate pair in a string"));
                }
                let second = self.hex4()?;
                if !(0xDC00..0xE000).contains(&second) {
                    return Err(self.malformed("half a surrogate pair in a string"));
                }
                0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
            }
            _ => first,
        };
        char::from_u32(code).ok_or_else(|| self.malformed("half a surrogate pair in a string"))
    }

    fn hex4(&mut self) -> Result<u32, Fault> {
        let digits = self
            .bytes()
            .get(self.at + 2..self.at + 6)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .ok_or_else(|| self.malformed("`\\u` without four hexadecimal digits"))?;
        let value = digits.iter().fold(0, |value, digit| {
            value << 4 | (*digit as char).to_digit(16).expect("checked above")
        });
        self.at += 6;
        Ok(value)
    }
}
