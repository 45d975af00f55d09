//! The settings of a structure as text: for `--help`, for `--print-config`, and for `docs/settings.md`.

use std::fmt::Write as _;

use clap::Args;

use crate::definition::{Default, Setting, definition};
use crate::source::file_variant;
use crate::{Faults, Source};

/// What is printed in place of a secret.
const REDACTED: &str = "[secret]";
/// The longest line of `--help`.
const LINE_COLUMNS: usize = 96;

/// Every setting with its meaning, rule and default, for `--help`.
pub fn help<S: Args>() -> String {
    let mut text =
        String::from("Settings are environment variables; an empty one counts as not set.\n");
    let mut section = String::new();
    for setting in &definition::<S>().0 {
        if setting.section != section {
            section.clone_from(&setting.section);
            let _ = writeln!(text, "\n{section}:");
        }
        let default = default_of(setting);
        let _ = writeln!(text, "  {}  [default: {default}]", setting.name);
        let mut about = format!("{}. {}.", setting.meaning, setting.rule);
        if setting.secret {
            let _ = write!(
                about,
                " {} may name a file with it.",
                file_variant(&setting.name)
            );
        }
        write_wrapped(&mut text, &about);
    }
    text
}

fn write_wrapped(text: &mut String, about: &str) {
    let mut column = LINE_COLUMNS;
    for word in about.split(' ') {
        if column + 1 + word.len() > LINE_COLUMNS {
            let newline = if text.is_empty() || text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            let _ = write!(text, "{newline}      {word}");
            column = 6 + word.len();
        } else {
            let _ = write!(text, " {word}");
            column += 1 + word.len();
        }
    }
    text.push('\n');
}

/// Every setting as rows of a Markdown table for each section.
pub fn markdown<S: Args>() -> String {
    let mut text = String::new();
    let mut section = String::new();
    for setting in &definition::<S>().0 {
        if setting.section != section {
            section.clone_from(&setting.section);
            let _ = write!(
                text,
                "\n### {section}\n\n| setting | default | meaning | rule |\n|---|---|---|---|\n"
            );
        }
        let name = if setting.secret {
            format!("`{}`, `{}`", setting.name, file_variant(&setting.name))
        } else {
            format!("`{}`", setting.name)
        };
        let default = match &setting.default {
            Default::Value(value) => format!("`{value}`"),
            Default::None | Default::Depends(_) => default_of(setting),
        };
        let secret = if setting.secret { " (secret)" } else { "" };
        let _ = writeln!(
            text,
            "| {name} | {default} | {}{secret} | {} |",
            setting.meaning, setting.rule
        );
    }
    text
}

/// The names of the settings, in the order of the structure's fields.
pub fn names<S: Args>() -> Vec<String> {
    let settings = definition::<S>().0;
    settings.into_iter().map(|setting| setting.name).collect()
}

/// Every setting that holds and that `shown` accepts, as lines of `NAME=value  # origin`; secrets that are set are
/// redacted. `derived` gives the value of a setting whose default depends on others; it is no secret. Adds a fault for
/// every setting whose text cannot be found out.
pub fn effective<S: Args>(
    source: &Source<'_>,
    shown: impl Fn(&str) -> bool,
    derived: impl Fn(&str) -> Option<String>,
    faults: &mut Faults,
) -> String {
    let mut text = String::new();
    let settings = definition::<S>().0;
    for setting in settings.iter().filter(|setting| shown(&setting.name)) {
        let found = match source.find(&setting.name, setting.secret) {
            Ok(found) => found,
            Err(fault) => {
                faults.add(fault);
                continue;
            }
        };
        let (value, origin) = match (found, &setting.default) {
            (Some(found), _) => {
                let origin = match found.variable == setting.name {
                    true => "environment".to_owned(),
                    false => format!("file, by {}", found.variable),
                };
                let value = match setting.secret {
                    true => REDACTED.to_owned(),
                    false => found.text,
                };
                (value, origin)
            }
            (None, Default::Value(value)) => (value.clone(), "default".to_owned()),
            (None, Default::None) => (String::new(), "not set".to_owned()),
            (None, Default::Depends(rule)) => match derived(&setting.name) {
                Some(value) => (value, "default".to_owned()),
                None => (String::new(), format!("not set; default: {rule}")),
            },
        };
        let _ = writeln!(text, "{}={value}  # {origin}", setting.name);
    }
    text
}

fn default_of(setting: &Setting) -> String {
    match &setting.default {
        Default::None => "none".to_owned(),
        Default::Value(text) | Default::Depends(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    #[derive(Debug, Args)]
    #[command(next_help_heading = "Sample")]
    struct Sample {
        /// Port of the sample
        ///
        /// Must be a port, 0 to 65535
        #[arg(long, env = "SAMPLE_PORT", default_value_t = 80)]
        _port: u16,
        /// Key of the sample
        ///
        /// Must be a key
        ///
        /// Default: made on the first start
        #[arg(long, env = "SAMPLE_KEY", hide_env_values = true)]
        _key: Option<String>,
    }

    #[test]
    fn help_and_table_have_name_default_rule_and_file() {
        let help = help::<Sample>();
        for part in [
            "\nSample:\n  SAMPLE_PORT  [default: 80]\n      Port of the sample. Must be a port, 0 to 65535.\n",
            "  SAMPLE_KEY  [default: made on the first start]\n",
            "Must be a key. SAMPLE_KEY_FILE may name a file with it.\n",
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
        let table = markdown::<Sample>();
        for row in [
            "| `SAMPLE_PORT` | `80` | Port of the sample | Must be a port, 0 to 65535 |\n",
            "| `SAMPLE_KEY`, `SAMPLE_KEY_FILE` | made on the first start | Key of the sample (secret) | Must be a key |\n",
        ] {
            assert!(table.contains(row), "{row}: {table}");
        }
    }

    #[test]
    fn a_long_text_is_wrapped_between_words() {
        let mut text = String::new();
        write_wrapped(&mut text, &["word"; 40].join(" "));
        assert!(
            text.lines()
                .all(|line| line.len() <= LINE_COLUMNS && line.starts_with("      word"))
        );
        assert_eq!(text.matches("word").count(), 40);
    }

    #[test]
    fn the_effective_settings_name_their_origin_and_show_no_secret() {
        let lookup = |name: &str| (name == "SAMPLE_KEY").then(|| OsString::from("hunter2"));
        let mut faults = Faults::default();
        let all = |_: &str| true;
        let shown = effective::<Sample>(&Source::new(&lookup), all, |_| None, &mut faults);
        assert_eq!(
            shown,
            "SAMPLE_PORT=80  # default\nSAMPLE_KEY=[secret]  # environment\n"
        );
        let nothing = |_: &str| None;
        let shown = effective::<Sample>(&Source::new(&nothing), all, |_| None, &mut faults);
        assert!(
            shown.contains("SAMPLE_KEY=  # not set; default: made on the first start"),
            "{shown}"
        );
        let derived = |_: &str| Some("made".to_owned());
        let shown = effective::<Sample>(&Source::new(&nothing), all, derived, &mut faults);
        assert!(
            shown.contains("SAMPLE_KEY=made  # default"),
            "a default is no secret: {shown}"
        );
        let port = |name: &str| name == "SAMPLE_PORT";
        let shown = effective::<Sample>(&Source::new(&lookup), port, derived, &mut faults);
        assert_eq!(shown, "SAMPLE_PORT=80  # default\n");
        assert_eq!(names::<Sample>(), ["SAMPLE_PORT", "SAMPLE_KEY"]);
    }
}
