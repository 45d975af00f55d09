//! Doc comments of one to three words on public items: they repeat the name and give no unit, range or invariant.
//!
//! One with a digit or with code between backquotes gives a value, a format or a reference, and does not count.

use crate::tree::File;

/// The longest doc comment that says too little, in words.
const WORDS_MAX: usize = 3;

/// How many such comments may still exist. The count has to fall; it never rises.
pub(crate) const TERSE_MAX: usize = 10;

/// The terse doc comments on public items, and on the variants of enums, that ship.
pub(crate) fn docs(file: &File) -> Vec<String> {
    if file.only_tests {
        return Vec::new();
    }
    let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
    let shipped: Vec<&str> = file.shipped().lines().map(str::trim).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let is_doc = |line: &&&str| line.starts_with("///");
        let doc = lines[at..].iter().take_while(is_doc).count();
        if doc == 0 {
            at += 1;
            continue;
        }
        let text: Vec<&str> = lines[at..at + doc]
            .iter()
            .flat_map(|line| line.trim_start_matches('/').split_whitespace())
            .collect();
        let first = at;
        at += doc;
        let mut item = shipped.iter().skip(at).filter(|line| !line.is_empty());
        let is_public = item
            .find(|line| !line.starts_with('#'))
            .is_some_and(|line| public(line));
        let is_terse = text.len() <= WORDS_MAX;
        let text = text.join(" ");
        let gives_value = text.contains(|c: char| c == '`' || c.is_ascii_digit());
        if is_terse && is_public && !gives_value {
            found.push(format!("{}:{}: `{text}`", file.path, first + 1));
        }
    }
    found
}

/// Whether the line begins an item marked `pub`, or a variant.
fn public(line: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let name: String = line.chars().take_while(|c| word(*c)).collect();
    let rest = line[name.len()..].trim_start();
    let variant = name.starts_with(char::is_uppercase)
        && (rest.is_empty() || rest.starts_with([',', '(', '{', '=']));
    name == "pub" || variant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doc_comment_of_three_words_on_a_public_item_is_found() {
        let text = "/// Why.\npub struct A {\n    /// The amount due.\n    #[serde(default)]\n    pub(crate) b: u8,\n    /// Private.\n    c: u8,\n}\n";
        let found = docs(&File::planted("service/src/a.rs", text));
        assert_eq!(
            found,
            [
                "service/src/a.rs:1: `Why.`",
                "service/src/a.rs:3: `The amount due.`"
            ]
        );
    }

    #[test]
    fn variants_count_and_longer_docs_and_tests_do_not() {
        let text = "/// Short.\n/// Has a second line.\npub enum A {\n    /// Taken.\n    Taken,\n    /// At most 3.\n    Free,\n    /// `a:b`.\n    C,\n}\n#[cfg(test)]\nmod tests {\n    /// Why.\n    pub struct B;\n}\n";
        assert_eq!(docs(&File::planted("a.rs", text)), ["a.rs:4: `Taken.`"]);
        assert!(docs(&File::planted("tests/a.rs", text)).is_empty());
    }
}
