//! Who is sent bookings: addresses that are given, or a product of one's own.

use clap::Args;

use super::client::Client;
use crate::cli::embedded::Embedded;

/// Who is sent bookings.
// The group's name must not be the one of the arguments that it is flattened into.
#[derive(Debug, Args)]
#[group(id = "target")]
pub(super) struct Arguments {
    /// A gateway to send JSON to; several share the load
    #[arg(long = "http", value_name = "URL")]
    http: Vec<String>,
    /// A service to send gRPC to; several share the load
    #[arg(long = "grpc", value_name = "URL")]
    grpc: Vec<String>,
    /// The sandbox behind them, to see what happened there
    #[arg(long, value_name = "URL")]
    sandbox: Option<String>,
}

/// Clients, and what stands behind them.
#[derive(Debug)]
pub(super) struct Target {
    /// One per connection, each in its turn.
    pub(super) clients: Vec<Client>,
    /// Where the sandbox answers, where that is known.
    pub(super) sandbox: Option<String>,
    embedded: Option<Embedded>,
}

impl Target {
    /// Connects, `connections` times to each address.
    pub(super) async fn reach(arguments: Arguments, connections: usize) -> anyhow::Result<Self> {
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

    /// Ends the product of one's own, if there is one.
    pub(super) async fn leave(self) -> anyhow::Result<()> {
        match self.embedded {
            Some(own) => own.stop().await,
            None => Ok(()),
        }
    }
}
