//! Reads a structure from the environment and keeps going after a fault.

use clap::{Args, Command};

use crate::definition::{Setting, definition};
use crate::{Fault, Faults, Source};

/// Reads every setting of `S`. A value that breaks its rule adds a fault, and the setting then has its default; the
/// structure must not be used before [`Faults::into_result`] was asked.
///
/// # Panics
/// When a field of `S` is neither optional nor has a default.
pub fn read<S: Args>(source: &Source<'_>, faults: &mut Faults) -> S {
    let (settings, command) = definition::<S>();
    let mut options = Vec::new();
    for setting in &settings {
        match option(setting, &command, source) {
            Ok(option) => options.extend(option),
            Err(fault) => faults.add(fault),
        }
    }
    let matches = command
        .try_get_matches_from(options)
        .expect("each option was accepted by itself");
    S::from_arg_matches(&matches).expect("every setting is optional or has a default")
}

/// The fault of a value that only the caller can check: the rule is the one that `S` gives for the setting.
///
/// # Panics
/// When `S` has no such setting.
pub fn refused<S: Args>(name: &str) -> Fault {
    let settings = definition::<S>().0;
    let setting = settings.iter().find(|setting| setting.name == name);
    let setting = setting.expect("the structure has the setting");
    Fault::new(name, broken(&setting.rule))
}

/// The option that sets this setting; none when it is not set.
fn option(
    setting: &Setting,
    command: &Command,
    source: &Source<'_>,
) -> Result<Option<String>, Fault> {
    let Some(found) = source.find(&setting.name, setting.secret)? else {
        return Ok(None);
    };
    let option = format!("--{}={}", setting.option, found.text);
    match command.clone().try_get_matches_from([&option]) {
        Ok(_) => Ok(Some(option)),
        // Clap's own message would contain the value.
        Err(_) => Err(Fault::new(found.variable, broken(&setting.rule))),
    }
}

/// `Must be …` as the end of a sentence that begins with the setting's name.
fn broken(rule: &str) -> String {
    match rule.strip_prefix("Must ") {
        Some(rule) => format!("must {rule}"),
        None => format!("is malformed: {rule}"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::time::Duration;

    use super::*;
    use crate::value;

    #[derive(Debug, PartialEq, Args)]
    struct Sample {
        /// How long it takes
        ///
        /// Must be a duration
        #[arg(long, env = "SPAN", default_value = "10s", value_parser = value::duration)]
        span: Duration,
        /// How many there are
        ///
        /// Must be a whole number from 1 to 9
        #[arg(long, env = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=9))]
        count: u32,
        /// The key
        ///
        /// Must be two letters
        #[arg(long, env = "KEY", hide_env_values = true, value_parser = two_letters)]
        key: Option<String>,
    }

    fn two_letters(text: &str) -> Result<String, value::Refused> {
        if text.len() == 2 {
            Ok(text.to_owned())
        } else {
            Err(value::Refused)
        }
    }

    fn sample(set: &[(&str, &str)]) -> (Sample, String) {
        let lookup = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let mut faults = Faults::default();
        let sample = read::<Sample>(&Source::new(&lookup), &mut faults);
        (sample, faults.to_string())
    }

    #[test]
    fn a_setting_that_is_not_set_has_its_default() {
        let (sample, faults) = sample(&[]);
        assert_eq!(faults, "");
        assert_eq!((sample.span, sample.count), (Duration::from_secs(10), 5));
    }

    #[test]
    fn a_setting_is_read_even_when_it_looks_like_an_option() {
        let (sample, faults) = sample(&[("KEY", "-k"), ("COUNT", "9"), ("SPAN", "2m")]);
        assert_eq!(faults, "");
        assert_eq!(sample.key.as_deref(), Some("-k"));
        assert_eq!((sample.span, sample.count), (Duration::from_secs(120), 9));
    }

    #[test]
    fn every_fault_is_reported_and_no_value_is_shown() {
        let (sample, faults) = sample(&[("SPAN", "soon"), ("COUNT", "10"), ("KEY", "hunter2")]);
        assert_eq!(
            faults,
            "SPAN must be a duration\nCOUNT must be a whole number from 1 to 9\nKEY must be two letters"
        );
        assert_eq!((sample.count, sample.key), (5, None));
    }

    #[test]
    fn a_secret_from_a_file_is_refused_by_the_files_variable() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "hunter2\n").expect("it is written");
        let path = file.path().to_str().expect("UTF-8");
        assert_eq!(
            sample(&[("KEY_FILE", path)]).1,
            "KEY_FILE must be two letters"
        );
    }
}
