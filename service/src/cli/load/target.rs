//! Where bookings are sent: the given addresses, or an embedded product that the command starts.

use clap::Args;

use super::client::Client;
use crate::cli::embedded::Embedded;

/// The addresses that bookings are sent to.
// Clap requires another group id than the one of the structure that flattens this one; both are named `Arguments`.
#[derive(Debug, Args)]
#[group(id = "target")]
pub(super) struct Arguments {
    /// A gateway to send JSON to; several share the load
    #[arg(long = "http", value_name = "URL")]
    http: Vec<String>,
    /// A service to send gRPC to; several share the load
    #[arg(long = "grpc", value_name = "URL")]
    grpc: Vec<String>,
    /// The sandbox behind them, to count orders and captures there
    #[arg(long, value_name = "URL")]
    sandbox: Option<String>,
}

/// Connected clients, and the embedded product where there is one.
#[derive(Debug)]
pub(super) struct Target {
    /// One per connection; addresses alternate.
    pub(super) clients: Vec<Client>,
    /// The URL of the sandbox, if known.
    pub(super) sandbox: Option<String>,
    embedded: Option<Embedded>,
}

impl Target {
    /// Opens `connections` connections to each address. Without an address it starts an embedded product.
    pub(super) async fn connect(arguments: Arguments, connections: usize) -> anyhow::Result<Self> {
        let Arguments {
            http,
            mut grpc,
            mut sandbox,
        } = arguments;
        let mut embedded = None;
        if http.is_empty() && grpc.is_empty() {
            let own = Embedded::start().await?;
            grpc.push(format!("http://{}", own.stack().grpc));
            sandbox = own.stack().sandbox.map(|addr| format!("http://{addr}"));
            embedded = Some(own);
        }
        let mut clients = Vec::new();
        for _ in 0..connections {
            for url in &grpc {
                clients.push(Client::grpc(url).await?);
            }
            for url in &http {
                clients.push(Client::http(url)?);
            }
        }
        Ok(Self {
            clients,
            sandbox,
            embedded,
        })
    }

    /// Stops the embedded product, if there is one.
    pub(super) async fn stop(self) -> anyhow::Result<()> {
        match self.embedded {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
