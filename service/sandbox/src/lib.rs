//! The four participants' stand-in, served over real gRPC: for first runs, demos and tests.
//!
//! Owns the participant rules as the contract states them, and answers a breach with FAILED_PRECONDITION, so that a caller's
//! mistake shows. Knows nothing of orders' states, sagas or the store: it sees only what a participant sees.
//!
//! A request passes one `gate`, which checks key and deadline, plays planted faults and keeps the journal; each rpc itself
//! is a pure decision over one in-memory `world`: request in, changes and answer out.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

mod breach;
mod control;
mod currency;
mod digest;
mod fault;
mod gate;
mod inventory;
mod journal;
mod method;
mod moment;
mod money;
mod notification;
mod payment;
mod refusal;
mod rpc;
mod server;
mod state_file;
mod subscription;
#[cfg(test)]
mod tests;
mod totals;
mod webhook;
mod world;

pub use server::{Sandbox, bind};

/// Where the sandbox listens, what it remembers, and whom it tells.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where the state is kept across restarts; `None` keeps it in memory only.
    pub state_file: Option<PathBuf>,
    /// Where payment webhooks go; `None` sends none.
    pub webhook: Option<Webhook>,
}

/// Where payment webhooks go, and the key that signs them.
#[derive(Clone)]
pub struct Webhook {
    /// The receiver, such as `http://127.0.0.1:8084/v1/webhooks/payment`.
    pub url: String,
    /// `whsec_…`; of a list separated by commas, the first signs.
    pub secret: String,
}

impl std::fmt::Debug for Webhook {
    /// Never shows the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Webhook")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Why the sandbox cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, or not ours.
    #[error("the sandbox cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The state file cannot be read or written.
    #[error("the sandbox's state file {} cannot be used", path.display())]
    StateFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The state file holds something that this program did not write.
    #[error("the sandbox's state file {} is damaged in line {line}", path.display())]
    StateDamaged {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The webhook's key is not `whsec_` and base64.
    #[error("the webhook secret is not `whsec_` followed by base64")]
    WebhookSecret,
    /// The webhook's client cannot be made.
    #[error("the webhook's HTTP client cannot be made")]
    WebhookClient {
        /// What it said.
        source: reqwest::Error,
    },
    /// Serving broke.
    #[error("the sandbox on {address} stopped serving")]
    Serve {
        /// The address that was served.
        address: SocketAddr,
        /// What the server said.
        source: tonic::transport::Error,
    },
}
