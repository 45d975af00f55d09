//! The whole configuration: every section read and checked, and the secrets that `dev` makes.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use order_gateway::browser::Policy;
use order_settings::value::Refused;
use order_settings::{Faults, Host, Source, refused};

use super::database::{Database, Storage};
use super::engine::Engine;
use super::keys::{Keys, Tier};
use super::mode::Mode;
use super::participants::Participants;
use super::redis_address::RedisAddress;
use super::secrets::{self, Sealing, Webhooks};
use super::server::Server;
use super::settings::Settings;
use super::{contradictions, prices, secret_file, section};
use crate::domain::{BookingFees, Secret};

/// Where `dev` keeps the webhook secret, in DATA_DIR.
const WEBHOOK_SECRET_FILE: &str = "webhook.secret";

/// Everything that the settings decide.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address that gateway and service listen on.
    pub host: IpAddr,
    /// The gateway's port; 0 takes a free one.
    pub http_port: u16,
    /// The pages that may use the embedded gateway, and the service by gRPC-web.
    pub browsers: Policy,
    /// The service's port; 0 takes a free one.
    pub grpc_port: u16,
    /// The embedded sandbox's port, always on loopback; 0 takes a free one.
    pub sandbox_port: u16,
    /// Folder of the embedded database and of the secrets that `dev` makes.
    pub data_dir: PathBuf,
    pub database: Database,
    /// The fast tier of idempotency keys; none: claims are held in this process.
    pub redis: Option<RedisAddress>,
    /// The four participants; none: the sandbox.
    pub participants: Option<Participants>,
    pub engine: Engine,
    /// How idempotency keys work.
    pub keys: Keys,
    /// Streams of WatchOrder at once on one replica.
    pub watchers_max: u32,
    /// 32-byte keys in base64, separated by commas: the first encrypts, any decrypts.
    pub data_key: Secret,
    /// Webhook secrets, separated by commas; none: the webhook route is closed.
    pub webhook_secret: Option<Secret>,
    /// What the platform adds to the prices of seats, per ticket and by currency.
    pub booking_fees: BookingFees,
    /// Tax on the subtotal, in basis points.
    pub tax_bps: u32,
    pub telemetry: order_telemetry::Settings,
}

/// The settings, and what was made of those that depend on each other or on the command.
struct Checked {
    settings: Settings,
    host: IpAddr,
    browsers: Policy,
    participants: Option<Participants>,
}

fn checked(mode: Mode, source: &Source<'_>) -> Result<Checked, Faults> {
    section::read(source, |settings: Settings, faults| {
        let host = settings.host.address(faults);
        let origins = settings.http.origins(faults);
        let hosts = settings.host.allowed_hosts(faults);
        let participants = settings.addresses.participants(mode, faults);
        settings.sealing.check(mode, faults);
        prices::refuse_replaced(source, faults);
        contradictions::add(&settings, mode, host, faults);
        Checked {
            settings,
            host,
            browsers: Policy::of_listener(host, origins, hosts.unwrap_or_default()),
            participants,
        }
    })
}

impl Config {
    /// Checks every setting. Makes no secret and no file.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn check(mode: Mode, source: &Source<'_>) -> Result<(), Faults> {
        checked(mode, source).map(|_| ())
    }

    /// Reads and checks every setting, and in `dev` makes the secrets that are missing.
    ///
    /// # Errors
    /// Every fault at once; then no file was written. Or a secret that cannot be kept in DATA_DIR.
    pub fn load(mode: Mode, source: &Source<'_>) -> Result<Self, Faults> {
        let Checked {
            settings,
            host,
            browsers,
            participants,
        } = checked(mode, source)?;
        let database = settings.storage.database();
        let data_dir = settings.storage.data_dir;
        Ok(Self {
            host,
            http_port: settings.http.http_port,
            browsers,
            grpc_port: settings.server.grpc_port,
            sandbox_port: settings.sandbox.sandbox_port,
            redis: settings.tier.address(&database),
            participants,
            engine: settings.engine,
            keys: settings.keys,
            watchers_max: settings.server.watchers_max,
            data_key: data_key(settings.sealing, &data_dir)?,
            webhook_secret: match mode {
                Mode::Dev => Some(kept_webhook_secret(settings.webhooks, &data_dir)?),
                Mode::Serve => settings.webhooks.webhook_secret,
            },
            tax_bps: settings.prices.tax_bps,
            booking_fees: settings.prices.booking_fees(),
            telemetry: settings.telemetry,
            data_dir,
            database,
        })
    }

    /// Where the gateway listens.
    pub fn http_addr(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.http_port)
    }

    /// Where the service listens.
    pub fn grpc_addr(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.grpc_port)
    }

    /// Whether this process writes orders or the sandbox's state to DATA_DIR, which then has one owner (RULE 36).
    pub fn keeps_state_in_data_dir(&self) -> bool {
        matches!(self.database, Database::Sqlite(_)) || self.participants.is_none()
    }

    /// Where the embedded sandbox keeps its state.
    pub fn sandbox_state_file(&self) -> PathBuf {
        self.data_dir.join("sandbox.json")
    }
}

