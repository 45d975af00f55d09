//! From texts to types: one function per group of variables, one rule per variable.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use super::{
    Config, Database, Engine, Error, Keys, LogFormat, Mode, Participants, Telemetry, duration,
    secrets,
};
use crate::domain::{Secret, Tariff};

/// The shortest lease: shorter ones are lost to a slow commit.
const LEASE_MIN: Duration = Duration::from_secs(1);
/// All of the subtotal, in basis points.
const TAX_BPS_MAX: u32 = 10_000;
/// Where Redis is looked for once there is a Postgres.
const REDIS_ADDR: &str = "localhost:6379";

/// Where variables come from.
pub(super) struct Source<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Source<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup }
    }

    /// The variable's value; none when it is not set, or empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = (self.lookup)(name)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        default: T,
        rule: &'static str,
        holds: impl Fn(&T) -> bool,
    ) -> Result<T, Error> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(holds)
            .ok_or(Error::Invalid { name, rule })
    }

    fn port(&self, name: &'static str, default: u16) -> Result<u16, Error> {
        self.parsed(name, default, "must be a port, 0 to 65535", |_| true)
    }

    fn count(&self, name: &'static str, default: u32) -> Result<u32, Error> {
        let rule = "must be a whole number from 1 to 1000000";
        self.parsed(name, default, rule, |n| (1..=1_000_000).contains(n))
    }

    fn span(
        &self,
        name: &'static str,
        default: Duration,
        least: Duration,
        rule: &'static str,
    ) -> Result<Duration, Error> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        duration::parse(&text)
            .filter(|span| *span >= least)
            .ok_or(Error::Invalid { name, rule })
    }

    fn flag(&self, name: &'static str) -> Result<bool, Error> {
        self.parsed(name, false, "must be `true` or `false`", |_| true)
    }

    /// An `http://host:port` or https address, without a trailing slash.
    fn address(&self, name: &'static str) -> Result<Option<String>, Error> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let plain = Url::parse(&text).ok().filter(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && url.path() == "/"
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let rule = "must be `http://host:port` or `https://host:port`";
        plain
            .map(|_| Some(text.trim_end_matches('/').to_owned()))
            .ok_or(Error::Invalid { name, rule })
    }
}

pub(super) fn config(mode: Mode, source: &Source<'_>) -> Result<Config, Error> {
    let data_dir = data_dir(source);
    let database = database(source, &data_dir)?;
    let config = Config {
        host: host(source)?,
        http_port: source.port("HTTP_PORT", 8084)?,
        cors_origins: source.text("CORS_ORIGINS"),
        grpc_port: source.port("GRPC_PORT", 9084)?,
        sandbox_port: sandbox_port(source)?,
        redis_url: redis_url(source, &database)?,
        participants: participants(mode, source)?,
        engine: engine(source)?,
        keys: keys(source)?,
        // Each looks into the database about once a second.
        watchers_max: source.count("WATCHERS_MAX", 1_000)?,
        tariff: tariff(source)?,
        telemetry: telemetry(source)?,
        // Last: all else is known to be right before a file is made.
        data_key: secrets::data_key(mode, source, &data_dir)?,
        webhook_secret: secrets::webhook_secret_for(mode, source, &data_dir)?,
        data_dir,
        database,
    };
    Ok(config)
}

pub(super) fn data_dir(source: &Source<'_>) -> PathBuf {
    source
        .text("DATA_DIR")
        .map_or_else(|| PathBuf::from("./data"), PathBuf::from)
}

pub(super) fn host(source: &Source<'_>) -> Result<IpAddr, Error> {
    let host = match source.text("HOST").as_deref() {
        None | Some("localhost") => IpAddr::V4(Ipv4Addr::LOCALHOST),
        Some(text) => text.parse().map_err(|_| Error::Invalid {
            name: "HOST",
            rule: "must be an IP address, such as 127.0.0.1 or 0.0.0.0",
        })?,
    };
    match source.text("AUTH").as_deref() {
        Some("off") => Ok(host),
        Some(_) => Err(Error::Invalid {
            name: "AUTH",
            rule: "must be `off`: there is no other mode",
        }),
        None if host.is_loopback() => Ok(host),
        None => Err(Error::Missing {
            name: "AUTH",
            why: "HOST is not a loopback address; `off` lets everybody in who can reach it",
        }),
    }
}

pub(super) fn database(source: &Source<'_>, data_dir: &Path) -> Result<Database, Error> {
    let Some(text) = source.text("POSTGRES_URL") else {
        return Ok(Database::Sqlite(data_dir.join("orders.db")));
    };
    let is_postgres =
        Url::parse(&text).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"));
    if !is_postgres {
        return Err(Error::Invalid {
            name: "POSTGRES_URL",
            rule: "must be a URL such as `postgres://user:password@host:5432/database`",
        });
    }
    Ok(Database::Postgres(Secret::new(text)))
}

