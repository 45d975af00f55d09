//! Rules about names: of modules, tests and migrations.
//!
//! Looks at names only, and not at what is inside.

use crate::source::is_word;
use crate::tree::File;

/// Module names that do not describe a content.
const MEANINGLESS: &[&str] = &[
    "mod", "util", "utils", "helper", "helpers", "common", "manager", "types", "misc",
];

/// The fewest words of a test's name.
const WORDS_MIN: usize = 3;

/// Holds the macro that makes two tests of one scenario; the scenario has the name.
const TWICE: &str = "tests/src/lib.rs";

pub(crate) fn meaningless(file: &File) -> Vec<String> {
    let parts = file.path.trim_end_matches(".rs").split('/');
    parts
        .filter(|part| MEANINGLESS.contains(part))
        .map(|part| {
            format!(
                "{}: `{part}` does not describe what the module holds",
                file.path
            )
        })
        .collect()
}

pub(crate) fn unnamed_tests(file: &File) -> Vec<String> {
    if file.path == TWICE {
        return Vec::new();
    }
    let names = tests(file.code());
    names
        .into_iter()
        .filter(|name| name.split('_').count() < WORDS_MIN)
        .map(|name| format!("{}: `{name}` has fewer than {WORDS_MIN} words", file.path))
        .collect()
}

/// The names of the functions marked as tests.
fn tests(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code
        .match_indices("test]")
        .chain(code.match_indices("test("))
    {
        let line_start = code[..at].rfind('\n').map_or(0, |end| end + 1);
        let attribute = code[line_start..at].trim_start();
        if !["#[", "#[tokio::"].contains(&attribute) {
            continue;
        }
        if let Some((_, after)) = code[at..].split_once("fn ") {
            names.push(after.chars().take_while(|c| is_word(*c)).collect());
        }
    }
    names
}

/// Migrations run in the order of their names, and only when they are listed.
pub(crate) fn unlisted_migrations(stems: &[String], listed: &str) -> Vec<String> {
    let listed = crate::source::code(listed);
    let mut found = Vec::new();
    for stem in stems.iter().filter(|stem| stem.starts_with('m')) {
        if stem == "main" {
            continue;
        }
        if !is_dated(stem) {
            found.push(format!(
                "{stem}: not `m<8 digits>_<6 digits>_<what_it_does>`"
            ));
        }
        for line in [format!("mod {stem};"), format!("{stem}::Migration")] {
            if !listed.contains(&line) {
                found.push(format!(
                    "{stem}: `{line}` is missing in migration/src/lib.rs"
                ));
            }
        }
    }
    found
}

fn is_dated(stem: &str) -> bool {
    let mut parts = stem.splitn(3, '_');
    let digits = |part: Option<&str>, count: usize| {
        part.is_some_and(|p| p.len() == count && p.bytes().all(|b| b.is_ascii_digit()))
    };
    digits(parts.next().map(|part| &part[1..]), 8)
        && digits(parts.next(), 6)
        && parts.next().is_some_and(|what| !what.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meaningless_module_is_found() {
        assert_eq!(meaningless(&File::planted("a/utils/b.rs", "")).len(), 1);
        assert_eq!(meaningless(&File::planted("a/mod.rs", "")).len(), 1);
        assert!(meaningless(&File::planted("a/money.rs", "")).is_empty());
    }

    #[test]
    fn a_test_with_a_name_of_two_words_is_found() {
        let text =
            "#[test]\nfn works() {}\n#[tokio::test(flavor = \"x\")]\nasync fn it_works() {}\n";
        let found = unnamed_tests(&File::planted("a.rs", text));
        assert_eq!(found.len(), 2, "{found:?}");
        let text = "#[cfg(test)]\nmod a {}\n#[test]\nfn a_sentence_is_accepted() {}";
        assert!(unnamed_tests(&File::planted("a.rs", text)).is_empty());
    }

    #[test]
    fn an_unlisted_or_undated_migration_is_found() {
        let stems = ["lib", "m20250101_000001_orders", "m1_late"].map(str::to_owned);
        let listed = "mod m20250101_000001_orders;\nBox::new(m20250101_000001_orders::Migration)";
        let found = unlisted_migrations(&stems, listed);
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|finding| finding.starts_with("m1_late")));
    }
}