/// The key that is set, or else the one that is kept in `dir`, made when there is none.
fn data_key(sealing: Sealing, dir: &Path) -> Result<Secret, Faults> {
    match sealing.data_key {
        Some(key) => Ok(key),
        None => kept(dir, "data.key", secrets::new_data_key, |text| {
            secrets::data_key(text).map_err(|Refused| refused::<Sealing>("DATA_KEY"))
        }),
    }
}

fn kept_webhook_secret(webhooks: Webhooks, dir: &Path) -> Result<Secret, Faults> {
    match webhooks.webhook_secret {
        Some(secret) => Ok(secret),
        None => kept(
            dir,
            WEBHOOK_SECRET_FILE,
            secrets::new_webhook_secret,
            |text| {
                secrets::webhook_secret(text)
                    .map_err(|Refused| refused::<Webhooks>("WEBHOOK_SECRET"))
            },
        ),
    }
}

fn kept(
    dir: &Path,
    name: &str,
    make: impl FnOnce() -> String,
    parse: impl FnOnce(&str) -> Result<Secret, order_settings::Fault>,
) -> Result<Secret, Faults> {
    let text = secret_file::find_or_make(dir, name, make)?;
    Ok(parse(text.trim())?)
}

/// Reads only the address to listen on, for a sandbox that runs alone.
///
/// # Errors
/// The faults of HOST and AUTH.
pub fn host(source: &Source<'_>) -> Result<IpAddr, Faults> {
    section::read(source, |host: Host, faults| host.address(faults))
}

/// Reads only where the service listens.
///
/// # Errors
/// The faults of HOST, AUTH and GRPC_PORT.
pub fn grpc_addr(source: &Source<'_>) -> Result<SocketAddr, Faults> {
    let host = host(source)?;
    section::read(source, |server: Server, _| {
        SocketAddr::new(host, server.grpc_port)
    })
}

/// Reads only the webhook secrets, for a sandbox that runs alone.
///
/// # Errors
/// The fault of WEBHOOK_SECRET.
pub fn webhook_secret(source: &Source<'_>) -> Result<Option<Secret>, Faults> {
    section::read(source, |webhooks: Webhooks, _| webhooks.webhook_secret)
}

/// Reads only the webhook secrets; none are set: those that `dev` has made and kept in DATA_DIR. Makes none.
///
/// # Errors
/// The faults of WEBHOOK_SECRET and DATA_DIR.
pub fn signing_secret(source: &Source<'_>) -> Result<Option<Secret>, Faults> {
    if let Some(secret) = webhook_secret(source)? {
        return Ok(Some(secret));
    }
    let dir = section::read(source, |storage: Storage, _| storage.data_dir)?;
    if !dir.join(WEBHOOK_SECRET_FILE).exists() {
        return Ok(None);
    }
    let none = Webhooks {
        webhook_secret: None,
    };
    kept_webhook_secret(none, &dir).map(Some)
}

/// Reads only the settings of logs and traces.
///
/// # Errors
/// The faults of these settings.
pub fn telemetry(source: &Source<'_>) -> Result<order_telemetry::Settings, Faults> {
    section::read(source, |settings, _| settings)
}

/// Reads only where Redis is; none: claims are held in the process.
///
/// # Errors
/// The faults of REDIS_ADDR and of the database's settings.
pub fn redis(source: &Source<'_>) -> Result<Option<RedisAddress>, Faults> {
    let database = Database::load(source)?;
    section::read(source, |tier: Tier, _| tier.address(&database))
}
