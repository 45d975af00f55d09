//! Settings of the four participants, and of the sandbox that replaces them.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use order_settings::{Fault, Faults, Source, value};

use super::mode::Mode;
use super::section;

/// Where the participants listen: `http://host:port` or https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participants {
    /// Holds, books and releases seats.
    pub inventory_url: String,
    /// Authorizes, captures and refunds payments.
    pub payment_url: String,
    /// Sends messages to buyers.
    pub notification_url: String,
    /// Meters usage of organizations.
    pub subscription_url: String,
}

#[derive(Debug, Clone, Args)]
#[group(id = "participants")]
#[command(next_help_heading = "Participants")]
pub(super) struct Addresses {
    /// Inventory: holds, books and releases seats. All four addresses are set, or none
    ///
    /// Must be `http://host:port` or `https://host:port`
    ///
    /// Default: the sandbox in `dev`; `serve` requires it
    #[arg(long, env = "INVENTORY_URL", value_parser = value::http_address)]
    inventory_url: Option<String>,
    /// Payment: authorizes, captures and refunds
    ///
    /// Must be `http://host:port` or `https://host:port`
    ///
    /// Default: the sandbox in `dev`; `serve` requires it
    #[arg(long, env = "PAYMENT_URL", value_parser = value::http_address)]
    payment_url: Option<String>,
    /// Notification: sends messages to buyers
    ///
    /// Must be `http://host:port` or `https://host:port`
    ///
    /// Default: the sandbox in `dev`; `serve` requires it
    #[arg(long, env = "NOTIFICATION_URL", value_parser = value::http_address)]
    notification_url: Option<String>,
    /// Subscription: meters usage of organizations
    ///
    /// Must be `http://host:port` or `https://host:port`
    ///
    /// Default: the sandbox in `dev`; `serve` requires it
    #[arg(long, env = "SUBSCRIPTION_URL", value_parser = value::http_address)]
    subscription_url: Option<String>,
}

/// The sandbox that `dev` embeds.
#[derive(Debug, Clone, Args)]
#[group(id = "sandbox")]
#[command(next_help_heading = "Participants")]
pub(super) struct Sandbox {
    /// Port of the sandbox that `dev` embeds, on loopback; 0 takes a free one
    ///
    /// Must be a port, 0 to 65535
    #[arg(long, env = "SANDBOX_PORT", default_value_t = 9100)]
    pub(super) sandbox_port: u16,
}

impl Addresses {
    /// Whether none of the four is set: `dev` then embeds the sandbox.
    pub(super) fn are_unset(&self) -> bool {
        self.by_name().iter().all(|(_, url)| url.is_none())
    }

    pub(super) const fn by_name(&self) -> [(&'static str, &Option<String>); 4] {
        [
            ("INVENTORY_URL", &self.inventory_url),
            ("PAYMENT_URL", &self.payment_url),
            ("NOTIFICATION_URL", &self.notification_url),
            ("SUBSCRIPTION_URL", &self.subscription_url),
        ]
    }

    /// The four participants; none when the sandbox replaces them. Adds a fault for each address that is missing.
    pub(super) fn participants(&self, mode: Mode, faults: &mut Faults) -> Option<Participants> {
        let urls = self.by_name();
        if mode == Mode::Dev && self.are_unset() {
            return None;
        }
        let why = match mode {
            Mode::Dev => {
                "set the addresses of all four participants, or of none to use the sandbox"
            }
            Mode::Serve => "`serve` has no sandbox, it needs all four participants",
        };
        for (name, _) in urls.iter().filter(|(_, url)| url.is_none()) {
            faults.add(Fault::missing(name, why));
        }
        Some(Participants {
            inventory_url: self.inventory_url.clone()?,
            payment_url: self.payment_url.clone()?,
            notification_url: self.notification_url.clone()?,
            subscription_url: self.subscription_url.clone()?,
        })
    }
}

impl Participants {
    /// All four at one address, where a sandbox listens.
    pub fn all_at(url: &str) -> Self {
        Self {
            inventory_url: url.to_owned(),
            payment_url: url.to_owned(),
            notification_url: url.to_owned(),
            subscription_url: url.to_owned(),
        }
    }

    /// Reads only where the participants are; when no address is set, the sandbox that `dev` embeds.
    ///
    /// # Errors
    /// The faults of these settings.
    pub fn load(source: &Source<'_>) -> Result<Self, Faults> {
        let participants = section::read(source, |addresses: Addresses, faults| {
            addresses.participants(Mode::Dev, faults)
        })?;
        if let Some(participants) = participants {
            return Ok(participants);
        }
        let port = section::read(source, |sandbox: Sandbox, _| sandbox.sandbox_port)?;
        let sandbox = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self::all_at(&format!("http://{sandbox}")))
    }
}

/// Setting and address of each participant whose address is set and well formed, whatever the others are.
pub fn addresses(source: &Source<'_>) -> Vec<(&'static str, String)> {
    let addresses: Addresses = order_settings::read(source, &mut Faults::default());
    let set = addresses.by_name().into_iter();
    set.filter_map(|(name, url)| Some((name, url.clone()?)))
        .collect()
}
