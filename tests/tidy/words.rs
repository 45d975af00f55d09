//! Words that the prose of this project avoids, in the comments of Rust files and on the pages.
//!
//! Names and string literals in code do not count, nor does what stands between backquotes.

use crate::source::comments;
use crate::tree::File;

/// Riddle pronouns, and everyday verbs in the place of a technical term.
const WORDS: &[&str] = &[
    "whoever",
    "somebody",
    "nobody",
    "anybody",
    "hears",
    "tells",
    "told",
    "mend",
    "beget",
    "by and by",
];

/// How often these words may still occur. The count has to fall; it never rises.
pub(crate) const WORDS_MAX: usize = 10;

/// The pages that are checked, beside those below `docs/`.
const PAGES: &[&str] = &["README.md", "CONTRIBUTING.md"];

/// The words in the comments of a Rust file.
pub(crate) fn in_comments(file: &File) -> Vec<String> {
    found(file, comments(&file.text).into_iter())
}

/// The words on a page; none on a page that is not checked.
pub(crate) fn on_page(page: &File) -> Vec<String> {
    if !PAGES.contains(&page.path.as_str()) && !page.path.starts_with("docs/") {
        return Vec::new();
    }
    let lines = page.text.lines().enumerate();
    found(page, lines.map(|(index, line)| (index + 1, line)))
}

fn found<'a>(file: &File, lines: impl Iterator<Item = (usize, &'a str)>) -> Vec<String> {
    let words: Vec<(usize, String)> = lines
        .flat_map(|(number, line)| words(line).into_iter().map(move |word| (number, word)))
        .collect();
    let mut found = Vec::new();
    for (index, (line, _)) in words.iter().enumerate() {
        for phrase in WORDS {
            let mut here = words[index..].iter();
            // A phrase may go over the end of a line, but not further.
            let same = phrase.split(' ').all(|expected| {
                here.next()
                    .is_some_and(|(at, word)| word == expected && at - line <= 1)
            });
            if same {
                found.push(format!("{}:{line}: `{phrase}`", file.path));
            }
        }
    }
    found
}

/// The words of a line in lower case, without what stands between backquotes.
fn words(line: &str) -> Vec<String> {
    let prose = line.split('`').step_by(2);
    prose
        .flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_in_a_comment_is_found_and_one_in_code_is_not() {
        let text = "//! Nobody, by and\n//! by.\nlet told = \"tells\"; // told, retold\n/// `hears` and told_off\n";
        assert_eq!(
            in_comments(&File::planted("a.rs", text)),
            ["a.rs:1: `nobody`", "a.rs:1: `by and by`", "a.rs:3: `told`"]
        );
    }

    #[test]
    fn a_word_on_a_page_is_found_where_pages_are_checked() {
        let text = "# A\nSomebody `told`\n";
        assert_eq!(
            on_page(&File::planted("docs/decisions/a.md", text)),
            ["docs/decisions/a.md:2: `somebody`"]
        );
        assert!(on_page(&File::planted("CHANGELOG.md", text)).is_empty());
    }
}
