//! The files of the repository, without build output, data, and vendored code.
//!
//! Knows folders, file endings, and which files only tests compile. Holds no rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::source::{CFG_TEST, code, split_tests};

/// Folders that the rules do not apply to, from the root.
const SKIPPED: &[&str] = &[".git", "target", "data", "proto/vendor", "gateway/vendor"];

/// One text file; its path is from the root, with `/`.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
    /// Whether only tests compile this file.
    pub(crate) only_tests: bool,
    code: OnceLock<String>,
    parts: OnceLock<(String, String)>,
}

impl File {
    fn new(path: String, text: String) -> Self {
        Self {
            only_tests: is_test_path(&path),
            path,
            text,
            code: OnceLock::new(),
            parts: OnceLock::new(),
        }
    }

    #[cfg(test)]
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self::new(path.to_owned(), text.to_owned())
    }

    /// The name without its ending.
    pub(crate) fn stem(&self) -> &str {
        let name = self
            .path
            .rsplit_once('/')
            .map_or(self.path.as_str(), |(_, name)| name);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The Rust code: comments and literals are replaced by spaces, and byte offsets stay those of `text`.
    pub(crate) fn code(&self) -> &str {
        self.code.get_or_init(|| code(&self.text))
    }

    /// The code that ships; empty for a file that only tests compile.
    pub(crate) fn shipped(&self) -> &str {
        if self.only_tests {
            return "";
        }
        &self.parts.get_or_init(|| split_tests(self.code())).0
    }

    /// The code that only tests compile.
    pub(crate) fn tests(&self) -> &str {
        if self.only_tests {
            return self.code();
        }
        &self.parts.get_or_init(|| split_tests(self.code())).1
    }
}

/// Whether a file is test code by its place and name alone.
fn is_test_path(path: &str) -> bool {
    path.starts_with("tests/")
        || path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || path.ends_with("_tests.rs")
}

/// All files, read once.
#[derive(Debug)]
pub(crate) struct Tree {
    paths: BTreeSet<String>,
    texts: BTreeMap<String, File>,
}

impl Tree {
    pub(crate) fn read() -> Self {
        let root = root();
        let mut tree = Self {
            paths: BTreeSet::new(),
            texts: BTreeMap::new(),
        };
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of the repository is readable") {
                let path = entry.expect("an entry of a folder is readable").path();
                tree.take(&root, path, &mut folders);
            }
        }
        tree.mark_tests();
        tree
    }

    /// A tree of these files only.
    #[cfg(test)]
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        let mut tree = Self {
            paths: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
            texts: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), File::planted(path, text)))
                .collect(),
        };
        tree.mark_tests();
        tree
    }

    fn take(&mut self, root: &Path, path: PathBuf, folders: &mut Vec<PathBuf>) {
        let name = path
            .strip_prefix(root)
            .expect("the path was found below the root")
            .to_string_lossy()
            .replace('\\', "/");
        if SKIPPED.contains(&name.as_str()) {
            return;
        }
        if path.is_dir() {
            folders.push(path);
        } else if [".rs", ".md", "Cargo.toml"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            let text = fs::read_to_string(&path).expect("a source file is UTF-8");
            self.texts
                .insert(name.clone(), File::new(name.clone(), text));
        }
        self.paths.insert(name);
    }

    /// Marks the files whose `mod` declaration, or that of a module above, stands below `#[cfg(test)]`.
    fn mark_tests(&mut self) {
        let found: Vec<String> = self
            .rust()
            .filter(|file| !file.only_tests && self.declared_for_tests(&file.path))
            .map(|file| file.path.clone())
            .collect();
        for path in found {
            if let Some(file) = self.texts.get_mut(&path) {
                file.only_tests = true;
            }
        }
    }

    fn declared_for_tests(&self, path: &str) -> bool {
        let Some((folder, name)) = path.trim_end_matches(".rs").rsplit_once('/') else {
            return false;
        };
        if matches!(name, "lib" | "main") {
            return false; // the root of a crate
        }
        let parents = [
            format!("{folder}.rs"),
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
        ];
        let declaration = format!("mod {name};");
        let declared = |parent: &File| {
            let after = parent.text.split(CFG_TEST).skip(1);
            after.into_iter().any(|rest| {
                let item = rest.trim_start().lines();
                let mut item = item.skip_while(|line| line.starts_with("#["));
                item.next().is_some_and(|line| line.ends_with(&declaration))
            })
        };
        let Some(parent) = parents.iter().find_map(|parent| self.texts.get(parent)) else {
            return false;
        };
        declared(parent) || parent.only_tests || self.declared_for_tests(&parent.path)
    }

    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.ending(".rs")
    }

    pub(crate) fn markdown(&self) -> impl Iterator<Item = &File> {
        self.ending(".md")
    }

    pub(crate) fn manifests(&self) -> impl Iterator<Item = &File> {
        self.ending("Cargo.toml")
    }

    fn ending(&self, end: &'static str) -> impl Iterator<Item = &File> {
        self.texts
            .values()
            .filter(move |file| file.path.ends_with(end))
    }

    /// A text file, if it exists.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.texts.get(path)
    }

    /// The text of a file that has to exist.
    pub(crate) fn text(&self, path: &str) -> &str {
        let file = self.file(path);
        &file.unwrap_or_else(|| panic!("{path} does not exist")).text
    }

    /// The stems of the Rust files below a folder.
    pub(crate) fn stems(&self, folder: &str) -> Vec<String> {
        self.rust()
            .filter(|file| file.path.starts_with(folder))
            .map(|file| file.stem().to_owned())
            .collect()
    }

    /// Whether a file or folder of this path exists.
    pub(crate) fn holds(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path)
    }
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = crate_root.parent();
    root.expect("this crate lies in the workspace")
        .to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_only_tests_compile_are_known() {
        let tree = Tree::planted(&[
            (
                "a/src/lib.rs",
                "mod b;\n#[cfg(test)]\n#[rustfmt::skip]\npub(crate) mod c;\n",
            ),
            ("a/src/b.rs", "mod d;\n#[cfg(test)]\nmod tests;\n"),
            ("a/src/b/d.rs", ""),
            ("a/src/b/tests.rs", ""),
            ("a/src/c.rs", "mod e;"),
            ("a/src/c/e.rs", ""),
        ]);
        let tests: Vec<&str> = tree
            .rust()
            .filter(|file| file.only_tests)
            .map(|file| file.path.as_str())
            .collect();
        assert_eq!(tests, ["a/src/b/tests.rs", "a/src/c.rs", "a/src/c/e.rs"]);
    }
}
