//! Exclusive ownership of a folder or a state file by one process (rule 36).
//!
//! Ownership is a lock of the operating system on a file beside the data. The lock ends with the process, however the
//! process ends, so no stale lock has to be removed. Does not know what the folder or the file contains.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Name of the lock file in an owned folder.
const FOLDER_LOCK: &str = ".lock";
/// End of the name of the lock file beside an owned file.
const FILE_LOCK: &str = ".lock";

/// Why a folder or a file cannot be owned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{} is in use by another process", path.display())]
    InUse {
        /// The folder or the file.
        path: PathBuf,
    },
    #[error("{} cannot be locked", path.display())]
    Lock {
        /// The folder or the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// A folder or a file that this process owns until the value is dropped.
#[derive(Debug)]
pub struct Ownership {
    _lock: File,
}

impl Ownership {
    /// Owns a folder, which is created when it is missing.
    ///
    /// # Errors
    /// Another process owns it, or the folder cannot be created or written.
    pub fn of_folder(folder: &Path) -> Result<Self, Error> {
        let made = fs::create_dir_all(folder);
        let opened = made.and_then(|()| open(&folder.join(FOLDER_LOCK)));
        lock(opened, folder)
    }

    /// Whether a folder has no owner. Creates nothing.
    ///
    /// # Errors
    /// Another process owns the folder, or its lock file cannot be opened.
    pub fn check_folder(folder: &Path) -> Result<(), Error> {
        let opened = File::options().write(true).open(folder.join(FOLDER_LOCK));
        match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            opened => lock(opened, folder).map(drop),
        }
    }

    /// Owns a file, which need not exist; its folder is created when it is missing. The lock file is named after the
    /// file that a symbolic link leads to.
    ///
    /// # Errors
    /// Another process owns it, or its folder cannot be created or written.
    pub fn of_file(path: &Path) -> Result<Self, Error> {
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name: OsString = target.clone().into_os_string();
        name.push(FILE_LOCK);
        let made = match target.parent() {
            Some(folder) => fs::create_dir_all(folder),
            None => Ok(()),
        };
        let opened = made.and_then(|()| open(Path::new(&name)));
        lock(opened, path)
    }
}

/// Opens the lock file. It is never removed: a process that had opened a removed file would hold a lock that no other
/// process sees.
fn open(path: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

fn lock(opened: io::Result<File>, owned: &Path) -> Result<Ownership, Error> {
    let path = owned.to_owned();
    let file = match opened {
        Ok(file) => file,
        Err(source) => return Err(Error::Lock { path, source }),
    };
    match file.try_lock() {
        Ok(()) => Ok(Ownership { _lock: file }),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { path }),
        Err(TryLockError::Error(source)) => Err(Error::Lock { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary folder can be created")
    }

    #[test]
    fn a_folder_has_one_owner_until_the_owner_is_dropped() {
        let data = folder().path().join("made/on/demand");
        Ownership::check_folder(&data).expect("it does not exist");
        assert!(!data.exists(), "a check creates nothing");
        let owner = Ownership::of_folder(&data).expect("it is free");
        Ownership::check_folder(&data).expect_err("it is owned");
        let second = Ownership::of_folder(&data).expect_err("it is owned");
        assert!(matches!(second, Error::InUse { .. }), "{second}");
        assert!(second.to_string().contains(&data.display().to_string()));
        drop(owner);
        Ownership::of_folder(&data).expect("it is free again");
    }

    #[test]
    fn a_file_has_one_owner_by_any_path() {
        let folder = folder();
        let file = folder.path().join("state.json");
        fs::write(&file, "").expect("it is written");
        let owner = Ownership::of_file(&file).expect("it is free");
        let link = folder.path().join("link.json");
        #[cfg(unix)]
        std::os::unix::fs::symlink(&file, &link).expect("a link can be made");
        for path in [&file, &folder.path().join("./state.json"), &link] {
            let second = Ownership::of_file(path);
            assert!(matches!(second, Err(Error::InUse { .. })), "{path:?}");
        }
        Ownership::of_file(&folder.path().join("other.json")).expect("another file is free");
        Ownership::of_folder(folder.path()).expect("the folder itself is free");
        drop(owner);
        Ownership::of_file(&link).expect("it is free again");
    }

    #[test]
    fn a_folder_that_cannot_be_created_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let error = Ownership::of_folder(file.path()).expect_err("a file is no folder");
        assert!(matches!(error, Error::Lock { .. }), "{error}");
    }
}
