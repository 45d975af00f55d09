//! The paths of Rust code: each leaf of a `use` declaration, and each `a::b::c` in expressions, types and attributes.
//!
//! Does not resolve them: that is for `modules`.

use crate::source::{is_word, line};

/// One path as written, without generic arguments.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Path {
    /// Byte offset of its `use` declaration, or of its first segment.
    pub(crate) at: usize,
    pub(crate) segments: Vec<String>,
    pub(crate) origin: Origin,
}

/// How a path came to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    Inline,
    /// A leaf of a `use` declaration; `name` is what it binds, none for `*` and `_`.
    Use {
        public: bool,
        glob: bool,
        name: Option<String>,
    },
}

/// All paths of a text without comments and literals, in the order of the text.
pub(crate) fn paths(code: &str) -> Vec<Path> {
    let bytes = code.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !starts_word(bytes[at]) {
            at += 1;
            continue;
        }
        let end = word_end(code, at);
        let continued = code[..at].ends_with([':', '.']) && !code[..at].ends_with("..");
        if &code[at..end] == "use" && !code[end..].trim_start().starts_with('<') {
            let stop = code[end..].find(';').map_or(code.len(), |stop| end + stop);
            let public = declaration_start(code, at).starts_with("pub");
            let mut tree = UseTree {
                text: &code[end..stop],
                leaves: Vec::new(),
            };
            tree.read(Vec::new());
            tree.leaves.retain(|(segments, _, _)| !segments.is_empty());
            found.extend(tree.leaves.into_iter().map(|(segments, glob, name)| Path {
                at,
                segments,
                origin: Origin::Use { public, glob, name },
            }));
            at = stop;
        } else if code[end..].starts_with("::") && !continued {
            let (segments, end) = inline(code, at);
            // `pub(in a::b)` restricts visibility and imports nothing.
            if !code[..at].ends_with("pub(in ") {
                found.push(Path {
                    at,
                    segments,
                    origin: Origin::Inline,
                });
            }
            at = end;
        } else {
            at = end;
        }
    }
    found
}

fn starts_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn word_end(code: &str, at: usize) -> usize {
    let end = code[at..].find(|c| !is_word(c));
    end.map_or(code.len(), |end| at + end)
}

/// What stands between the end of the declaration before and this offset: visibility.
fn declaration_start(code: &str, at: usize) -> &str {
    let start = code[..at].rfind([';', '{', '}', ']', '\n']);
    code[start.map_or(0, |start| start + 1)..at].trim_start()
}

fn inline(code: &str, at: usize) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    let mut at = at;
    loop {
        let end = word_end(code, at);
        if end > at {
            segments.push(code[at..end].to_owned());
        }
        at = end;
        let more = code[at..].strip_prefix("::");
        match more {
            Some(rest) if rest.bytes().next().is_some_and(starts_word) => at += 2,
            _ => return (segments, at),
        }
    }
}

/// Segments of a leaf, whether it is `*`, and the name that it binds.
type Leaf = (Vec<String>, bool, Option<String>);

struct UseTree<'a> {
    text: &'a str,
    leaves: Vec<Leaf>,
}

impl UseTree<'_> {
    /// Reads one tree, and leaves the text at the `,` or `}` that ends it.
    fn read(&mut self, mut segments: Vec<String>) {
        loop {
            self.text = self.text.trim_start().trim_start_matches("::").trim_start();
            if self.take("{") {
                return self.group(&segments);
            }
            if self.take("*") {
                return self.leaves.push((segments, true, None));
            }
            let word = self.word();
            match word.as_str() {
                "" => return,
                "self" if !segments.is_empty() => {}
                _ => segments.push(word),
            }
            if !self.text.trim_start().starts_with("::") {
                break;
            }
        }
        let name = if self.take("as ") {
            Some(self.word())
        } else {
            segments.last().cloned()
        };
        let name = name.filter(|name| name != "_");
        self.leaves.push((segments, false, name));
    }

    fn group(&mut self, segments: &[String]) {
        while !self.take("}") && !self.text.trim().is_empty() {
            let before = self.text.len();
            self.read(segments.to_vec());
            self.take(",");
            if self.text.len() == before {
                return; // not a `use` tree: a macro's fragment
            }
        }
    }

    fn take(&mut self, mark: &str) -> bool {
        let rest = self.text.trim_start().strip_prefix(mark);
        if let Some(rest) = rest {
            self.text = rest;
        }
        rest.is_some()
    }

    fn word(&mut self) -> String {
        let text = self.text.trim_start();
        let end = word_end(text, 0);
        self.text = &text[end..];
        text[..end].to_owned()
    }
}

/// Lines of many offsets of one text, asked for in rising order.
pub(crate) struct Lines<'a> {
    code: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn of(code: &'a str) -> Self {
        Self {
            code,
            at: 0,
            line: 1,
        }
    }

    pub(crate) fn line(&mut self, at: usize) -> usize {
        self.line += line(&self.code[self.at..], at - self.at) - 1;
        self.at = at;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(code: &str) -> Vec<String> {
        let paths = paths(code).into_iter();
        paths
            .map(|path| {
                let segments = path.segments.join("::");
                match path.origin {
                    Origin::Inline => segments,
                    Origin::Use { public, glob, name } => {
                        let public = if public { "pub " } else { "" };
                        let glob = if glob { "::*" } else { "" };
                        let name = name.unwrap_or_else(|| "_".to_owned());
                        format!("{public}use {segments}{glob} as {name}")
                    }
                }
            })
            .collect()
    }

    #[test]
    fn every_leaf_of_a_use_declaration_is_found() {
        let code = "pub(crate) use a::{self, b::{c, d as e}, f::*};\nuse crate::g as _;\n";
        assert_eq!(
            written(code),
            [
                "pub use a as a",
                "pub use a::b::c as c",
                "pub use a::b::d as e",
                "pub use a::f::* as _",
                "use crate::g as _"
            ]
        );
    }

    #[test]
    fn inline_paths_are_found_and_method_calls_are_not() {
        let code =
            "fn f() -> impl A + use<'_> { x.y::<u8>(); Vec::<crate::a::B>::new(); super::c::d(1) }";
        assert_eq!(written(code), ["Vec", "crate::a::B", "super::c::d"]);
    }

    #[test]
    fn a_restricted_visibility_is_not_a_path() {
        let code = "pub(in crate::a) fn f() -> crate::b::C {}";
        assert_eq!(written(code), ["crate::b::C"]);
    }

    #[test]
    fn offsets_become_lines() {
        let mut lines = Lines::of("a\nb\n\nc");
        assert_eq!([lines.line(0), lines.line(2), lines.line(5)], [1, 2, 4]);
    }
}
