//! Starts service, gateway and sandbox together, and stops them in an order in which running calls are answered.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use order_gateway::Gateway;
use order_ownership::Ownership;
use order_sandbox::Sandbox;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Database, Participants};
use crate::server;
use crate::server::Background;

/// Time for the whole shutdown: less than the 10 s after which a supervisor kills the process.
const STOP_WITHIN: Duration = Duration::from_secs(9);

#[derive(Debug)]
pub(super) struct Stack {
    /// Address of the service, reachable from this machine.
    pub(super) grpc: SocketAddr,
    /// Address of the gateway, if there is one.
    pub(super) http: Option<SocketAddr>,
    /// Address of the sandbox, if it is embedded.
    pub(super) sandbox: Option<SocketAddr>,
    closing: CancellationToken,
    sandbox_closing: CancellationToken,
    servers: JoinSet<anyhow::Result<()>>,
    sandbox_task: JoinSet<anyhow::Result<()>>,
    background: Background,
    // Dropped last: nothing writes to the folder any more.
    _data_dir: Option<Ownership>,
}

impl Stack {
    /// Starts the service, the gateway, and the sandbox when no participants are configured.
    pub(super) async fn with_gateway(config: Config) -> anyhow::Result<Self> {
        Self::start(config, true).await
    }

    /// Starts the service without a gateway.
    pub(super) async fn without_gateway(config: Config) -> anyhow::Result<Self> {
        Self::start(config, false).await
    }

    /// Owns DATA_DIR, binds every port, opens the store, then serves. An error on the way stops whatever was started.
    async fn start(config: Config, with_gateway: bool) -> anyhow::Result<Self> {
        let data_dir = own_data_dir(&config)?;
        let service = server::bind(config.grpc_addr())?;
        let grpc = reachable(service.local_addr());
        let gateway = with_gateway
            .then(|| bind_gateway(&config, grpc))
            .transpose()?;
        let http = gateway.as_ref().map(|bound| reachable(bound.local_addr()));
        let sandbox = match config.participants {
            Some(_) => None,
            None => Some(bind_sandbox(&config, http).await?),
        };
        let sandbox_addr = sandbox.as_ref().map(Sandbox::local_addr);
        let participants = match (&config.participants, sandbox_addr) {
            (Some(participants), _) => participants.clone(),
            (None, Some(addr)) => Participants::all_at(&format!("http://{addr}")),
            (None, None) => unreachable!("without participants there is a sandbox"),
        };

        let (closing, sandbox_closing) = (CancellationToken::new(), CancellationToken::new());
        let (mut servers, mut sandbox_task) = (JoinSet::new(), JoinSet::new());
        // The sandbox serves first: the service resumes old sagas as soon as it is built.
        if let Some(sandbox) = sandbox {
            let closed = sandbox_closing.clone().cancelled_owned();
            sandbox_task.spawn(async move { Ok(sandbox.serve(closed).await?) });
        }
        // On Postgres `serve` leaves the schema to `migrate`; `dev` and SQLite migrate by themselves.
        let migrates = with_gateway || matches!(config.database, Database::Sqlite(_));
        let (parts, background) = server::build(&config, &participants, migrates).await?;
        let closed = closing.clone();
        servers.spawn(async move { Ok(service.serve(parts, closed).await?) });
        if let Some(gateway) = gateway {
            let closed = closing.clone().cancelled_owned();
            servers.spawn(async move { Ok(gateway.serve(closed).await?) });
        }
        Ok(Self {
            grpc,
            http,
            sandbox: sandbox_addr,
            closing,
            sandbox_closing,
            servers,
            sandbox_task,
            background,
            _data_dir: data_dir,
        })
    }

    /// Waits until a part stops by itself; returns the cause.
    pub(super) async fn failure(&mut self) -> anyhow::Error {
        let ended = tokio::select! {
            Some(ended) = self.servers.join_next() => ended,
            Some(ended) = self.sandbox_task.join_next() => ended,
        };
        match ended {
            Ok(Ok(())) => anyhow::anyhow!("a server stopped by itself"),
            Ok(Err(error)) => error,
            Err(panicked) => panicked.into(),
        }
    }

    /// Refuses new work, releases every lease and stops. The sandbox stops last, so that running calls are answered.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        self.closing.cancel();
        let stopping = async {
            // At the same time: a request that waits for an order is answered by the replica that takes the saga over.
            let (servers, ()) = tokio::join!(drain(&mut self.servers), self.background.stop());
            self.sandbox_closing.cancel();
            servers.and(drain(&mut self.sandbox_task).await)
        };
        tokio::time::timeout(STOP_WITHIN, stopping)
            .await
            .unwrap_or_else(|_| {
                tracing::warn!("the shutdown timed out; remaining tasks are dropped");
                Ok(())
            })
    }
}

/// Owns DATA_DIR where this process keeps orders or the sandbox's state in it. The secrets in it may be shared: a second
/// process that shares nothing else is not refused.
fn own_data_dir(config: &Config) -> anyhow::Result<Option<Ownership>> {
    if config.keeps_state_in_data_dir() {
        let owned = Ownership::of_folder(&config.data_dir);
        return owned.map(Some).context("DATA_DIR");
    }
    Ok(None)
}

async fn drain(tasks: &mut JoinSet<anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut all = Ok(());
    while let Some(ended) = tasks.join_next().await {
        all = all.and(ended.map_err(anyhow::Error::from).flatten());
    }
    all
}

/// The embedded gateway calls the service over gRPC, as in production.
fn bind_gateway(config: &Config, grpc: SocketAddr) -> anyhow::Result<Gateway> {
    let gateway = order_gateway::Config {
        listen: config.http_addr(),
        service_url: format!("http://{grpc}"),
    };
    let gateway = order_gateway::bind(gateway).context("HTTP_PORT")?;
    Ok(gateway.with_browsers(config.browsers.clone()))
}

async fn bind_sandbox(config: &Config, http: Option<SocketAddr>) -> anyhow::Result<Sandbox> {
    let webhook = http.zip(config.webhook_secret.as_ref());
    let sandbox = order_sandbox::Config {
        listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), config.sandbox_port),
        state_file: Some(config.sandbox_state_file()),
        webhook: webhook.map(|(http, secret)| order_sandbox::Webhook {
            url: format!("http://{http}/v1/webhooks/payment"),
            secret: secret.reveal().to_owned(),
        }),
    };
    let bound = order_sandbox::bind(sandbox).await;
    bound.map_err(|error| match error {
        order_sandbox::Error::Listen { .. } => anyhow::Error::from(error).context("SANDBOX_PORT"),
        order_sandbox::Error::StateFile { .. }
        | order_sandbox::Error::StateFileOwned(_)
        | order_sandbox::Error::StateDamaged { .. }
        | order_sandbox::Error::WebhookSecret
        | order_sandbox::Error::WebhookClient { .. }
        | order_sandbox::Error::Serve { .. } => error.into(),
    })
}

/// The loopback address for a socket that listens on every address; other addresses as they are.
fn reachable(addr: SocketAddr) -> SocketAddr {
    if !addr.ip().is_unspecified() {
        return addr;
    }
    let ip = match addr {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, addr.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_on_every_address_is_reached_on_loopback() {
        for (bound, reached) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
        ] {
            let bound: SocketAddr = bound.parse().expect("an address");
            assert_eq!(reachable(bound).to_string(), reached);
        }
    }
}
