//! Places in the code that pages cite: the file exists, and defines each name that is cited from it.
//!
//! A citation is `path.rs::name`, or `path.rs` alone between backquotes. The path is relative to `service/src`, or to the
//! root where it starts with a folder of the root. Does not check what a page says about a place.

use crate::source::is_word;
use crate::tree::{File, Tree};

const EXTENSION: &str = ".rs";
const SEPARATOR: &str = "::";
/// Where the paths of pages begin that name no folder of the root.
const BASE: &str = "service/src";
/// The pages that are checked, beside those below `docs/`.
const PAGES: &[&str] = &["README.md", "CONTRIBUTING.md"];
/// Words that a definition begins with.
const KEYWORDS: &[&str] = &[
    "fn", "struct", "enum", "trait", "type", "const", "static", "mod",
];

/// A cited place: a file, and what it is said to define; no names for a file alone.
#[derive(Debug, PartialEq, Eq)]
struct Place<'p> {
    line: usize,
    path: &'p str,
    names: Vec<&'p str>,
}

/// The citations of a page that lead nowhere; none on a page that is not checked.
pub(crate) fn broken(page: &File, tree: &Tree) -> Vec<String> {
    if !PAGES.contains(&page.path.as_str()) && !page.path.starts_with("docs/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for place in places(&page.text) {
        let from = format!("{}:{}", page.path, place.line);
        let path = from_root(place.path, tree);
        let Some(file) = tree.file(&path) else {
            found.push(format!("{from}: {path} does not exist"));
            continue;
        };
        let missing = place
            .names
            .iter()
            .filter(|name| !defines(file.code(), name));
        found.extend(missing.map(|name| format!("{from}: {path} does not define `{name}`")));
    }
    found
}

fn from_root(path: &str, tree: &Tree) -> String {
    match path.split_once('/') {
        Some((folder, _)) if tree.holds(folder) => path.to_owned(),
        Some(_) | None => format!("{BASE}/{path}"),
    }
}

fn places(text: &str) -> Vec<Place<'_>> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (at, _) in line.match_indices(EXTENSION) {
            let end = at + EXTENSION.len();
            let before = line[..at].rsplit(|c: char| !is_path(c)).next();
            let start = at - before.map_or(0, str::len);
            let (path, rest) = (&line[start..end], &line[end..]);
            let names = names(rest);
            let alone = line[..start].ends_with('`') && rest.starts_with('`');
            if start < at && (!names.is_empty() || (alone && path.contains('/'))) {
                found.push(Place {
                    line: index + 1,
                    path,
                    names,
                });
            }
        }
    }
    found
}

/// The names of `::name` or `::Type::method` at the start of a text.
fn names(mut text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    while let Some(rest) = text.strip_prefix(SEPARATOR) {
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        found.push(&rest[..end]);
        text = &rest[end..];
    }
    found
}

fn is_path(c: char) -> bool {
    is_word(c) || matches!(c, '/' | '.' | '-')
}

/// Whether code defines a function, type or module of this name, or implements a type of this name.
fn defines(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        if name.is_empty() || after.starts_with(is_word) || before.ends_with(is_word) {
            return false;
        }
        let last = before.trim_end().rsplit(|c: char| !is_word(c)).next();
        let is_definition = last.is_some_and(|word| KEYWORDS.contains(&word));
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
        is_definition || line.starts_with("impl")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let turn =
            "struct Turn;\nimpl<'a> Turn<'a> {\n    pub fn next(&mut self) { self.load() }\n}\n";
        Tree::planted(&[
            ("gateway", ""),
            (
                "gateway/src/lib.rs",
                "pub const fn tables() {}\n// fn gone() {}\n",
            ),
            ("service/src/saga/turn.rs", turn),
            (
                "service/src/engine/step_in.rs",
                "impl<J: Journal> Engine<J> { fn step_in() {} }\n",
            ),
        ])
    }

    fn found(text: &str) -> Vec<String> {
        broken(&File::planted("docs/a.md", text), &tree())
    }

    #[test]
    fn a_place_that_exists_is_accepted() {
        let text = "See `saga/turn.rs::Turn::next`, `saga/turn.rs::next` and\n\
                    [`engine/step_in.rs::Engine::step_in`](x), gateway/src/lib.rs::tables; `saga/turn.rs`.\n";
        assert_eq!(found(text), Vec::<String>::new());
        assert_eq!(places(text).len(), 5);
    }

    #[test]
    fn a_missing_file_and_a_missing_name_are_found() {
        let text = "`saga/gone.rs::next` `saga/turn.rs::load`\n`gateway/src/lib.rs::gone` `gateway/lib.rs` `saga/turn.rs::`\n";
        assert_eq!(
            found(text),
            [
                "docs/a.md:1: service/src/saga/gone.rs does not exist",
                "docs/a.md:1: service/src/saga/turn.rs does not define `load`",
                "docs/a.md:2: gateway/src/lib.rs does not define `gone`",
                "docs/a.md:2: gateway/lib.rs does not exist",
                "docs/a.md:2: service/src/saga/turn.rs does not define ``",
            ]
        );
    }

    #[test]
    fn names_of_files_without_a_folder_and_other_pages_are_not_checked() {
        assert_eq!(
            found("`foo.rs`, gone/a.rs and `b.rs` → `c`"),
            Vec::<String>::new()
        );
        let page = File::planted("CHANGELOG.md", "`gone/a.rs::b`");
        assert_eq!(broken(&page, &tree()), Vec::<String>::new());
    }
}
