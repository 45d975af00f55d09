//! What a gateway needs in order to start, and why it cannot. Binds nothing.

use std::net::SocketAddr;

use tonic::transport::Endpoint;

use crate::upstream;

/// Where to listen and whom to serve.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The gRPC service, as `http://host:port` or `https://…`.
    pub service_url: String,
}

/// Why the gateway cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is taken, or not ours to take.
    #[error("the gateway cannot listen on {listen}")]
    Bind {
        /// The address asked for.
        listen: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The service's address is none.
    #[error("the service's address `{url}` is not http://host:port or https://host:port")]
    ServiceUrl {
        /// The address given.
        url: String,
    },
    /// The listening socket failed.
    #[error("the gateway cannot accept connections")]
    Accept {
        /// What the system says.
        source: std::io::Error,
    },
}

/// Whether [`bind`](super::bind) takes that address of a service.
///
/// # Errors
/// When it does not.
pub fn check_service_url(url: &str) -> Result<(), Error> {
    endpoint(url).map(|_| ())
}

pub(super) fn endpoint(url: &str) -> Result<Endpoint, Error> {
    let refused = || Error::ServiceUrl {
        url: url.to_owned(),
    };
    let uri: http::Uri = url.parse().map_err(|_| refused())?;
    let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
    if !known_scheme || !bare || uri.host().is_none_or(str::is_empty) {
        return Err(refused());
    }
    upstream::endpoint(url).map_err(|_| refused())
}
