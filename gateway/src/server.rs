//! The listening side: a bound port, its connections, and their shutdown. Knows no routes.

mod config;
mod connection;
mod lingering;
mod opening;
mod sending;
mod socket;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tonic::transport::Endpoint;

use crate::browser::{Hosts, Policy};
use crate::handler::Handler;
use crate::limits::{ACCEPT_PAUSE, DRAIN_WAIT, REQUESTS_MAX, Waits};
use crate::response::sent::Sent;
use crate::table::Tables;
use crate::upstream::{self, Upstream};
use config::endpoint;
use lingering::Lingering;
use opening::Opening;
use sending::Sending;

pub use config::{Config, Error, check_service_url};

/// A gateway with a bound port that does not serve yet.
#[derive(Debug)]
pub struct Gateway {
    listener: TcpListener,
    local: SocketAddr,
    endpoint: Endpoint,
    tables: &'static Tables,
    waits: Waits,
    requests_max: usize,
    service_pings: Option<Duration>,
    browsers: Policy,
}

/// Binds the gateway of the order service, which is pinged every [`SERVICE_PING`](crate::limits::SERVICE_PING). The
/// service need not run yet.
///
/// # Errors
/// The address cannot be bound, or the service's address is malformed.
#[cfg(feature = "orders")]
pub fn bind(config: Config) -> Result<Gateway, Error> {
    let pings = Some(crate::limits::SERVICE_PING);
    Ok(bind_tables(config, &crate::TABLES)?.with_service_pings(pings))
}

/// Binds a gateway for any generated tables. The service need not run yet.
///
/// # Errors
/// The address cannot be bound, or the service's address is malformed.
pub fn bind_tables(config: Config, tables: &'static Tables) -> Result<Gateway, Error> {
    let endpoint = endpoint(&config.service_url)?;
    let listen = config.listen;
    let refused = |source| Error::Bind { listen, source };
    let listener = TcpListener::bind(listen).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    let local = listener.local_addr().map_err(refused)?;
    Ok(Gateway {
        listener,
        local,
        endpoint,
        tables,
        waits: Waits::default(),
        requests_max: REQUESTS_MAX,
        service_pings: None,
        browsers: Policy::of_listener(local.ip(), None, Hosts::default()),
    })
}

impl Gateway {
    /// The bound address, with the port that was chosen for port 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Replaces [`Waits::default`].
    #[must_use]
    pub fn with_waits(mut self, waits: Waits) -> Self {
        self.waits = waits;
        self
    }

    /// Sets the bound of concurrent requests: at most [`REQUESTS_MAX`], which is the default. More are refused with
    /// 429.
    #[must_use]
    pub fn with_requests_max(mut self, requests_max: usize) -> Self {
        self.requests_max = requests_max;
        self
    }

    /// Sets the interval of HTTP/2 pings to the service, which is also the time for each answer. Only pings detect a
    /// host that disappears without closing its connections. Some servers close connections with frequent pings, so
    /// pings are off by default.
    #[must_use]
    pub fn with_service_pings(mut self, every: Option<Duration>) -> Self {
        self.service_pings = every;
        self
    }

    /// Sets which pages may use the gateway. The default is [`Policy::of_listener`] without settings.
    #[must_use]
    pub fn with_browsers(mut self, browsers: Policy) -> Self {
        self.browsers = browsers;
        self
    }

    /// Serves until `shutdown` completes, then ends streams and waits for other requests, for at most 9 s. Dropping the
    /// future closes every connection at once.
    ///
    /// # Errors
    /// The listening socket fails.
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let accept_failed = |source| Error::Accept { source };
        let listener = tokio::net::TcpListener::from_std(self.listener).map_err(accept_failed)?;
        let handler = Arc::new(Handler::new(
            self.tables,
            Upstream::new(&upstream::with_pings(self.endpoint, self.service_pings)),
            self.waits,
            self.requests_max,
            self.browsers,
        ));
        let server = connection::builder(self.waits.header);
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = &mut shutdown => break,
            };
            // The client has closed the connection, or the process has no free sockets: ending connections free some.
            let Ok((socket, _)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            socket::tune(&socket);
            let handler = Arc::clone(&handler);
            let stalled = Arc::new(Notify::new());
            let watched = Arc::clone(&stalled);
            let wait = self.waits.answer;
            let service = service_fn(move |request| {
                let (handler, stalled) = (Arc::clone(&handler), Arc::clone(&watched));
                async move {
                    let response = handler.handle(request).await;
                    let sent = response.map(|content| Sent::new(content, stalled, wait));
                    Ok::<_, std::convert::Infallible>(sent)
                }
            });
            let socket = Sending::new(Lingering::new(socket), wait);
            let socket = Opening::new(socket, self.waits.header);
            let connection = server
                .serve_connection(TokioIo::new(socket), service)
                .into_owned();
            let connection = graceful.watch(connection);
            connections.spawn(async move {
                let ended = tokio::select! {
                    ended = connection => ended.map_err(|error| error.to_string()),
                    () = stalled.notified() => Err("the client does not take its answer".to_owned()),
                };
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection failed");
                }
            });
            while connections.try_join_next().is_some() {}
        }
        drop(listener);
        handler.close();
        if tokio::time::timeout(DRAIN_WAIT, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("shutdown cut off requests that were still in progress");
        }
        Ok(())
    }
}
