//! What the environment says, read once and typed before any port is bound.
//!
//! Owns every variable's name, default and rule. Knows nothing of what is done with them, and never shows a value that
//! may be secret.

mod duration;
mod error;
mod kept;
mod read;
mod secrets;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::{Secret, Tariff};

pub use duration::parse as duration;
pub use error::Error;

/// Which command is being configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Stand-alone: what is missing is made, kept and embedded.
    Dev,
    /// Production: what is missing is an error.
    Serve,
}

/// Everything the environment decides.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address that gateway and service listen on.
    pub host: IpAddr,
    /// The gateway's port; 0 takes a free one.
    pub http_port: u16,
    /// Whose pages the embedded gateway lets in, as `CORS_ORIGINS` writes it; none: the gateway decides.
    pub cors_origins: Option<String>,
    /// The service's port; 0 takes a free one.
    pub grpc_port: u16,
    /// The embedded sandbox's port, always on loopback; 0 takes a free one.
    pub sandbox_port: u16,
    /// Where files are kept that nothing else keeps.
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// The fast tier of idempotency keys, where there is one.
    pub redis_url: Option<Secret>,
    /// The four participants; none: the sandbox.
    pub participants: Option<Participants>,
    /// How sagas run.
    pub engine: Engine,
    /// How idempotency keys work.
    pub keys: Keys,
    /// Watchers of orders at once, on one replica.
    pub watchers_max: u32,
    /// 32-byte keys in base64, separated by commas: the first encrypts, any decrypts.
    pub data_key: Secret,
    /// Webhook secrets, separated by commas; none: the webhook route is closed.
    pub webhook_secret: Option<Secret>,
    /// What the platform adds to the seats' prices.
    pub tariff: Tariff,
    /// Logs and traces.
    pub telemetry: Telemetry,
}

/// Which database, and where.
#[derive(Debug, Clone)]
pub enum Database {
    /// Embedded: this file.
    Sqlite(PathBuf),
    /// A server, by its URL.
    Postgres(Secret),
}

/// Where the participants listen: `http://host:port` or https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participants {
    /// Keeps seats.
    pub inventory_url: String,
    /// Moves money.
    pub payment_url: String,
    /// Tells buyers.
    pub notification_url: String,
    /// Meters usage.
    pub subscription_url: String,
}

impl Participants {
    /// All four at one address, as a sandbox plays them.
    pub fn all_at(url: &str) -> Self {
        Self {
            inventory_url: url.to_owned(),
            payment_url: url.to_owned(),
            notification_url: url.to_owned(),
            subscription_url: url.to_owned(),
        }
    }

    /// Reads only where the participants are; none named: the sandbox that `dev` brings.
    pub fn load(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        read::participants_or_sandbox(&read::Source::new(lookup))
    }
}

/// How sagas run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    /// How long seats are held.
    pub hold_duration: Duration,
    /// Hold time that must be left when ConfirmBooking is sent.
    pub capture_margin: Duration,
    /// How long a replica owns a saga without renewing.
    pub lease: Duration,
    /// Tries per forward step.
    pub step_attempts: u32,
    /// Time per call.
    pub step_deadline: Duration,
    /// Tries per undo, and per step after the pivot.
    pub compensation_attempts: u32,
    /// Tries per message on its way out.
    pub delivery_attempts: u32,
}

/// How idempotency keys work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// How long a key is kept.
    pub ttl: Duration,
    /// Whether guarded rpcs need one.
    pub required: bool,
}

/// Logs and traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telemetry {
    /// Where traces are sent, over gRPC.
    pub otlp_endpoint: Option<String>,
    /// What a log line looks like.
    pub log_format: LogFormat,
    /// What is logged, as `RUST_LOG` says.
    pub log_filter: Option<String>,
}

/// What a log line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines.
    Json,
}

impl Config {
    /// Reads and checks every variable, and in `dev` makes the secrets that are missing.
    ///
    /// `lookup` answers a variable's value; an empty one counts as not set.
    pub fn load(mode: Mode, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        read::config(mode, &read::Source::new(lookup))
    }

    /// Where the gateway listens.
    pub fn http_addr(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.http_port)
    }

    /// Where the service listens.
    pub fn grpc_addr(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.grpc_port)
    }

    /// Where the embedded sandbox keeps its state.
    pub fn sandbox_state_file(&self) -> PathBuf {
        self.data_dir.join("sandbox.json")
    }
}

impl Telemetry {
    /// Reads only what logging needs: for commands that need nothing else.
    pub fn load(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        read::telemetry(&read::Source::new(lookup))
    }
}

impl Database {
    /// Reads only where the database is: for commands that need nothing else.
    pub fn load(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let source = read::Source::new(lookup);
        let data_dir = read::data_dir(&source);
        read::database(&source, &data_dir)
    }
}

/// Reads only the address to listen on: for a sandbox that runs alone.
pub fn host(lookup: &dyn Fn(&str) -> Option<String>) -> Result<IpAddr, Error> {
    read::host(&read::Source::new(lookup))
}

/// Reads only the webhook secrets: for a sandbox that runs alone.
pub fn webhook_secret(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Option<Secret>, Error> {
    secrets::webhook_secret(&read::Source::new(lookup))
}
