//! The modules of one crate, and the resolution of a path to the file that holds what it names.
//!
//! Follows `mod` declarations from `lib.rs` and `main.rs`, reads what ships, and follows `use` and `pub use` by name.
//! Macros and names of other crates are not resolved.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Lines, Origin, Path, paths};
use crate::source::{is_word, item_end};
use crate::tree::{File, Tree};

/// How many re-exports one path may pass; more is a circle of them.
const REEXPORTS_MAX: usize = 16;

/// The imports that lead from one file to another of the same crate, each with the first line that has it.
pub(crate) type Imports = BTreeMap<(String, String), usize>;

/// A module: a file, or a `mod name { … }` inside of one.
struct Module<'a> {
    file: &'a File,
    root: usize,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    paths: Vec<Path>,
    /// What a `use` declaration binds.
    names: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
    /// Names of the items that are defined here.
    items: BTreeSet<String>,
}

/// All modules of a crate that ship.
pub(crate) struct Modules<'a> {
    tree: &'a Tree,
    modules: Vec<Module<'a>>,
}

impl<'a> Modules<'a> {
    /// Reads the crate whose sources lie in this folder: `service/src`.
    pub(crate) fn read(tree: &'a Tree, folder: &str) -> Self {
        let mut modules = Self {
            tree,
            modules: Vec::new(),
        };
        for root in ["lib.rs", "main.rs"] {
            if let Some(file) = tree.file(&format!("{folder}/{root}")) {
                modules.add(file, None, folder, (0, file.shipped().len()));
            }
        }
        modules
    }

    /// Adds the module in these bytes of the file; `folder` is where the files of its children lie.
    fn add(
        &mut self,
        file: &'a File,
        parent: Option<usize>,
        folder: &str,
        range: (usize, usize),
    ) -> usize {
        let id = self.modules.len();
        self.modules.push(Module {
            file,
            root: parent.map_or(id, |parent| self.modules[parent].root),
            parent,
            children: BTreeMap::new(),
            paths: Vec::new(),
            names: BTreeMap::new(),
            globs: Vec::new(),
            items: BTreeSet::new(),
        });
        let mut own = file.shipped()[range.0..range.1].to_owned();
        for declared in declared_modules(&own) {
            let start = range.0 + declared.at;
            let child = if let Some((body, end)) = declared.body {
                own.replace_range(body..end, &" ".repeat(end - body));
                let folder = format!("{folder}/{}", declared.name);
                Some(self.add(file, Some(id), &folder, (range.0 + body, range.0 + end)))
            } else {
                self.child_file(file, folder, &declared.name, start)
                    .map(|child| {
                        let folder = format!("{folder}/{}", declared.name);
                        self.add(child, Some(id), &folder, (0, child.shipped().len()))
                    })
            };
            if let Some(child) = child {
                self.modules[id].children.insert(declared.name, child);
            }
        }
        self.read_names(id, &own, range.0);
        id
    }

