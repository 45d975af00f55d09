//! Settings that cannot be used. A fault names the setting and its rule, and never contains the value.

use std::fmt;

/// One setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {rule}")]
pub struct Fault {
    pub setting: String,
    /// The rule that it breaks, as in `must be a port, 0 to 65535`.
    pub rule: String,
}

impl Fault {
    /// A fault of this setting.
    pub fn new(setting: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            rule: rule.into(),
        }
    }

    /// The setting is required and not set.
    pub fn missing(setting: &str, why: &str) -> Self {
        Self::new(setting, format!("must be set: {why}"))
    }
}

/// All faults that were found, at most one for each setting. `Display` writes one line per fault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Adds a fault. Only the first fault of a setting is kept: a malformed value is not also reported as missing.
    pub fn add(&mut self, fault: Fault) {
        if !self.0.iter().any(|known| known.setting == fault.setting) {
            self.0.push(fault);
        }
    }

    /// Every fault in the order in which it was found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// # Errors
    /// All faults, when there is one or more.
    pub fn into_result(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_lines_and_the_first_of_a_setting_is_kept() {
        let mut faults = Faults::default();
        assert_eq!(faults.clone().into_result(), Ok(()));
        faults.add(Fault::new("A", "must be a number"));
        faults.add(Fault::missing("A", "it is needed"));
        faults.add(Fault::missing("B", "it is needed"));
        let shown = faults.into_result().expect_err("there are two").to_string();
        assert_eq!(shown, "A must be a number\nB must be set: it is needed");
    }
}
