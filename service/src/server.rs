//! The gRPC server: binds the port, stacks the layers, reports health, serves, and stops within a bound.
//!
//! The composition root of the service. Does not know what an rpc does.

mod auditor;
pub mod check;
mod directory;
mod health;
mod layers;
mod parts;
mod sweeper;

use std::net::SocketAddr;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::rpc;
use crate::rpc::UseCases;

pub use auditor::auditor;
pub use health::Probe;
pub use layers::Rpcs;
pub use parts::{Background, Parts, build, open_store};

/// How long running requests may take once the server stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(7);
/// Interval of keep-alive probes of an idle TCP connection.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);
/// Interval of keep-alive pings of an HTTP/2 connection, and how long the other side may take to answer one.
const HTTP2_KEEPALIVE: Duration = Duration::from_secs(30);
const HTTP2_KEEPALIVE_ANSWER: Duration = Duration::from_secs(10);
/// Most bytes of header fields that are read: more than a call may have, so that a call with more gets a status and not a
/// bare 431.
const HEADER_BYTES_READ_MAX: u32 = 256 * 1024;
/// Concurrent requests on one connection.
const STREAMS_PER_CONNECTION_MAX: u32 = 1024;

/// A server that cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is in use, or does not belong to this machine.
    #[error("GRPC_PORT: the service cannot listen on {addr}")]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The database cannot be opened.
    #[error("{setting}: the database cannot be opened")]
    Database {
        /// The setting that says where the database is.
        setting: &'static str,
        #[source]
        source: crate::store::Error,
    },
    /// The database's schema is not migrated.
    #[error("{setting}: the database is not ready")]
    Store {
        /// The setting that says where the database is.
        setting: &'static str,
        #[source]
        source: crate::store::Error,
    },
    /// No client can be built for `REDIS_ADDR`.
    #[error(transparent)]
    Redis(crate::config::InvalidRedisAddress),
    /// `DATA_KEY` is malformed.
    #[error(transparent)]
    DataKey(crate::vault::Error),
    /// A participant's URL is malformed.
    #[error(transparent)]
    Participant(crate::participant::InvalidAddress),
    /// The participants cannot be compared with.
    #[error(transparent)]
    Audit(crate::audit::Error),
    /// The descriptors cannot be served.
    #[error("the contract's descriptors cannot be reflected")]
    Reflection(#[source] tonic_reflection::server::Error),
    #[error("the service on {addr} stopped serving")]
    Serve {
        /// The address.
        addr: SocketAddr,
        /// The cause.
        #[source]
        source: tonic::transport::Error,
    },
}

/// A server that has bound its port and does not accept yet.
#[derive(Debug)]
pub struct Bound {
    incoming: TcpIncoming,
    addr: SocketAddr,
}

/// Binds the port; port 0 binds a free one.
pub fn bind(addr: SocketAddr) -> Result<Bound, Error> {
    let failed = |source| Error::Bind { addr, source };
    let incoming = TcpIncoming::bind(addr).map_err(failed)?;
    let addr = incoming.local_addr().map_err(failed)?;
    let incoming = incoming
        .with_nodelay(Some(true))
        .with_keepalive(Some(TCP_KEEPALIVE));
    Ok(Bound { incoming, addr })
}

/// Binds the port and frees it again.
pub fn try_to_bind(addr: SocketAddr) -> std::io::Result<()> {
    std::net::TcpListener::bind(addr).map(drop)
}

impl Bound {
    /// The bound address, with the actual port.
    pub const fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves until `closing`; then refuses new work at once, and gives running requests a few seconds to end.
    ///
    /// Dropping the future stops accepting; requests on open connections continue until the process exits.
    pub async fn serve<U, K>(
        self,
        parts: Parts<U, K>,
        closing: CancellationToken,
    ) -> Result<(), Error>
    where
        U: UseCases,
        K: layers::KeyLayer,
    {
        let addr = self.addr;
        let (routes, reporter) = layers::routes(rpc::routes(
            &parts.use_cases,
            &parts.pages,
            &parts.signatures,
            &closing,
        ))
        .map_err(Error::Reflection)?;
        let service = layers::stack(routes, parts.keys, parts.browsers, closing.clone());
        let health = health::Watch::begin(reporter, parts.probe, closing.clone()).await;
        let serving = Server::builder()
            .accept_http1(true)
            .http2_keepalive_interval(Some(HTTP2_KEEPALIVE))
            .http2_keepalive_timeout(Some(HTTP2_KEEPALIVE_ANSWER))
            .http2_max_header_list_size(HEADER_BYTES_READ_MAX)
            .max_concurrent_streams(STREAMS_PER_CONNECTION_MAX)
            .serve_with_incoming_shutdown(
                service,
                self.incoming,
                closing.clone().cancelled_owned(),
            );
        let out_of_time = async {
            closing.cancelled().await;
            tokio::time::sleep(DRAIN_WITHIN).await;
        };
        let served = tokio::select! {
            served = serving => served.map_err(|source| Error::Serve { addr, source }),
            () = out_of_time => {
                tracing::warn!("answers under way took too long; they are left behind");
                Ok(())
            }
        };
        drop(health);
        served
    }
}

#[cfg(test)]
mod tests;