    /// The file of `mod name;`: beside the children, or where `#[path = "…"]` says.
    fn child_file(&self, file: &File, folder: &str, name: &str, at: usize) -> Option<&'a File> {
        let before = file.text[..at].trim_end();
        let before = before.trim_end_matches(|c: char| is_word(c) || "() ".contains(c));
        let attribute = before.lines().next_back().unwrap_or_default();
        let written = attribute.strip_prefix("#[path = \"");
        let path = match written.and_then(|rest| rest.split_once('"')) {
            Some((path, _)) => {
                let (beside, _) = file.path.rsplit_once('/')?;
                format!("{beside}/{path}")
            }
            None => format!("{folder}/{name}.rs"),
        };
        self.tree.file(&path)
    }

    /// `own` begins at byte `start` of the file.
    fn read_names(&mut self, id: usize, own: &str, start: usize) {
        let module = &mut self.modules[id];
        module.items = items(own);
        for mut path in paths(own) {
            path.at += start;
            match &path.origin {
                Origin::Use { glob: true, .. } => module.globs.push(path.segments.clone()),
                Origin::Use {
                    name: Some(name), ..
                } => {
                    module.names.insert(name.clone(), path.segments.clone());
                }
                Origin::Use { .. } | Origin::Inline => {}
            }
            module.paths.push(path);
        }
    }

    /// The imports between files. A `pub use` of what lies below the module is none, also where the module itself uses the
    /// name.
    pub(crate) fn imports(&self) -> Imports {
        let mut found = Imports::new();
        for (id, module) in self.modules.iter().enumerate() {
            let mut lines = Lines::of(module.file.shipped());
            for path in &module.paths {
                let line = lines.line(path.at);
                let Some(target) = self.resolve(id, &path.segments, 0) else {
                    continue;
                };
                let public = matches!(path.origin, Origin::Use { public: true, .. });
                if public && self.is_below(target, id) {
                    continue;
                }
                let to = &self.modules[target].file.path;
                if *to != module.file.path {
                    let import = (module.file.path.clone(), to.clone());
                    found.entry(import).or_insert(line);
                }
            }
        }
        found
    }

    fn is_below(&self, mut id: usize, above: usize) -> bool {
        while let Some(parent) = self.modules[id].parent {
            if parent == above {
                return true;
            }
            id = parent;
        }
        false
    }

    /// The module that holds what a path names; none when the path leads out of the crate.
    fn resolve(&self, from: usize, segments: &[String], passed: usize) -> Option<usize> {
        let module = &self.modules[from];
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => Some(self.walk(module.root, rest, passed)),
            "self" => Some(self.walk(from, rest, passed)),
            "super" => Some(self.walk(module.parent?, rest, passed)),
            name if module.children.contains_key(name) => Some(self.walk(from, segments, passed)),
            name => {
                let bound = module.names.get(name)?;
                if passed == REEXPORTS_MAX || bound.first() == Some(first) {
                    return None;
                }
                let path: Vec<String> = bound.iter().chain(rest).cloned().collect();
                self.resolve(from, &path, passed + 1)
            }
        }
    }

    /// Walks down from a module as far as the path names modules and re-exports.
    fn walk(&self, from: usize, segments: &[String], passed: usize) -> usize {
        let module = &self.modules[from];
        let Some((first, rest)) = segments.split_first() else {
            return from;
        };
        if let Some(child) = module.children.get(first) {
            return self.walk(*child, rest, passed);
        }
        if first == "super" {
            return module
                .parent
                .map_or(from, |parent| self.walk(parent, rest, passed));
        }
        if passed == REEXPORTS_MAX || module.items.contains(first) {
            return from;
        }
        if module.names.contains_key(first) {
            let followed = self.resolve(from, segments, passed + 1);
            return followed.unwrap_or(from);
        }
        for glob in &module.globs {
            let target = self.resolve(from, glob, passed + 1);
            if let Some(target) = target.filter(|target| self.provides(*target, first)) {
                return self.walk(target, segments, passed + 1);
            }
        }
        from
    }

    fn provides(&self, id: usize, name: &str) -> bool {
        let module = &self.modules[id];
        module.items.contains(name)
            || module.names.contains_key(name)
            || module.children.contains_key(name)
    }
}

struct Declared {
    name: String,
    /// Offset of the word `mod`.
    at: usize,
    /// Offsets of what stands between the braces; none for `mod name;`.
    body: Option<(usize, usize)>,
}

