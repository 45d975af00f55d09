//! The configuration of a gateway, and the errors of starting and serving it. Binds nothing.

use std::net::SocketAddr;

use tonic::transport::Endpoint;

use crate::upstream;

/// The addresses of the gateway and of its service.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on; port 0 chooses a free port.
    pub listen: SocketAddr,
    /// The gRPC service, as `http://host:port` or `https://…`.
    pub service_url: String,
}

/// The errors of binding and serving a gateway.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The port is in use or not permitted.
    #[error("the gateway cannot listen on {listen}")]
    Bind {
        /// The configured address.
        listen: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The service's address is malformed.
    #[error("the service's address is not http://host:port or https://host:port")]
    ServiceUrl {
        /// The configured address of the service.
        url: String,
    },
    /// The listening socket failed.
    #[error("the gateway cannot accept connections")]
    Accept {
        /// The error of the operating system.
        source: std::io::Error,
    },
}

/// Checks the address of a service as [`bind_tables`](super::bind_tables) does.
///
/// # Errors
/// [`Error::ServiceUrl`] when the address is malformed.
pub fn check_service_url(url: &str) -> Result<(), Error> {
    endpoint(url).map(|_| ())
}

pub(super) fn endpoint(url: &str) -> Result<Endpoint, Error> {
    let refused = || Error::ServiceUrl {
        url: url.to_owned(),
    };
    let uri: http::Uri = url.parse().map_err(|_| refused())?;
    let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    // User information is refused: it is not sent, and it would appear in logs and in the printed settings.
    let has_user = uri.authority().is_some_and(|it| it.as_str().contains('@'));
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && !has_user;
    if !known_scheme || !bare || uri.host().is_none_or(str::is_empty) {
        return Err(refused());
    }
    upstream::endpoint(url).map_err(|_| refused())
}
