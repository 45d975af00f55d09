//! The length of functions, from the line of `fn` to the line of the closing brace.
//!
//! A function that is one table, of SQL or of enum variants, may be longer when the comment `MARK` stands above it.

use crate::paths::Lines;
use crate::source::is_word;
use crate::tree::File;

/// The most lines of a function, comments and blank lines included.
const LINES_MAX: usize = 70;

/// The comment line, among the attributes and comments directly above a function, that makes it an exception.
const MARK: &str = "// tidy: a table";

/// How many functions may carry the mark.
pub(crate) const TABLES_MAX: usize = 4;

/// How many functions without the mark may still be longer. The count has to fall; it never rises.
pub(crate) const TOO_LONG_MAX: usize = 0;

/// A function that has a body.
struct Function<'a> {
    name: &'a str,
    /// The line of `fn`, from 1.
    line: usize,
    lines: usize,
}

/// Functions that are too long and carry no mark.
pub(crate) fn too_long(file: &File) -> Vec<String> {
    judged(file, |function, marked| {
        (function.lines > LINES_MAX && !marked).then(|| format!("at most {LINES_MAX}"))
    })
}

/// Functions that are too long and carry the mark.
pub(crate) fn tables(file: &File) -> Vec<String> {
    judged(file, |function, marked| {
        (function.lines > LINES_MAX && marked).then(|| "a table".to_owned())
    })
}

/// Functions that carry the mark and do not need it.
pub(crate) fn needless_marks(file: &File) -> Vec<String> {
    judged(file, |function, marked| {
        (function.lines <= LINES_MAX && marked).then(|| format!("remove `{MARK}`"))
    })
}

fn judged(file: &File, rule: impl Fn(&Function<'_>, bool) -> Option<String>) -> Vec<String> {
    let text: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for function in functions(file.code()) {
        let above = text[..function.line - 1].iter().rev().map(|l| l.trim());
        let mut above = above.take_while(|l| l.starts_with("//") || l.starts_with("#["));
        if let Some(finding) = rule(&function, above.any(|l| l == MARK)) {
            let Function { name, line, lines } = function;
            found.push(format!(
                "{}:{line}: `{name}` has {lines} lines: {finding}",
                file.path
            ));
        }
    }
    found
}

fn functions(code: &str) -> Vec<Function<'_>> {
    let mut lines = Lines::of(code);
    let mut found = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let rest = &code[at + 3..];
        let name = &rest[..rest.find(|c| !is_word(c)).unwrap_or(rest.len())];
        if name.is_empty() || code[..at].ends_with(is_word) {
            continue;
        }
        if let Some(end) = body_end(code, at) {
            found.push(Function {
                name,
                line: lines.line(at),
                lines: code[at..end].matches('\n').count() + 1,
            });
        }
    }
    found
}

/// The end of the body; none for a declaration that ends with `;`.
fn body_end(code: &str, at: usize) -> Option<usize> {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (offset, byte) in code[at..].bytes().enumerate() {
        match byte {
            b'(' | b'[' => others += 1,
            b')' | b']' => others = others.saturating_sub(1),
            b';' if braces == 0 && others == 0 => return None,
            b'{' => braces += 1,
            b'}' if braces <= 1 => return (others == 0).then_some(at + offset),
            b'}' => braces -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(name: &str, lines: usize) -> String {
        let body = "    // a comment\n\n".repeat(lines / 2 - 1);
        format!("pub async fn {name}(a: [u8; 2]) -> {{ x: u8 }} {{\n{body}}}\n")
            .replace("-> { x: u8 } ", "")
    }

    #[test]
    fn a_function_of_more_than_70_lines_is_found() {
        let text = format!("trait A {{ fn declared(a: [u8; 2]); }}\n{}", long("f", 72));
        let file = File::planted("a.rs", &text);
        assert_eq!(too_long(&file), ["a.rs:2: `f` has 72 lines: at most 70"]);
        assert!(too_long(&File::planted("a.rs", &long("f", 70))).is_empty());
    }

    #[test]
    fn a_function_inside_of_another_is_measured_too() {
        let text = format!("mod a {{\nimpl B {{\n{}}}\n}}\n", long("f", 72));
        assert_eq!(too_long(&File::planted("a.rs", &text)).len(), 1);
        let text = format!("fn outer() {{\n{}}}\n", long("inner", 72));
        assert_eq!(too_long(&File::planted("a.rs", &text)).len(), 2);
    }

    #[test]
    fn a_marked_table_is_counted_and_a_needless_mark_is_found() {
        let marked = |lines| format!("{MARK}\n/// Docs.\n#[rustfmt::skip]\n{}", long("f", lines));
        let file = File::planted("a.rs", &marked(80));
        assert!(too_long(&file).is_empty() && needless_marks(&file).is_empty());
        assert_eq!(tables(&file), ["a.rs:4: `f` has 80 lines: a table"]);
        let file = File::planted("a.rs", &marked(20));
        assert!(tables(&file).is_empty());
        assert_eq!(needless_marks(&file).len(), 1);
    }
}