/// The modules that code declares, those inside of others aside.
fn declared_modules(code: &str) -> Vec<Declared> {
    let mut found = Vec::new();
    let mut inside = 0;
    for (at, _) in code.match_indices("mod ") {
        let after = &code[at + 4..];
        let name: String = after.chars().take_while(|c| is_word(*c)).collect();
        let rest = after[name.len()..].trim_start();
        if at < inside || name.is_empty() || code[..at].ends_with(is_word) {
            continue;
        }
        if rest.starts_with(';') {
            let body = None;
            found.push(Declared { name, at, body });
        } else if rest.starts_with('{') {
            let body = code.len() - rest.len() + 1;
            let end = item_end(code, at);
            inside = end;
            let body = Some((body, end.saturating_sub(1).max(body)));
            found.push(Declared { name, at, body });
        }
    }
    found
}

/// The names after the keywords that define an item.
fn items(code: &str) -> BTreeSet<String> {
    const KEYWORDS: &[&str] = &[
        "struct", "enum", "union", "fn", "trait", "type", "const", "static", "mod",
    ];
    let mut found = BTreeSet::new();
    let mut words = code.split(|c: char| !is_word(c)).filter(|w| !w.is_empty());
    while let Some(word) = words.next() {
        if KEYWORDS.contains(&word)
            && let Some(name) = words.next()
        {
            found.insert(name.to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each import as `from:line → to`, without the common folder.
    fn imports(files: &[(&str, &str)]) -> Vec<String> {
        let tree = Tree::planted(files);
        let imports = Modules::read(&tree, "a/src").imports();
        let short = |path: &str| path.trim_start_matches("a/src/").to_owned();
        let imports = imports.iter();
        imports
            .map(|((from, to), line)| format!("{}:{line} → {}", short(from), short(to)))
            .collect()
    }

    #[test]
    fn imports_by_crate_super_self_and_inline_paths_are_found() {
        let files = [
            ("a/src/lib.rs", "mod b;\nmod c;\n"),
            ("a/src/b.rs", "mod d;\nfn f() { d::g() }\n"),
            (
                "a/src/b/d.rs",
                "use super::super::c::X;\nfn g() { crate::b::f() }\n",
            ),
            (
                "a/src/c.rs",
                "use crate::b;\nfn h() { b::d::g(); self::X::new() }\nstruct X;\n",
            ),
        ];
        assert_eq!(
            imports(&files),
            [
                "b.rs:2 → b/d.rs",
                "b/d.rs:2 → b.rs",
                "b/d.rs:1 → c.rs",
                "c.rs:1 → b.rs",
                "c.rs:2 → b/d.rs"
            ]
        );
    }

    #[test]
    fn a_reexport_is_no_import_and_is_followed_to_the_child() {
        let files = [
            ("a/src/lib.rs", "mod b;\n"),
            (
                "a/src/b.rs",
                "mod c;\nmod d;\npub(crate) use c::{C, E as F};\npub use d::*;\n",
            ),
            (
                "a/src/b/c.rs",
                "use super::D;\npub struct C;\npub enum E {}\n",
            ),
            ("a/src/b/d.rs", "use crate::b::F;\npub struct D;\n"),
        ];
        assert_eq!(imports(&files), ["b/c.rs:1 → b/d.rs", "b/d.rs:1 → b/c.rs"]);
    }

    #[test]
    fn tests_and_modules_inside_a_file_are_left_out() {
        let files = [
            ("a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod c;\n"),
            (
                "a/src/b.rs",
                "mod inner { use super::X; use super::super::Y; }\n#[cfg(test)]\nmod tests { use crate::c::Z; }\n",
            ),
            ("a/src/c.rs", "use crate::b::X;\n"),
        ];
        assert_eq!(imports(&files), ["b.rs:1 → lib.rs"]);
    }

    #[test]
    fn a_path_attribute_is_followed() {
        let files = [
            (
                "a/src/main.rs",
                "#[path = \"main/b.rs\"]\nmod b;\nuse b::B;\n",
            ),
            ("a/src/main/b.rs", "use crate::run;\n"),
        ];
        assert_eq!(
            imports(&files),
            ["main.rs:3 → main/b.rs", "main/b.rs:1 → main.rs"]
        );
    }
}
