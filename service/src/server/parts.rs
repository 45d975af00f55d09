//! Builds the dependencies of a server from the configuration.

use std::sync::Arc;
use std::time::Duration;

use order_gateway::browser;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::directory::Tenants;
use super::{Error, Probe, sweeper};
use crate::app::App;
use crate::config::{Config, Database, Participants};
use crate::domain::{OrderId, ReplicaId};
use crate::engine::{Engine, Live};
use crate::middleware::admission;
use crate::participant::{Addresses, Grpc};
use crate::plans::Catalog;
use crate::rpc::{Pages, Signatures};
use crate::saga::Policy;
use crate::store::Store;
use crate::supervise::Loops;
use crate::vault::Vault;
use crate::{app, engine, idempotency, rpc, store};

/// Most sagas driven at once; beyond it, new orders are refused with OVERLOADED.
const SAGAS_MAX: usize = 4_096;
/// Connections to a SQLite file.
const SQLITE_CONNECTIONS: u32 = 8;
/// Interval at which a saga that needs attention is called again if the last outcome was unknown.
const ATTENTION_INTERVAL: Duration = Duration::from_secs(15 * 60);
/// How long requests whose clients disconnected may take once the server stops.
const TASKS_WITHIN: Duration = Duration::from_secs(2);

/// The dependencies of a server.
#[derive(Debug)]
pub struct Parts<U, K> {
    /// The use cases behind the rpcs.
    pub use_cases: U,
    /// Makes and reads page tokens.
    pub pages: Pages,
    pub signatures: Signatures,
    pub keys: K,
    /// The pages that may call by gRPC-web.
    pub browsers: browser::Policy,
    /// Probes the database for health checks.
    pub probe: Probe,
}

/// Background work that must be stopped with the server.
#[derive(Debug)]
pub struct Background {
    engine: Live,
    tasks: TaskTracker,
    closing: CancellationToken,
}

impl Background {
    /// Stops the engine, which releases its leases, and waits briefly for requests whose clients disconnected.
    pub async fn stop(self) {
        self.closing.cancel();
        self.engine.stop().await;
        self.tasks.close();
        if tokio::time::timeout(TASKS_WITHIN, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("calls under way are left behind; their keys find what they began");
        }
    }
}

/// Opens the store, starts the engine and builds the layers. With `migrates` (embedded), migrates the schema first;
/// otherwise an old schema is an error. On an error nothing keeps running.
pub async fn build(
    config: &Config,
    participants: &Participants,
    migrates: bool,
) -> Result<(Parts<App, idempotency::Layer>, Background), Error> {
    let vault = Vault::new(config.data_key.reveal()).map_err(Error::DataKey)?;
    let participants = Grpc::new(&addresses(participants)).map_err(Error::Participant)?;
    let tier = tier(config).await?;
    let store = open_store(&config.database, config.engine.lease).await?;
    let setting = config.database.setting();
    let unready = |source| Error::Store { setting, source };
    if migrates {
        store.migrate().await.map_err(unready)?;
    }
    store.check_schema().await.map_err(unready)?;
    if store.may_lose_commits().await.map_err(unready)? {
        tracing::warn!(
            "synchronous_commit is off: a crash of Postgres may lose commits that were answered, and with them the \
             guarantee that a buyer pays once"
        );
    }

    let engine = engine(config, store.clone(), participants, vault.clone());
    let tasks = TaskTracker::new();
    let app = App::new(app::Parts {
        store: store.clone(),
        engine: engine.clone(),
        vault: vault.clone(),
        booking_fees: config.booking_fees.clone(),
        tax_bps: config.tax_bps,
        hold_duration: config.engine.hold_duration,
        idempotency_ttl: config.keys.ttl,
        watchers: app::Watchers::of_orders_max(config.watchers_max),
    });
    let keys = idempotency::Layer::new(idempotency::Settings {
        tier,
        vault: vault.clone(),
        directory: Arc::new(Tenants::new(app.clone())),
        ttl: config.keys.ttl,
        lease: idempotency::LEASE,
        required: config.keys.required,
        to_status: |error| rpc::status(&error),
        held: place,
        tasks: tasks.clone(),
    });
    let parts = Parts {
        use_cases: app,
        pages: Pages::new(vault),
        signatures: Signatures::new(config.webhook_secret.as_ref()),
        keys,
        browsers: config.browsers.clone(),
        probe: probe(store.clone(), engine.clone()),
    };
    engine.run();
    let closing = CancellationToken::new();
    tasks.spawn(sweep(store, closing.clone()));
    let background = Background {
        engine,
        tasks,
        closing,
    };
    Ok((parts, background))
}

/// Health: the database answers and the engine's loops run.
fn probe(store: Store, engine: Engine<Store, Grpc>) -> Probe {
    Probe::new(move || {
        let (store, loops_run) = (store.clone(), engine.is_well());
        async move { loops_run && store.ping().await.is_ok() }
    })
}

async fn sweep(store: Store, closing: CancellationToken) {
    let sweep = || sweeper::run(store.clone(), closing.clone());
    Loops::default().keep("sweeper", &closing, sweep).await;
}

/// Opens the configured database. Error: names the setting it came from.
pub async fn open_store(database: &Database, lease: Duration) -> Result<Store, Error> {
    let (url, connections) = match database {
        Database::Sqlite(file) => (store::Url::Sqlite(file.clone()), SQLITE_CONNECTIONS),
        Database::Postgres { url, connections } => {
            (store::Url::Postgres(url.reveal().to_owned()), *connections)
        }
    };
    let settings = store::Settings {
        url,
        lease,
        connections,
    };
    let setting = database.setting();
    let opened = Store::open(settings).await;
    opened.map_err(|source| Error::Database { setting, source })
}

async fn tier(config: &Config) -> Result<idempotency::Tier, Error> {
    match &config.redis {
        Some(address) => {
            let redis = idempotency::Redis::connect(address).await;
            redis.map(idempotency::Tier::Redis).map_err(Error::Redis)
        }
        None => Ok(idempotency::Tier::Embedded(idempotency::Embedded::default())),
    }
}

/// The place of a request among those that are admitted at once.
fn place(extensions: &http::Extensions) -> Option<Box<dyn Send>> {
    let place = extensions.get::<admission::Place>()?;
    Some(Box::new(place.clone()))
}

fn engine(config: &Config, store: Store, participants: Grpc, vault: Vault) -> Live {
    let owner = ReplicaId::try_from(uuid::Uuid::now_v7().to_string());
    Engine::new(engine::Parts {
        journal: store,
        participants,
        catalog: Catalog::all(),
        open_token: Box::new(move |order_id: OrderId, sealed: &str| {
            vault.open(order_id, sealed).ok()
        }),
        policy: Policy {
            step_attempts: config.engine.step_attempts,
            step_deadline: config.engine.step_deadline,
            compensation_attempts: config.engine.compensation_attempts,
            capture_margin: config.engine.capture_margin,
            lease: config.engine.lease,
            attention_interval: ATTENTION_INTERVAL,
        },
        delivery_attempts: config.engine.delivery_attempts,
        owner: owner.expect("a UUID is visible ASCII"),
        sagas_max: SAGAS_MAX,
    })
}

pub(super) fn addresses(participants: &Participants) -> Addresses {
    Addresses {
        inventory: participants.inventory_url.clone(),
        payment: participants.payment_url.clone(),
        notification: participants.notification_url.clone(),
        subscription: participants.subscription_url.clone(),
    }
}
