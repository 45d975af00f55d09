//! Reasons why a sandbox cannot start or stops serving. A refused request is no error: see `value::refusal`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the sandbox cannot start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is in use or does not belong to this machine.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The state file cannot be read or written.
    #[error("the sandbox's state file {} cannot be read or written", path.display())]
    StateFile {
        /// The configured file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// Another process uses the state file, or it cannot be locked.
    #[error("the sandbox's state file cannot be used")]
    StateFileOwned(#[source] order_ownership::Error),
    /// A line of the state file is not a list of changes.
    #[error("the sandbox's state file {} is damaged in line {line}", path.display())]
    StateDamaged {
        /// The configured file.
        path: PathBuf,
        /// The first damaged line, counted from 1.
        line: usize,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// The webhook secret is not `whsec_` followed by base64. The secret itself is never shown.
    #[error("the webhook secret is not `whsec_` followed by base64")]
    WebhookSecret,
    /// The HTTP client that sends webhooks cannot be built.
    #[error("the webhook's HTTP client cannot be built")]
    WebhookClient {
        /// The client library's error.
        source: reqwest::Error,
    },
    /// The gRPC server failed while it was serving.
    #[error("the sandbox on {address} stopped serving")]
    Serve {
        /// The address that was served.
        address: SocketAddr,
        /// The server's error.
        source: tonic::transport::Error,
    },
}
