//! Lexes Rust text as far as the rules need it: code, comments, and the split between shipped code and tests.
//!
//! No parser: it knows tokens and brackets, and no grammar. All results keep the byte offsets of the source.

/// The attribute that makes the next item visible to tests only.
pub(crate) const CFG_TEST: &str = "#[cfg(test)]";

/// Comments and literals of a text.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Comment,
    Literal,
}

/// The text with comments and literals replaced by spaces; lines and byte offsets stay the same.
pub(crate) fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end, _) in regions(text) {
        out.push_str(&text[from..start]);
        out.push_str(&blank(&text[start..end]));
        from = end;
    }
    out.push_str(&text[from..]);
    out
}

/// The comments with the line, from 1, on which each begins; a block comment gives one entry per line.
pub(crate) fn comments(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut at, mut number) = (0, 1);
    for (start, end, kind) in regions(text) {
        number += newlines(&text[at..start]);
        at = start;
        if kind == Kind::Comment {
            let lines = text[start..end].lines().enumerate();
            found.extend(lines.map(|(offset, line)| (number + offset, line)));
        }
    }
    found
}

fn regions(text: &str) -> Vec<(usize, usize, Kind)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' | b'"' | b'r' | b'\'' => region_end(text, at).min(bytes.len()),
            _ => at,
        };
        if end > at {
            let kind = if bytes[at] == b'/' {
                Kind::Comment
            } else {
                Kind::Literal
            };
            found.push((at, end, kind));
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn region_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let next = |offset: usize| bytes.get(at + offset).copied();
    match (bytes[at], next(1)) {
        (b'/', Some(b'/')) => find(text, at, "\n"),
        (b'/', Some(b'*')) => find(text, at + 2, "*/") + 2,
        (b'"', _) => string_end(bytes, at + 1),
        (b'r', Some(b'"' | b'#')) if begins_literal(bytes, at) => raw_end(text, at),
        (b'\'', Some(b'\\')) => find(text, at + 3, "'") + 1,
        (b'\'', Some(_)) => char_end(text, at),
        _ => at,
    }
}

/// Whether the `r` at `at` is the prefix of a literal (`r`, `br`, `cr`) and not the end of a name.
fn begins_literal(bytes: &[u8], at: usize) -> bool {
    let word = |at: usize| bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_';
    match at {
        0 => true,
        1 => !word(0) || matches!(bytes[0], b'b' | b'c'),
        _ => !word(at - 1) || (matches!(bytes[at - 1], b'b' | b'c') && !word(at - 2)),
    }
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_end(text: &str, at: usize) -> usize {
    let hashes = text[at + 1..].bytes().take_while(|b| *b == b'#').count();
    if text.as_bytes().get(at + 1 + hashes) != Some(&b'"') {
        return at; // a raw identifier
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    find(text, at + 2 + hashes, &closing) + closing.len()
}

/// The end of a character literal of one character; a lifetime has no closing quote there.
fn char_end(text: &str, at: usize) -> usize {
    let inside = text[at + 1..].chars().next().map_or(1, char::len_utf8);
    let end = at + 1 + inside;
    if text.as_bytes().get(end) == Some(&b'\'') {
        return end + 1;
    }
    at
}

fn find(text: &str, from: usize, what: &str) -> usize {
    let from = from.min(text.len());
    text[from..].find(what).map_or(text.len(), |at| from + at)
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Splits code into what ships and what only tests see, and replaces the rest of each by spaces.
pub(crate) fn split_tests(code: &str) -> (String, String) {
    let (mut shipped, mut tests) = (String::new(), String::new());
    let mut from = 0;
    while let Some(found) = code[from..].find(CFG_TEST) {
        let start = from + found;
        let end = item_end(code, start + CFG_TEST.len());
        shipped.push_str(&code[from..start]);
        tests.push_str(&blank(&code[from..start]));
        shipped.push_str(&blank(&code[start..end]));
        tests.push_str(&code[start..end]);
        from = end;
    }
    shipped.push_str(&code[from..]);
    tests.push_str(&blank(&code[from..]));
    (shipped, tests)
}

/// Spaces, with the lines and the count of bytes of the text.
fn blank(text: &str) -> String {
    let bytes = text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' });
    bytes.collect()
}

/// Where the item that follows ends: after its `;`, or after the brace that closes it.
pub(crate) fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, byte) in code[from..].bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' if depth == 0 => return from + offset,
            b')' | b']' => depth -= 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return from + offset + 1;
                }
            }
            b';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// The line of this byte, from 1.
pub(crate) fn line(code: &str, at: usize) -> usize {
    newlines(&code[..at]) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_offsets_kept() {
        let text = "let a = \"crate::é\"; // crate::y\nlet b = br#\"crate::\"z\"#; /* crate::w\n*/ 'c' '\\'' 'é' <'a>";
        let code = code(text);
        assert!(!code.contains("crate") && code.is_ascii(), "{code}");
        assert_eq!(code.len(), text.len());
        assert_eq!(code.matches('\n').count(), 2);
        assert!(code.contains("<'a>"), "a lifetime is no literal: {code}");
    }

    #[test]
    fn comments_are_found_with_their_lines_and_strings_are_not() {
        let text = "//! a\nlet x = \"// no\"; // b\n/* c\nd */\n";
        assert_eq!(
            comments(text),
            [(1, "//! a"), (2, "// b"), (3, "/* c"), (4, "d */")]
        );
    }

    #[test]
    fn tests_are_separated_from_what_ships() {
        let code = "use a;\n#[cfg(test)]\nmod tests { fn f(a: [u8; 2]) { g() } }\nuse b;\n#[cfg(test)]\nmod more;\n";
        let (shipped, tests) = split_tests(code);
        assert!(shipped.contains("use b") && !shipped.contains("mod"));
        assert!(tests.contains("g()") && tests.contains("mod more;") && !tests.contains("use"));
        assert_eq!((shipped.len(), tests.len()), (code.len(), code.len()));
    }
}
