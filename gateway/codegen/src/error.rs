//! The errors of the generator, and their wording. Detects none.

use std::path::PathBuf;

/// Why the generator failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes are not a complete descriptor set.
    #[error("the descriptor set cannot be read: {reason}")]
    Descriptors {
        /// The error of the decoder.
        reason: String,
    },
    /// An rpc's `google.api.http` cannot be served.
    #[error("{place}: {rpc}: {reason}")]
    Route {
        /// The proto file, and the line when the descriptor set has source info, as `file:line`.
        place: String,
        /// The rpc's full name.
        rpc: String,
        /// The fault, as a sentence.
        reason: String,
    },
    /// Two routes match the same requests.
    #[error(transparent)]
    Clash(Box<Clash>),
    /// The overlay does not fit the OpenAPI document.
    #[error("the OpenAPI overlay: {reason}")]
    Overlay {
        /// The fault, as a sentence.
        reason: String,
    },
    /// The tables could not be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

/// Two routes with the same method, segments and verb.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {rpc}: `{method} {template}` clashes with {other_rpc} in {other_place}")]
pub struct Clash {
    /// The later rpc's proto file, and the line as in [`Error::Route`].
    pub place: String,
    /// The later rpc's full name.
    pub rpc: String,
    /// The HTTP method of both.
    pub method: String,
    /// The later rpc's path template.
    pub template: String,
    /// The earlier rpc's proto file and line.
    pub other_place: String,
    /// The earlier rpc's full name.
    pub other_rpc: String,
}
