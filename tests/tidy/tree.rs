//! The files of the repository, as a person sees them: without build output, data, and other people's code.
//!
//! Knows folders and endings. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Folders that are not ours to judge, from the root.
const SKIPPED: &[&str] = &[".git", "target", "data", "proto/vendor", "gateway/vendor"];

/// One text file; its path is from the root, with `/`.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    #[cfg(test)]
    pub(crate) fn planted(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// The name without its ending.
    pub(crate) fn stem(&self) -> &str {
        let name = self
            .path
            .rsplit_once('/')
            .map_or(self.path.as_str(), |(_, name)| name);
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// Everything that was found, read once.
#[derive(Debug)]
pub(crate) struct Tree {
    paths: BTreeSet<String>,
    texts: BTreeMap<String, File>,
}

impl Tree {
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .expect("this crate lies in the workspace")
            .to_path_buf();
        let mut tree = Self {
            paths: BTreeSet::new(),
            texts: BTreeMap::new(),
        };
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of the repository is readable") {
                let path = entry.expect("an entry of it too").path();
                tree.take(&root, path, &mut folders);
            }
        }
        tree
    }

    fn take(&mut self, root: &Path, path: PathBuf, folders: &mut Vec<PathBuf>) {
        let name = path
            .strip_prefix(root)
            .expect("found below the root")
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
            let text = fs::read_to_string(&path).expect("our sources are UTF-8");
            let file = File {
                path: name.clone(),
                text,
            };
            self.texts.insert(name.clone(), file);
        }
        self.paths.insert(name);
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

    /// The text of a file that must be there.
    pub(crate) fn text(&self, path: &str) -> String {
        let file = self.texts.get(path);
        file.unwrap_or_else(|| panic!("{path} is gone"))
            .text
            .clone()
    }

    /// The stems of the Rust files below a folder.
    pub(crate) fn stems(&self, folder: &str) -> Vec<String> {
        self.rust()
            .filter(|file| file.path.starts_with(folder))
            .map(|file| file.stem().to_owned())
            .collect()
    }

    /// Whether a file or folder of this path is there.
    pub(crate) fn holds(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path)
    }
}