fn redis_url(source: &Source<'_>, database: &Database) -> Result<Option<Secret>, Error> {
    let text = match (source.text("REDIS_ADDR"), database) {
        (Some(text), _) => text,
        (None, Database::Postgres(_)) => REDIS_ADDR.to_owned(),
        (None, Database::Sqlite(_)) => return Ok(None),
    };
    let is_url = text.starts_with("redis://") || text.starts_with("rediss://");
    let url = if is_url {
        text
    } else {
        format!("redis://{text}")
    };
    let usable = Url::parse(&url).is_ok_and(|parsed| {
        let bare = !is_url && (parsed.port().is_none() || !matches!(parsed.path(), "" | "/"));
        parsed.host_str().is_some_and(|host| !host.is_empty()) && !bare
    });
    if !usable {
        return Err(Error::Invalid {
            name: "REDIS_ADDR",
            rule: "must be `host:port`, or a `redis://` or `rediss://` URL",
        });
    }
    Ok(Some(Secret::new(url)))
}

fn participants(mode: Mode, source: &Source<'_>) -> Result<Option<Participants>, Error> {
    const NAMES: [&str; 4] = [
        "INVENTORY_URL",
        "PAYMENT_URL",
        "NOTIFICATION_URL",
        "SUBSCRIPTION_URL",
    ];
    let mut urls = Vec::new();
    for name in NAMES {
        urls.push(source.address(name)?);
    }
    let missing = NAMES
        .iter()
        .zip(&urls)
        .find_map(|(name, url)| url.is_none().then_some(*name));
    match (missing, mode) {
        (Some(name), Mode::Serve) => Err(Error::Missing {
            name,
            why: "`serve` has no sandbox, it needs all four participants",
        }),
        (Some(_), Mode::Dev) if urls.iter().all(Option::is_none) => Ok(None),
        (Some(missing), Mode::Dev) => Err(Error::SomeParticipants { missing }),
        (None, _) => {
            let mut urls = urls.into_iter().flatten();
            let mut next = || urls.next().expect("none of the four is missing");
            Ok(Some(Participants {
                inventory_url: next(),
                payment_url: next(),
                notification_url: next(),
                subscription_url: next(),
            }))
        }
    }
}

fn sandbox_port(source: &Source<'_>) -> Result<u16, Error> {
    source.port("SANDBOX_PORT", 9100)
}

pub(super) fn participants_or_sandbox(source: &Source<'_>) -> Result<Participants, Error> {
    if let Some(named) = participants(Mode::Dev, source)? {
        return Ok(named);
    }
    let sandbox = (Ipv4Addr::LOCALHOST, sandbox_port(source)?);
    let sandbox = SocketAddr::from(sandbox);
    Ok(Participants::all_at(&format!("http://{sandbox}")))
}

fn engine(source: &Source<'_>) -> Result<Engine, Error> {
    let positive = Duration::from_millis(1);
    let rule = "must be a duration such as `500ms`, `2s`, `15m` or `24h`";
    Ok(Engine {
        hold_duration: source.span("HOLD_DURATION", minutes(15), positive, rule)?,
        capture_margin: source.span("CAPTURE_MARGIN", secs(10), Duration::ZERO, rule)?,
        lease: source.span(
            "LEASE",
            secs(10),
            LEASE_MIN,
            "must be a duration of at least `1s`",
        )?,
        step_attempts: source.count("STEP_ATTEMPTS", 5)?,
        step_deadline: source.span("STEP_DEADLINE", secs(5), positive, rule)?,
        compensation_attempts: source.count("COMPENSATION_ATTEMPTS", 100)?,
        delivery_attempts: source.count("DELIVERY_ATTEMPTS", 100)?,
    })
}

fn keys(source: &Source<'_>) -> Result<Keys, Error> {
    Ok(Keys {
        ttl: source.span(
            "IDEMPOTENCY_TTL",
            minutes(24 * 60),
            secs(1),
            "must be a duration of at least `1s`",
        )?,
        required: source.flag("IDEMPOTENCY_REQUIRED")?,
    })
}

fn tariff(source: &Source<'_>) -> Result<Tariff, Error> {
    Ok(Tariff {
        booking_fee_minor: source.parsed(
            "BOOKING_FEE_MINOR",
            0,
            "must be a whole number of minor units, 0 or more",
            |fee| *fee >= 0,
        )?,
        tax_bps: source.parsed(
            "TAX_BPS",
            0,
            "must be a whole number of basis points, 0 to 10000",
            |bps| *bps <= TAX_BPS_MAX,
        )?,
    })
}

pub(super) fn telemetry(source: &Source<'_>) -> Result<Telemetry, Error> {
    let log_format = match source.text("LOG_FORMAT").as_deref() {
        None | Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(_) => {
            return Err(Error::Invalid {
                name: "LOG_FORMAT",
                rule: "must be `text` or `json`",
            });
        }
    };
    Ok(Telemetry {
        otlp_endpoint: source.address("OTEL_EXPORTER_OTLP_ENDPOINT")?,
        log_format,
        log_filter: source.text("RUST_LOG"),
    })
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

#[cfg(test)]
mod tests;
