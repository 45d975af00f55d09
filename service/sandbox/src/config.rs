//! The settings of one sandbox: its address, its state file and its webhook receiver. Reads no environment and no file.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The settings of one sandbox.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The file that keeps the state across restarts; `None` keeps it in memory only.
    pub state_file: Option<PathBuf>,
    /// The receiver of payment webhooks; `None` sends none.
    pub webhook: Option<Webhook>,
}

/// The receiver of payment webhooks, and the key that signs them.
#[derive(Clone)]
pub struct Webhook {
    /// The receiver's URL, such as `http://127.0.0.1:8084/v1/webhooks/payment`.
    pub url: String,
    /// The signing secret, `whsec_…`; of a comma-separated list, the first one signs.
    pub secret: String,
}

impl fmt::Debug for Webhook {
    /// Leaves the secret out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
