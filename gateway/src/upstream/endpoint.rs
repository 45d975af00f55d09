//! The service's address, and how connections to it are made. Dials nothing.

use std::time::Duration;

use tonic::transport::{ClientTlsConfig, Endpoint};

use crate::limits::{ANSWER_HEADER_BYTES_MAX, CONNECT_WAIT};

/// The endpoint of an address.
///
/// # Errors
/// The address is malformed, or TLS cannot be configured.
pub(crate) fn endpoint(url: &str) -> Result<Endpoint, tonic::transport::Error> {
    let endpoint = Endpoint::from_shared(url.to_owned())?
        .connect_timeout(CONNECT_WAIT)
        .http2_max_header_list_size(ANSWER_HEADER_BYTES_MAX)
        .tcp_nodelay(true);
    if url.starts_with("https://") {
        endpoint.tls_config(ClientTlsConfig::new().with_native_roots())
    } else {
        Ok(endpoint)
    }
}

/// Adds HTTP/2 pings at the given interval, which is also the timeout of their answers.
pub(crate) fn with_pings(endpoint: Endpoint, every: Option<Duration>) -> Endpoint {
    match every {
        None => endpoint,
        Some(every) => endpoint
            .http2_keep_alive_interval(every)
            .keep_alive_timeout(every)
            .keep_alive_while_idle(true),
    }
}
