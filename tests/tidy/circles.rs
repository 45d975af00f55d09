//! Circles of files: files that import each other, directly or through others.
//!
//! Works on the imports that `modules` finds; knows no syntax.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::modules::{Imports, Modules};
use crate::tree::Tree;

/// Folder, and how many of its files may still be in circles: the counts have to fall to 0. A folder may be absent.
const CIRCLES: &[(&str, usize)] = &[
    ("service/src/saga", 0),
    ("service/src/plans", 0),
    ("service/src/engine", 0),
    ("service/src/store", 0),
    ("service/src/app", 0),
    ("service/src/rpc", 0),
    ("service/src/participant", 0),
    ("service/src/idempotency", 0),
    ("service/src/middleware", 0),
    ("service/src/server", 0),
    ("service/src/audit", 0),
    ("service/src/vault", 0),
    ("service/src/config", 0),
    ("service/sandbox/src", 0),
    ("gateway/src", 0),
    ("gateway/codegen/src", 0),
];

/// The circles of every folder that has more files in them than it may have.
pub(crate) fn beyond_bounds(tree: &Tree) -> Vec<String> {
    beyond(tree, CIRCLES)
}

fn beyond(tree: &Tree, bounds: &[(&'static str, usize)]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Imports> = BTreeMap::new();
    let mut found = Vec::new();
    for (folder, bound) in bounds {
        let end = folder.find("/src").map_or(folder.len(), |at| at + 4);
        let imports = crates
            .entry(&folder[..end])
            .or_insert_with(|| Modules::read(tree, &folder[..end]).imports());
        let circles = circles(imports, folder);
        let files: usize = circles.iter().map(Circle::len).sum();
        if files > *bound {
            found.push(format!(
                "{folder}: {files} files in circles, at most {bound}"
            ));
            found.extend(circles.iter().map(Circle::to_string));
        }
    }
    found
}

/// Files of which each imports each other in the end.
struct Circle {
    /// A shortest way from the first file back to it.
    way: Vec<String>,
    /// All imports between the files.
    imports: Imports,
}

impl Circle {
    fn len(&self) -> usize {
        let files: BTreeSet<&String> = self.imports.keys().map(|(from, _)| from).collect();
        files.len()
    }
}

impl std::fmt::Display for Circle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "  {}", self.way.join(" → "))?;
        for ((from, to), line) in &self.imports {
            write!(f, "\n    {from}:{line} imports {to}")?;
        }
        Ok(())
    }
}

/// The circles among the files of a folder, and of the file that is named like it.
fn circles(imports: &Imports, folder: &str) -> Vec<Circle> {
    let inside = |path: &str| {
        let below = path.strip_prefix(folder);
        below.is_some_and(|rest| rest.starts_with('/') || rest == ".rs")
    };
    let mut imports = imports.clone();
    imports.retain(|(from, to), _| inside(from) && inside(to));
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in imports.keys() {
        next.entry(from).or_default().insert(to);
    }
    let reached: BTreeMap<&str, BTreeSet<&str>> = next
        .keys()
        .map(|file| (*file, ways(&next, file).into_keys().collect()))
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut found = Vec::new();
    for (file, reach) in &reached {
        if seen.contains(file) || !reach.contains(file) {
            continue;
        }
        let same = |other: &str| {
            reach.contains(other) && reached.get(other).is_some_and(|back| back.contains(file))
        };
        seen.extend(reach.iter().copied().filter(|other| same(other)));
        let mut between = imports.clone();
        between.retain(|(from, to), _| same(from) && same(to));
        found.push(Circle {
            way: way_back(&next, file),
            imports: between,
        });
    }
    found
}

/// The files that can be reached from one, each with the file before it on a shortest way.
fn ways<'a>(
    next: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    from: &'a str,
) -> BTreeMap<&'a str, &'a str> {
    let mut before = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(file) = queue.pop_front() {
        for to in next.get(file).into_iter().flatten() {
            if !before.contains_key(to) {
                before.insert(*to, file);
                queue.push_back(to);
            }
        }
    }
    before
}

fn way_back<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str) -> Vec<String> {
    let before = ways(next, from);
    let mut way = vec![from.to_owned()];
    let mut at = before.get(from);
    while let Some(file) = at {
        way.push((*file).to_owned());
        at = if *file == from {
            None
        } else {
            before.get(file)
        };
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let bounds = [("gateway/src", 0), ("service/src/saga", 0)];
        beyond(&Tree::planted(files), &bounds)
    }

    #[test]
    fn a_circle_of_files_is_found_and_printed_as_a_way() {
        let found = found(&[
            ("gateway/src/lib.rs", "mod a;\nmod b;\nmod c;\nmod d;\n"),
            ("gateway/src/a.rs", "use crate::b::B;\n"),
            ("gateway/src/b.rs", "fn f() { super::c::g() }\n"),
            ("gateway/src/c.rs", "use crate::a;\nuse crate::d;\n"),
            ("gateway/src/d.rs", ""),
        ]);
        assert_eq!(found[0], "gateway/src: 3 files in circles, at most 0");
        let lines: Vec<&str> = found[1].lines().map(str::trim).collect();
        assert_eq!(
            lines,
            [
                "gateway/src/a.rs → gateway/src/b.rs → gateway/src/c.rs → gateway/src/a.rs",
                "gateway/src/a.rs:1 imports gateway/src/b.rs",
                "gateway/src/b.rs:1 imports gateway/src/c.rs",
                "gateway/src/c.rs:1 imports gateway/src/a.rs"
            ]
        );
    }

    #[test]
    fn a_child_that_imports_from_its_parent_is_a_circle_when_the_parent_uses_it() {
        let used = [
            ("service/src/lib.rs", "mod saga;\n"),
            (
                "service/src/saga.rs",
                "mod a;\nuse a::A;\npub struct S(A);\n",
            ),
            ("service/src/saga/a.rs", "use super::S;\npub struct A;\n"),
        ];
        assert_eq!(found(&used).len(), 2);
        let mut exported = used;
        exported[1].1 = "mod a;\npub use a::A;\npub struct S;\n";
        assert!(found(&exported).is_empty());
    }

    #[test]
    fn files_of_another_folder_are_left_out() {
        let files = [
            ("service/src/lib.rs", "mod saga;\nmod rpc;\n"),
            ("service/src/saga.rs", "use crate::rpc::R;\n"),
            ("service/src/rpc.rs", "use crate::saga::S;\n"),
        ];
        assert!(found(&files).is_empty());
    }
}
