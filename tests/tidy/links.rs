//! Rules about pages: the target of a relative link exists in the tree.
//!
//! Does not check links to other hosts, nor anchors.

use crate::tree::File;

pub(crate) fn broken(page: &File, holds: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for target in targets(&page.text) {
        let path = target.split('#').next().unwrap_or_default();
        if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
            continue;
        }
        match resolve(&page.path, path) {
            Some(path) if holds(&path) => {}
            _ => found.push(format!("{}: `{target}` does not exist", page.path)),
        }
    }
    found
}

/// The targets `](…)` outside of fenced code.
fn targets(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for piece in line.split("](").skip(1) {
            let target = piece.split([')', ' ']).next().unwrap_or_default();
            found.push(target.to_owned());
        }
    }
    found
}

/// The path from the root, or none when it leaves the tree.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    if target.starts_with('/') {
        parts.clear();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_missing_file_is_found() {
        let text = "[a](b.md) [c](../d.md#part) [e](gone.md) [f](http://g) [h](#i)\n```\n[j](k)\n```\n[l](../../out.md)";
        let page = File::planted("docs/a.md", text);
        let found = broken(&page, |path| ["docs/b.md", "d.md"].contains(&path));
        assert_eq!(
            found,
            [
                "docs/a.md: `gone.md` does not exist",
                "docs/a.md: `../../out.md` does not exist"
            ]
        );
    }
}
