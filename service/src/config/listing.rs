//! Which settings each command reads, and what is printed of them.

use order_settings::{Fault, Faults, Host, Http, Source, names};

use super::database::{Database, Storage};
use super::load::Config;
use super::mode::Mode;
use super::participants::{Addresses, Sandbox};
use super::secrets::Webhooks;
use super::settings::Settings;

const CORS_ORIGINS: &str = "CORS_ORIGINS";
const ALLOWED_HOSTS: &str = "ALLOWED_HOSTS";

/// A command, by the settings that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Dev,
    Serve,
    Sandbox,
    Migrate,
    Audit,
    Webhook,
    /// Settings of a product that a command starts for itself: those that it takes over.
    Embedded(&'static [&'static str]),
}

impl Reader {
    fn reads(self, name: &str) -> bool {
        let any = |sections: &[Vec<String>]| sections.iter().flatten().any(|known| known == name);
        match self {
            Self::Dev => true,
            // The service answers browsers by gRPC-web, under the same policy as the gateway.
            Self::Serve => name == CORS_ORIGINS || !any(&[names::<Http>(), names::<Sandbox>()]),
            // The sandbox serves no browsers.
            Self::Sandbox => {
                let sections = [
                    names::<Host>(),
                    names::<Webhooks>(),
                    names::<order_telemetry::Settings>(),
                ];
                name != ALLOWED_HOSTS && any(&sections)
            }
            Self::Webhook => name == "DATA_DIR" || any(&[names::<Webhooks>()]),
            Self::Migrate => any(&[names::<Storage>()]),
            Self::Audit => any(&[names::<Storage>(), names::<Addresses>(), names::<Sandbox>()]),
            Self::Embedded(taken_over) => taken_over.contains(&name),
        }
    }

    const fn mode(self) -> Mode {
        match self {
            Self::Serve => Mode::Serve,
            Self::Dev
            | Self::Sandbox
            | Self::Migrate
            | Self::Audit
            | Self::Webhook
            | Self::Embedded(_) => Mode::Dev,
        }
    }
}

/// The settings that the command reads, one line each, secrets redacted. Makes no secret and no file.
///
/// # Errors
/// The faults of these settings.
pub fn effective(reader: Reader, source: &Source<'_>) -> Result<String, Faults> {
    let mut faults = Faults::default();
    let checked = Config::check(reader.mode(), source);
    let of_others = |fault: &&Fault| reader.reads(fault.setting.trim_end_matches("_FILE"));
    for fault in checked
        .err()
        .iter()
        .flat_map(Faults::iter)
        .filter(of_others)
    {
        faults.add(fault.clone());
    }
    let derived = |name: &str| derived(name, source);
    let reads = |name: &str| reader.reads(name);
    let text = order_settings::effective::<Settings>(source, reads, derived, &mut faults);
    faults.into_result()?;
    Ok(text)
}

/// The value of a setting that is not set and whose default depends on others.
fn derived(name: &str, source: &Source<'_>) -> Option<String> {
    match name {
        "AUTH" => Some("off".to_owned()),
        "REDIS_ADDR" => match Database::load(source) {
            Ok(Database::Postgres { .. }) => Some("localhost:6379".to_owned()),
            Ok(Database::Sqlite(_)) | Err(_) => None,
        },
        _ => None,
    }
}
