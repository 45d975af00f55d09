//! Channels to participants: one per participant, opened on first use and reopened when the connection breaks.

use std::time::Duration;

use tonic::transport::{Channel, Endpoint};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often an idle connection is pinged.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Where the participants are: `http://host:port` or `https://host:port`.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// `INVENTORY_URL`.
    pub inventory: String,
    /// `PAYMENT_URL`.
    pub payment: String,
    /// `NOTIFICATION_URL`.
    pub notification: String,
    /// `SUBSCRIPTION_URL`.
    pub subscription: String,
}

/// The address of a participant is malformed.
#[derive(Debug, thiserror::Error)]
#[error("the address of {participant} must be http://host:port or https://host:port")]
pub struct InvalidAddress {
    /// The participant, such as `inventory`.
    pub participant: &'static str,
}

/// Prepares a channel without connecting.
pub(super) fn channel(participant: &'static str, address: &str) -> Result<Channel, InvalidAddress> {
    let known_scheme = address.starts_with("http://") || address.starts_with("https://");
    let endpoint = Endpoint::from_shared(address.to_owned())
        .ok()
        .filter(|_| known_scheme)
        .ok_or(InvalidAddress { participant })?;
    let endpoint = if address.starts_with("https://") {
        let tls = tonic::transport::ClientTlsConfig::new().with_native_roots();
        endpoint
            .tls_config(tls)
            .map_err(|_| InvalidAddress { participant })?
    } else {
        endpoint
    };
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .tcp_nodelay(true)
        .connect_lazy())
}
