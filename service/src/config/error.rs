//! A setting that cannot be used: names it and the rule, never the value.

use std::path::PathBuf;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is needed and not set.
    #[error("{name} must be set: {why}")]
    Missing {
        /// The variable.
        name: &'static str,
        /// Why it is needed.
        why: &'static str,
    },
    /// It is set to something that breaks its rule.
    #[error("{name} {rule}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// The rule, as in "must be a port".
        rule: &'static str,
    },
    /// Some participants are named and others are not.
    #[error(
        "{missing} must be set: name all four participants, or none of them to use the sandbox"
    )]
    SomeParticipants {
        /// The first that is missing.
        missing: &'static str,
    },
    /// A secret could not be kept in `DATA_DIR`.
    #[error("DATA_DIR cannot keep {}", path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}
