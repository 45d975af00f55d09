//! Strict percent-decoding: `%` and two hexadecimal digits, to UTF-8. Knows no routes.

use std::borrow::Cow;

/// Decodes one segment of a path; none when it is malformed.
#[must_use]
pub fn segment(text: &str) -> Option<Cow<'_, str>> {
    decode(text, false, false)
}

/// Decodes one segment of a path except for `%2F`, so that segments can be joined by slashes; none when it is
/// malformed.
#[must_use]
pub fn reserved(text: &str) -> Option<Cow<'_, str>> {
    decode(text, true, false)
}

/// Decodes the name or the value of a query parameter, where `+` is a space; none when it is malformed.
#[must_use]
pub fn parameter(text: &str) -> Option<Cow<'_, str>> {
    decode(text, false, true)
}

fn decode(text: &str, keep_slash: bool, plus_is_space: bool) -> Option<Cow<'_, str>> {
    let special = |byte: u8| byte == b'%' || (plus_is_space && byte == b'+');
    if !text.bytes().any(special) {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let digits = bytes.get(at + 1..at + 3)?;
                let high = (digits[0] as char).to_digit(16)?;
                let low = (digits[1] as char).to_digit(16)?;
                let byte = (high << 4 | low) as u8;
                if byte == b'/' && keep_slash {
                    out.extend_from_slice(&bytes[at..at + 3]);
                } else {
                    out.push(byte);
                }
                at += 3;
            }
            b'+' if plus_is_space => {
                out.push(b' ');
                at += 1;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_decoded_strictly() {
        assert_eq!(segment("a%20b%3Ac%2Fd").as_deref(), Some("a b:c/d"));
        assert_eq!(reserved("a%20b%2fd").as_deref(), Some("a b%2fd"));
        assert_eq!(parameter("a+b%2B").as_deref(), Some("a b+"));
        assert_eq!(segment("a+b").as_deref(), Some("a+b"));
        for broken in ["%", "%4", "%zz", "%+1", "%ff", "a%c3"] {
            assert_eq!(segment(broken), None, "{broken}");
        }
    }
}
