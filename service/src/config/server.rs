//! Settings of the gRPC server.

use clap::Args;

#[derive(Debug, Clone, Args)]
#[group(id = "server")]
#[command(next_help_heading = "gRPC service")]
pub(super) struct Server {
    /// Port of the service; 0 takes a free one
    ///
    /// Must be a port, 0 to 65535
    #[arg(long, env = "GRPC_PORT", default_value_t = 9084)]
    pub(super) grpc_port: u16,
    /// Streams of WatchOrder at once on one replica; each watched order is read about once a second
    ///
    /// Must be a whole number from 1 to 1000000
    #[arg(long, env = "WATCHERS_MAX", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) watchers_max: u32,
}
