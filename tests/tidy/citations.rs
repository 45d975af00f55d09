//! Citations of the rules that decide races: each cited number exists on the page.
//!
//! Reads the comments of Rust files and all pages. Does not know what a rule says.

use std::collections::BTreeSet;

use crate::source::comments;
use crate::tree::File;

/// The page that defines the rules, each as `**Rule 7.**`.
pub(crate) const PAGE: &str = "docs/rules.md";

/// The numbers that the page defines, and what is wrong with them.
pub(crate) fn defined(page: &str) -> (BTreeSet<u32>, Vec<String>) {
    let mut numbers = BTreeSet::new();
    let mut found = Vec::new();
    for piece in page.split("**Rule ").skip(1) {
        let number = piece.split_once(".**").map(|(number, _)| number.parse());
        match number {
            Some(Ok(number)) if numbers.insert(number) => {}
            Some(Ok(number)) => found.push(format!("{PAGE}: rule {number} is defined twice")),
            Some(Err(_)) | None => {
                let start: String = piece.chars().take(20).collect();
                found.push(format!(
                    "{PAGE}: `**Rule {start}` is not `**Rule <number>.**`"
                ));
            }
        }
    }
    (numbers, found)
}

pub(crate) fn broken_in_comments(file: &File, defined: &BTreeSet<u32>) -> Vec<String> {
    broken(file, comments(&file.text).into_iter(), defined)
}

pub(crate) fn broken_on_page(page: &File, defined: &BTreeSet<u32>) -> Vec<String> {
    let lines = page.text.lines().enumerate();
    broken(page, lines.map(|(index, line)| (index + 1, line)), defined)
}

fn broken<'a>(
    file: &File,
    lines: impl Iterator<Item = (usize, &'a str)>,
    defined: &BTreeSet<u32>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (line, text) in lines {
        let missing = cited(text).into_iter().filter(|n| !defined.contains(n));
        found.extend(missing.map(|n| format!("{}:{line}: {PAGE} has no rule {n}", file.path)));
    }
    found
}

/// The numbers after `rule` or `rules`: `RULE 7`, `rules 1, 2 and 4`, `rules 21–23`, `rules 21 to 23`.
fn cited(text: &str) -> Vec<u32> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for (at, word) in lower.match_indices("rule") {
        let after = &lower[at + word.len()..];
        let after = after.strip_prefix('s').unwrap_or(after);
        if lower[..at].ends_with(char::is_alphanumeric) || !after.starts_with(' ') {
            continue;
        }
        found.extend(numbers(&after[1..]));
    }
    found
}

/// A list of numbers and ranges at the start of a text.
fn numbers(mut text: &str) -> Vec<u32> {
    const JOINTS: &[(&str, bool)] = &[
        (", and ", false),
        (", ", false),
        (" and ", false),
        (" or ", false),
        (" to ", true),
        ("–", true),
        ("-", true),
    ];
    let mut found: Vec<u32> = Vec::new();
    let mut range = false;
    loop {
        let end = text.find(|c: char| !c.is_ascii_digit());
        let (digits, rest) = text.split_at(end.unwrap_or(text.len()));
        let Ok(number) = digits.parse() else {
            return found;
        };
        let first = found
            .last()
            .filter(|_| range)
            .map_or(number, |last| last + 1);
        found.extend(first..=number);
        let joint = JOINTS.iter().find(|(joint, _)| rest.starts_with(joint));
        let Some((joint, is_range)) = joint else {
            return found;
        };
        range = *is_range;
        text = &rest[joint.len()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_of_a_missing_rule_is_found() {
        let (defined, wrong) = defined("**Rule 1.** A.\n\n**Rule 2.** B.\n");
        assert!(wrong.is_empty());
        let text =
            "// RULE 1 and rule 3\nlet a = \"rule 9\"; // rules 1–4, overrule 7, rules 7 days\n";
        let file = File::planted("a.rs", text);
        assert_eq!(
            broken_in_comments(&file, &defined),
            [
                "a.rs:1: docs/rules.md has no rule 3",
                "a.rs:2: docs/rules.md has no rule 3",
                "a.rs:2: docs/rules.md has no rule 4",
                "a.rs:2: docs/rules.md has no rule 7"
            ]
        );
        let page = File::planted("docs/a.md", "See\n[rules 1, 2, and 5](rules.md).\n");
        assert_eq!(
            broken_on_page(&page, &defined),
            ["docs/a.md:2: docs/rules.md has no rule 5"]
        );
    }

    #[test]
    fn lists_and_ranges_are_read_to_their_end() {
        assert_eq!(cited("Rules 1, 2 and 4; rule 9."), [1, 2, 4, 9]);
        assert_eq!(cited("(rules 21 to 23, RULE 3)"), [21, 22, 23, 3]);
        assert!(cited("the rule 'a' and rules of 3").is_empty());
    }

    #[test]
    fn a_rule_that_is_defined_twice_is_found() {
        let (_, wrong) = defined("**Rule 1.** A.\n**Rule 1.** B.\n**Rule x.** C.\n");
        assert_eq!(wrong.len(), 2, "{wrong:?}");
    }
}
