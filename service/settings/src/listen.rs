//! The settings that every server of the product has: the address it listens on, and the HTTP side of a gateway.

use std::net::IpAddr;

use clap::Args;

use crate::read::refused;
use crate::{Fault, Faults, value};

/// The address that a process listens on.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Listening")]
pub struct Host {
    /// IP address that the process listens on
    ///
    /// Must be an IP address, such as 127.0.0.1 or 0.0.0.0, or `localhost`
    #[arg(long, env = "HOST", default_value = "127.0.0.1", value_parser = value::ip_address)]
    host: IpAddr,
    /// How callers prove who they are; `off` accepts every caller that reaches the address
    ///
    /// Must be `off`, the only mode; required when HOST is not a loopback address
    ///
    /// Default: `off` on a loopback address, otherwise none
    #[arg(long, env = "AUTH", value_parser = ["off"])]
    auth: Option<String>,
    /// Further host names by which a loopback address may be reached, such as the name that a reverse proxy forwards
    ///
    /// Must be host names without ports, separated by commas
    ///
    /// Default: none; `localhost`, names below it and loopback addresses are always accepted
    #[arg(long, env = "ALLOWED_HOSTS")]
    allowed_hosts: Option<String>,
}

/// The HTTP side of a gateway.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "HTTP/JSON gateway")]
pub struct Http {
    /// Port of the gateway; 0 takes a free one
    ///
    /// Must be a port, 0 to 65535
    #[arg(long, env = "HTTP_PORT", default_value_t = 8084)]
    pub http_port: u16,
    /// Origins whose pages may call the gateway, or the service by gRPC-web, from a browser
    ///
    /// Must be origins such as `https://a.example`, separated by commas, or `*`, or `none`
    ///
    /// Default: pages of this machine when HOST is a loopback address, otherwise none
    #[arg(long, env = "CORS_ORIGINS")]
    pub cors_origins: Option<String>,
}

impl Host {
    /// The address. Adds a fault when it is open to other machines and AUTH is not set.
    pub fn address(&self, faults: &mut Faults) -> IpAddr {
        if self.auth.is_none() && !self.host.is_loopback() {
            faults.add(Fault::missing(
                "AUTH",
                "HOST is not a loopback address; `off` accepts every caller that reaches it",
            ));
        }
        self.host
    }

    /// ALLOWED_HOSTS as `T` reads them; none when it is not set. Adds a fault when `T` refuses them.
    pub fn allowed_hosts<T: std::str::FromStr>(&self, faults: &mut Faults) -> Option<T> {
        let parsed = self.allowed_hosts.as_deref()?.parse().ok();
        if parsed.is_none() {
            faults.add(refused::<Self>("ALLOWED_HOSTS"));
        }
        parsed
    }
}

impl Http {
    /// The origins as `T` reads them; none when CORS_ORIGINS is not set. Adds a fault when `T` refuses them.
    pub fn origins<T: std::str::FromStr>(&self, faults: &mut Faults) -> Option<T> {
        let parsed = self.cors_origins.as_deref()?.parse().ok();
        if parsed.is_none() {
            faults.add(refused::<Self>("CORS_ORIGINS"));
        }
        parsed
    }
}
