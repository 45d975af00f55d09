//! Rules about one file: its size, its header, its tests; and the median size of all files.

use crate::source::line;
use crate::tree::File;

/// The most lines of a Rust file.
const LINES_MAX: usize = 400;

/// The most lines of the median shipped file.
const MEDIAN_MAX: usize = 110;

/// The only file that may sleep: it polls with a deadline on behalf of the tests.
const WAITS: &str = "tests/src/wait.rs";

/// Folders of crates that only tests use.
const TEST_CRATES: &[&str] = &["fuzz/", "gateway/example/"];

pub(crate) fn too_long(file: &File) -> Vec<String> {
    let lines = file.lines();
    if lines <= LINES_MAX {
        return Vec::new();
    }
    vec![format!("{}: {lines} lines, at most {LINES_MAX}", file.path)]
}

/// The bound that the median of lines over all shipped files exceeds.
pub(crate) fn median_too_high<'a>(files: impl Iterator<Item = &'a File>) -> Vec<String> {
    let ships = |file: &&File| {
        let mut folders = TEST_CRATES.iter();
        !file.only_tests && !folders.any(|folder| file.path.starts_with(folder))
    };
    let mut lines: Vec<usize> = files.filter(ships).map(File::lines).collect();
    lines.sort_unstable();
    let median = lines.get(lines.len() / 2).copied().unwrap_or_default();
    if median <= MEDIAN_MAX {
        return Vec::new();
    }
    let count = lines.len();
    vec![format!(
        "the median of {count} files is {median} lines, at most {MEDIAN_MAX}"
    )]
}

pub(crate) fn without_header(file: &File) -> Vec<String> {
    if file.text.starts_with("//! ") {
        return Vec::new();
    }
    vec![format!(
        "{}: does not open with `//!`: say what the file owns, and what it does not know",
        file.path
    )]
}

pub(crate) fn ignored_tests(file: &File) -> Vec<String> {
    places(file, file.code(), &["#[ignore", "ignore = \""])
}

pub(crate) fn sleeping(file: &File) -> Vec<String> {
    if file.path == WAITS {
        return Vec::new();
    }
    places(file, file.tests(), &["sleep("])
}

pub(crate) fn left_for_later(file: &File) -> Vec<String> {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
    ];
    places(file, &file.text, &marks)
}

fn places(file: &File, text: &str, marks: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for mark in marks {
        for (at, _) in text.match_indices(mark) {
            found.push(format!("{}:{}: `{mark}`", file.path, line(text, at)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_401_lines_is_found() {
        let text = "//! x\n".repeat(401);
        assert_eq!(too_long(&File::planted("a.rs", &text)).len(), 1);
        let text = "//! x\n".repeat(400);
        assert!(too_long(&File::planted("a.rs", &text)).is_empty());
    }

    #[test]
    fn a_median_above_the_bound_is_found_and_tests_do_not_count() {
        let file = |path: &str, lines| File::planted(path, &"//! x\n".repeat(lines));
        let mut files = [
            file("service/src/a.rs", 110),
            file("service/src/b.rs", 20),
            file("service/src/c.rs", 300),
            file("tests/d.rs", 300),
            file("fuzz/src/e.rs", 300),
        ];
        assert!(median_too_high(files.iter()).is_empty());
        files[0] = file("service/src/a.rs", 111);
        assert_eq!(
            median_too_high(files.iter()),
            ["the median of 3 files is 111 lines, at most 110"]
        );
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        assert_eq!(without_header(&File::planted("a.rs", "use a;\n")).len(), 1);
        assert!(without_header(&File::planted("a.rs", "//! A.\n")).is_empty());
    }

    #[test]
    fn an_ignored_test_is_found() {
        let file = File::planted("a.rs", "#[test]\n#[ignore]\nfn f() {}");
        assert_eq!(ignored_tests(&file), ["a.rs:2: `#[ignore`"]);
        let quoted = File::planted("a.rs", "let a = \"#[ignore]\";");
        assert!(ignored_tests(&quoted).is_empty());
    }

    #[test]
    fn a_sleep_is_found_in_tests_only() {
        let text = "fn a() { sleep(1) }\n#[cfg(test)]\nmod tests {\n sleep(2); }";
        let found = sleeping(&File::planted("service/src/a.rs", text));
        assert_eq!(found, ["service/src/a.rs:4: `sleep(`"]);
        assert_eq!(sleeping(&File::planted("tests/a.rs", text)).len(), 2);
        assert!(sleeping(&File::planted(WAITS, text)).is_empty());
    }

    #[test]
    fn work_left_for_later_is_found_in_comments_too() {
        let text = concat!("// TO", "DO: more\ntodo", "!()");
        assert_eq!(left_for_later(&File::planted("a.rs", text)).len(), 2);
    }
}
