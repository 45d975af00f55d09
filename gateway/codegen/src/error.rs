//! Why a descriptor set has no tables. Owns the wording; decides nothing.

use std::path::PathBuf;

/// What stopped the generator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are no complete descriptor set.
    #[error("the descriptor set cannot be read: {reason}")]
    Descriptors {
        /// What the reader says.
        reason: String,
    },
    /// An rpc's `google.api.http` cannot be served.
    #[error("{file}: {rpc}: {reason}")]
    Route {
        /// The proto file.
        file: String,
        /// The rpc's full name.
        rpc: String,
        /// What is wrong, and where.
        reason: String,
    },
    /// Two rpcs claim the same requests.
    #[error(transparent)]
    Clash(Box<Clash>),
    /// What is to be laid over the OpenAPI document does not fit.
    #[error("the OpenAPI overlay: {reason}")]
    Overlay {
        /// What is wrong with it.
        reason: String,
    },
    /// The tables could not be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// Where to.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// Two routes of one shape.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {rpc}: `{method} {template}` clashes with {other_rpc} in {other_file}")]
pub struct Clash {
    /// The later rpc's proto file.
    pub file: String,
    /// The later rpc's full name.
    pub rpc: String,
    /// The HTTP method of both.
    pub method: String,
    /// The later rpc's path template.
    pub template: String,
    /// The earlier rpc's proto file.
    pub other_file: String,
    /// The earlier rpc's full name.
    pub other_rpc: String,
}
