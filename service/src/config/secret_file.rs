//! Secrets that `dev` makes once and keeps in files that only their owner may read.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use order_settings::Fault;

/// The text of the file `name` in `dir`, made by `make` when there is none yet.
///
/// Two processes that start at once get the same text: the file appears whole, by a hard link that only one of them can
/// make.
pub(super) fn find_or_make(
    dir: &Path,
    name: &str,
    make: impl FnOnce() -> String,
) -> Result<String, Fault> {
    let path = dir.join(name);
    read_or_make(dir, &path, make).map_err(|error| {
        Fault::new(
            "DATA_DIR",
            format!("cannot keep {}: {error}", path.display()),
        )
    })
}

fn read_or_make(dir: &Path, path: &Path, make: impl FnOnce() -> String) -> std::io::Result<String> {
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    fs::create_dir_all(dir)?;
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    write_private(&draft, &make())?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => {
            let mut text = String::new();
            fs::File::open(path)?.read_to_string(&mut text)?;
            Ok(text)
        }
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_made_once_and_found_again() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let made = find_or_make(dir.path(), "k", || "first".into()).expect("it is made");
        let found = find_or_make(dir.path(), "k", || "second".into()).expect("it is found");
        assert_eq!(made, "first");
        assert_eq!(found, made);
        let files = fs::read_dir(dir.path()).expect("the folder").count();
        assert_eq!(files, 1, "no draft is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a temporary folder");
        find_or_make(&dir.path().join("below"), "k", || "x".into()).expect("it is made");
        let file = fs::metadata(dir.path().join("below/k")).expect("the file");
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error_that_names_the_setting() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let error = find_or_make(file.path(), "k", || "x".into()).expect_err("a file is no folder");
        assert!(error.to_string().starts_with("DATA_DIR"), "{error}");
    }
}
