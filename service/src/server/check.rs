//! Tries the connections that the service needs, without serving. Changes nothing.

use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use tonic::transport::{ClientTlsConfig, Endpoint};

use super::{Error, open_store};
use crate::config::{Database, RedisAddress};
use crate::idempotency::Redis;
use crate::store::Store;

/// How long one connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Sagas are not claimed here; the store requires a lease.
const LEASE: Duration = Duration::from_secs(1);

/// What to connect to.
#[derive(Debug, Default)]
pub struct Targets {
    /// The database of `POSTGRES_URL` or `DATA_DIR`.
    pub database: Option<Database>,
    /// The fast tier of idempotency keys.
    pub redis: Option<RedisAddress>,
    /// Setting and `http://` or `https://` address of each gRPC server.
    pub endpoints: Vec<(&'static str, String)>,
}

/// One connection that was tried.
#[derive(Debug)]
pub struct Attempt {
    /// The setting that names the other side.
    pub setting: &'static str,
    /// Why it cannot be used, without a secret.
    pub outcome: Result<(), String>,
}

/// Tries all of them at once. Takes about 5 s at most.
pub async fn connections(targets: Targets) -> Vec<Attempt> {
    let mut attempts: Vec<(&'static str, BoxFuture<'_, Result<(), String>>)> = Vec::new();
    if let Some(target) = &targets.database {
        attempts.push((target.setting(), database(target).boxed()));
    }
    if let Some(address) = &targets.redis {
        attempts.push(("REDIS_ADDR", redis(address).boxed()));
    }
    for (setting, address) in &targets.endpoints {
        attempts.push((setting, endpoint(address).boxed()));
    }
    let bounded = attempts.into_iter().map(|(setting, attempt)| {
        tokio::time::timeout(CONNECT_WITHIN, attempt).map(move |outcome| Attempt {
            setting,
            outcome: outcome
                .unwrap_or_else(|_| Err(format!("no answer within {CONNECT_WITHIN:?}"))),
        })
    });
    join_all(bounded).await
}

async fn database(database: &Database) -> Result<(), String> {
    if let Database::Sqlite(file) = database {
        // The first start makes the file, and every start migrates it.
        return match file.exists() {
            true => open(database).await.map(drop),
            false => Ok(()),
        };
    }
    let store = open(database).await?;
    store.check_schema().await.map_err(chain)
}

/// Opens the database. The error leaves out the setting, which the attempt names.
async fn open(database: &Database) -> Result<Store, String> {
    let opened = open_store(database, LEASE).await;
    opened.map_err(|error| match error {
        Error::Database { source, .. } | Error::Store { source, .. } => chain(source),
        other @ (Error::Bind { .. }
        | Error::Redis(_)
        | Error::DataKey(_)
        | Error::Participant(_)
        | Error::Audit(_)
        | Error::Reflection(_)
        | Error::Serve { .. }) => chain(other),
    })
}

async fn redis(address: &RedisAddress) -> Result<(), String> {
    let redis = Redis::connect(address).await.map_err(chain)?;
    if redis.is_reachable() {
        Ok(())
    } else {
        Err("Redis does not answer, or refuses to write".to_owned())
    }
}

async fn endpoint(address: &str) -> Result<(), String> {
    let mut endpoint = Endpoint::from_shared(address.to_owned()).map_err(chain)?;
    if address.starts_with("https://") {
        let tls = ClientTlsConfig::new().with_native_roots();
        endpoint = endpoint.tls_config(tls).map_err(chain)?;
    }
    endpoint.connect().await.map(|_| ()).map_err(chain)
}

/// The error and its causes in one line.
fn chain(error: impl std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line.replace('\n', " ")
}
