//! Field masks: `a.fooBar,b` in JSON, paths in snake case on the wire. Knows no fields: any path is accepted.

use crate::json::wire;

/// Appends the body of a FieldMask; none when a path would change on a round trip.
pub(crate) fn put(text: &str, out: &mut Vec<u8>) -> Option<()> {
    if text.is_empty() {
        return Some(());
    }
    for path in text.split(',') {
        if path.is_empty() {
            return None;
        }
        wire::put_tag(out, 1, wire::DELIMITED);
        let start = wire::open(out);
        for c in path.chars() {
            match c {
                '_' => return None,
                'A'..='Z' => {
                    out.push(b'_');
                    out.push(c.to_ascii_lowercase() as u8);
                }
                _ => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        wire::close(out, start);
    }
    Some(())
}

/// Appends one path in camel case; none when it would change on a round trip.
pub(crate) fn write(path: &str, out: &mut String) -> Option<()> {
    if path.is_empty() {
        return None;
    }
    let mut chars = path.chars();
    while let Some(c) = chars.next() {
        match c {
            'A'..='Z' | ',' => return None,
            '_' => match chars.next() {
                Some(next @ 'a'..='z') => out.push(next.to_ascii_uppercase()),
                Some(_) | None => return None,
            },
            _ => out.push(c),
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_change_case_and_survive_a_round_trip() {
        let mut out = Vec::new();
        put("fooBar.baz,qux", &mut out).expect("well formed");
        let mut expected = vec![0x0a, 11];
        expected.extend_from_slice(b"foo_bar.baz");
        expected.extend_from_slice(&[0x0a, 3]);
        expected.extend_from_slice(b"qux");
        assert_eq!(out, expected);
        let mut back = String::new();
        write("foo_bar.baz", &mut back).expect("well formed");
        assert_eq!(back, "fooBar.baz");
    }

    #[test]
    fn a_path_that_would_change_on_a_round_trip_is_refused() {
        assert_eq!(put("foo_bar", &mut Vec::new()), None);
        assert_eq!(put("a,,b", &mut Vec::new()), None);
        for path in ["", "a,b", "fooBar", "foo_", "foo__bar", "foo_3"] {
            assert_eq!(write(path, &mut String::new()), None, "{path}");
        }
    }
}
