//! Rust text, as far as the rules need it: code without comments and literals, and code without its tests.
//!
//! No parser: it knows tokens and braces, and nothing of meaning.

/// The text with comments and the inside of literals blanked; lines stay where they are.
pub(crate) fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end > at {
            for &c in &chars[at..end] {
                out.push(if c == '\n' { '\n' } else { ' ' });
            }
            at = end;
        } else {
            out.push(chars[at]);
            at += 1;
        }
    }
    out
}

/// Where the comment or literal that begins here ends; `at` itself when none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |offset: usize| chars.get(at + offset).copied();
    match (chars[at], next(1)) {
        ('/', Some('/')) => find(chars, at, "\n"),
        ('/', Some('*')) => find(chars, at + 2, "*/") + 2,
        ('"', _) => string_end(chars, at + 1),
        ('r', Some('"' | '#')) if at == 0 || !is_word(chars[at - 1]) => raw_end(chars, at),
        ('\'', Some('\\')) => find(chars, at + 3, "'") + 1,
        ('\'', Some(_)) if next(2) == Some('\'') => at + 3,
        _ => at,
    }
    .min(chars.len())
}

fn string_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at; // a raw identifier
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    find(chars, at + 2 + hashes, &closing) + closing.len()
}

fn find(chars: &[char], from: usize, what: &str) -> usize {
    let what: Vec<char> = what.chars().collect();
    (from..chars.len())
        .find(|at| chars[*at..].starts_with(&what))
        .unwrap_or(chars.len())
}

pub(crate) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Splits code into what ships and what only tests see, blanking the rest of each.
pub(crate) fn split_tests(code: &str) -> (String, String) {
    const MARK: &str = "#[cfg(test)]";
    let mut shipped = code.to_owned();
    let mut tests = blank(code);
    let mut from = 0;
    while let Some(found) = shipped[from..].find(MARK) {
        let start = from + found;
        let end = item_end(&shipped, start + MARK.len());
        tests.replace_range(start..end, &code[start..end]);
        let blanked = blank(&code[start..end]);
        shipped.replace_range(start..end, &blanked);
        from = end;
    }
    (shipped, tests)
}

/// As many bytes, lines kept.
fn blank(text: &str) -> String {
    let bytes = text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' });
    bytes.collect()
}

/// Where the item that follows ends: at its `;`, or at the brace that closes it.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0;
    for (offset, byte) in code[from..].bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return from + offset + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 => return from + offset + 1,
            _ => {}
        }
    }
    code.len()
}

/// The line that this byte stands on, from 1.
pub(crate) fn line(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The first names of all paths that begin with `root::`, with their lines: `root::{a, b::c}` gives `a` and `b`.
pub(crate) fn names_below(code: &str, root: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices(root) {
        let before = code[..at].chars().next_back();
        let after = &code[at + root.len()..];
        if before.is_some_and(|c| is_word(c) || c == ':') || !after.starts_with("::") {
            continue;
        }
        let names = first_names(&after[2..]);
        found.extend(names.into_iter().map(|name| (line(code, at), name)));
    }
    found
}

fn first_names(path: &str) -> Vec<String> {
    let path = path.trim_start();
    let word = |text: &str| -> String { text.trim().chars().take_while(|c| is_word(*c)).collect() };
    let Some(group) = path.strip_prefix('{') else {
        return vec![word(path)];
    };
    let mut depth = 0;
    let mut entry = String::new();
    let mut entries = Vec::new();
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => entries.push(std::mem::take(&mut entry)),
            _ => {}
        }
        if c != ',' || depth > 0 {
            entry.push(c);
        }
    }
    entries.push(entry);
    let names = entries.iter().map(|entry| word(entry));
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_kept() {
        let text = "let a = \"crate::x\"; // crate::y\nlet b = r#\"crate::\"z\"#; /* crate::w\n*/ 'c' '\\'' <'a>";
        let code = code(text);
        assert!(!code.contains("crate"), "{code}");
        assert_eq!(code.matches('\n').count(), 2);
        assert!(code.contains("<'a>"), "a lifetime is no literal: {code}");
    }

    #[test]
    fn tests_are_told_from_what_ships() {
        let code =
            "use a;\n#[cfg(test)]\nmod tests { fn f() { g() } }\nuse b;\n#[cfg(test)]\nmod more;\n";
        let (shipped, tests) = split_tests(code);
        assert!(shipped.contains("use b") && !shipped.contains("mod"));
        assert!(tests.contains("g()") && tests.contains("mod more;") && !tests.contains("use"));
    }

    #[test]
    fn a_group_of_paths_gives_each_first_name() {
        let code = "use crate::{a, b::{c, d}, e::f};\nlet x = crate::g::h(); mycrate::i";
        let names: Vec<String> = names_below(code, "crate")
            .into_iter()
            .map(|(line, name)| format!("{line}{name}"))
            .collect();
        assert_eq!(names, ["1a", "1b", "1e", "2g"]);
    }
}
