//! Parses the metadata `idempotency-key`.

use http::{HeaderMap, HeaderName};

use crate::error::Error;

/// The metadata's name.
const NAME: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest key, in characters, unquoted.
const KEY_CHARS_MAX: usize = 255;

/// The key without quotes; `None` without such metadata. Error: KeyInvalid.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let mut values = headers.get_all(NAME).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Error::KeyInvalid);
    }
    let key = unquote(value.as_bytes()).ok_or(Error::KeyInvalid)?;
    let visible = key.iter().all(u8::is_ascii_graphic);
    if key.is_empty() || key.len() > KEY_CHARS_MAX || !visible {
        return Err(Error::KeyInvalid);
    }
    String::from_utf8(key)
        .map(Some)
        .map_err(|_| Error::KeyInvalid)
}

/// The value of an RFC 8941 string, or the bare bytes; `None` for an unterminated string or text after its end.
fn unquote(value: &[u8]) -> Option<Vec<u8>> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        return Some(value.to_vec());
    };
    let mut text = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter();
    loop {
        match *bytes.next()? {
            b'"' => break,
            b'\\' => match *bytes.next()? {
                escaped @ (b'"' | b'\\') => text.push(escaped),
                _ => return None,
            },
            byte => text.push(byte),
        }
    }
    bytes.next().is_none().then_some(text)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read_one(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(NAME, HeaderValue::from_bytes(value).expect("a header"));
        match read(&headers) {
            Ok(key) => Some(key.expect("there is one")),
            Err(Error::KeyInvalid) => None,
            Err(other) => panic!("unexpected {other}"),
        }
    }

    #[test]
    fn a_request_without_the_header_has_no_key() {
        assert!(matches!(read(&HeaderMap::new()), Ok(None)));
    }

    #[test]
    fn the_quoted_form_equals_the_bare_key() {
        assert_eq!(read_one(b"k-1").as_deref(), Some("k-1"));
        assert_eq!(read_one(b"\"k-1\"").as_deref(), Some("k-1"));
        assert_eq!(read_one(br#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
        assert_eq!(read_one(br#"a"b\c"#).as_deref(), Some(r#"a"b\c"#));
    }

    #[test]
    fn a_malformed_key_is_refused() {
        for value in [
            &b""[..],
            b"\"\"",
            b"\"",
            b"\"open",
            b"\"k\"x",
            b"\"k\";a=1",
            br#""bad \n escape""#,
            b"a b",
            b"\"a b\"",
            b"a\tb",
            "clé".as_bytes(),
        ] {
            assert_eq!(read_one(value), None, "{value:?}");
        }
    }

    #[test]
    fn a_key_has_up_to_255_characters_quotes_not_counted() {
        let longest = "k".repeat(255);
        assert_eq!(read_one(longest.as_bytes()), Some(longest.clone()));
        let quoted = format!("\"{longest}\"");
        assert_eq!(read_one(quoted.as_bytes()), Some(longest.clone()));
        assert_eq!(read_one(format!("{longest}k").as_bytes()), None);
        assert_eq!(read_one(format!("\"{longest}k\"").as_bytes()), None);
    }

    #[test]
    fn two_headers_are_refused_even_when_they_agree() {
        let mut headers = HeaderMap::new();
        headers.append(NAME, HeaderValue::from_static("k"));
        headers.append(NAME, HeaderValue::from_static("k"));
        assert!(matches!(read(&headers), Err(Error::KeyInvalid)));
    }

    proptest! {
        #[test]
        fn quoting_never_changes_a_key(key in "[!-~]{1,255}") {
            prop_assume!(!key.starts_with('"'));
            let quoted = format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""));
            prop_assert_eq!(read_one(quoted.as_bytes()), Some(key.clone()));
            prop_assert_eq!(read_one(key.as_bytes()), Some(key));
        }
    }
}
