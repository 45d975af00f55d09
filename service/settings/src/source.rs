//! Where the text of a setting comes from: a variable, or for a secret also a file that a variable names.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;

use crate::Fault;

/// The most bytes of a file that holds a secret.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Looks variables up: those of the process, or those that a test or a command replaces.
pub struct Source<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// The text of one setting.
#[derive(Debug)]
pub(crate) struct Found {
    /// Not empty, and without white space around it.
    pub(crate) text: String,
    /// The variable that it came from: the setting itself, or its `_FILE` variant.
    pub(crate) variable: String,
}

impl<'a> Source<'a> {
    /// The variables of this process.
    pub fn process() -> Source<'static> {
        Source {
            lookup: &|name| std::env::var_os(name),
        }
    }

    /// Reads every variable through this function.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup }
    }

    /// Whether the variable is set and not empty.
    pub fn is_set(&self, name: &str) -> bool {
        self.variable(name).map_or(true, |text| text.is_some())
    }

    /// The setting's text; none when its variable is not set, or empty.
    pub(crate) fn find(&self, name: &str, secret: bool) -> Result<Option<Found>, Fault> {
        let direct = self.variable(name)?;
        let file_name = file_variant(name);
        let file = if secret {
            self.variable(&file_name)?
        } else {
            None
        };
        match (direct, file) {
            (Some(_), Some(_)) => Err(Fault::new(
                name,
                format!("and {file_name} are both set: keep one of them"),
            )),
            (None, Some(path)) => {
                let text = contents(&path).map_err(|rule| Fault::new(&file_name, rule))?;
                Ok(Some(Found {
                    text,
                    variable: file_name,
                }))
            }
            (direct, None) => Ok(direct.map(|text| Found {
                text,
                variable: name.to_owned(),
            })),
        }
    }

    fn variable(&self, name: &str) -> Result<Option<String>, Fault> {
        let Some(value) = (self.lookup)(name) else {
            return Ok(None);
        };
        let text = value
            .into_string()
            .map_err(|_| Fault::new(name, "must be UTF-8"))?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

/// The variable that names a file with the secret in it.
pub(crate) fn file_variant(name: &str) -> String {
    format!("{name}_FILE")
}

/// The file's text without white space around it, or the rule that the file breaks.
fn contents(path: &str) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("must name a readable file: {error}");
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!(
            "must name a file of at most {FILE_BYTES_MAX} bytes"
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| "must name a file in UTF-8".to_owned())?;
    match text.trim() {
        "" => Err("must name a file that is not empty".to_owned()),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(set: &[(&str, &str)]) -> Result<Option<String>, String> {
        let lookup = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let found = Source::new(&lookup).find("KEY", true);
        found
            .map(|found| found.map(|found| found.text))
            .map_err(|fault| fault.to_string())
    }

    fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("it is written");
        file
    }

    fn refusal(bytes: &[u8]) -> String {
        let file = file(bytes);
        let path = file.path().to_str().expect("UTF-8");
        find(&[("KEY_FILE", path)]).expect_err("it is refused")
    }

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        for value in ["", " ", "\n"] {
            assert_eq!(find(&[("KEY", value), ("KEY_FILE", value)]), Ok(None));
        }
        assert_eq!(find(&[("KEY", " a ")]), Ok(Some("a".into())));
    }

    #[test]
    fn a_secret_comes_from_a_file_without_its_newline() {
        let file = file(b"hunter2\n");
        let path = file.path().to_str().expect("UTF-8");
        assert_eq!(find(&[("KEY_FILE", path)]), Ok(Some("hunter2".into())));
        let lookup = |name: &str| (name == "KEY_FILE").then(|| OsString::from(path));
        let found = Source::new(&lookup).find("KEY", false);
        assert!(
            found.expect("it is ignored").is_none(),
            "only a secret has a file"
        );
    }

    #[test]
    fn a_variable_and_its_file_together_are_refused_by_both_names() {
        let refusal = find(&[("KEY", "hunter2"), ("KEY_FILE", "/x")]).expect_err("both are set");
        assert_eq!(refusal, "KEY and KEY_FILE are both set: keep one of them");
    }

    #[test]
    fn a_file_that_cannot_hold_a_secret_is_refused_by_name() {
        let missing = find(&[("KEY_FILE", "/nowhere/key")]).expect_err("it does not exist");
        assert!(
            missing.starts_with("KEY_FILE must name a readable file: "),
            "{missing}"
        );
        assert_eq!(
            refusal(b" \n"),
            "KEY_FILE must name a file that is not empty"
        );
        assert_eq!(refusal(&[0xff]), "KEY_FILE must name a file in UTF-8");
        let large = vec![b'a'; 64 * 1024 + 1];
        assert_eq!(
            refusal(&large),
            "KEY_FILE must name a file of at most 65536 bytes"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_text_is_refused() {
        use std::os::unix::ffi::OsStringExt as _;
        let lookup = |name: &str| (name == "KEY").then(|| OsString::from_vec(vec![0xff]));
        let fault = Source::new(&lookup)
            .find("KEY", false)
            .expect_err("no text");
        assert_eq!(fault.to_string(), "KEY must be UTF-8");
    }
}
