//! A fresh database for one test, migrated, and gone afterwards.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement, Value};
use tempfile::TempDir;
use uuid::Uuid;

use crate::store::{Settings, Store, Url};

/// Long enough that no test outlives it by accident.
const LEASE: Duration = Duration::from_secs(60);
const VARIABLE: &str = "ORDER_TEST_POSTGRES_URL";

#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) store: Store,
    url: Url,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(#[allow(dead_code, reason = "kept until the test ends")] TempDir),
    Schema { server: String, name: String },
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = Url::Sqlite(folder.path().join("made/orders.sqlite"));
        Self::migrated(url, Place::Folder(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let bench = Self::empty_postgres().await;
        bench.store.migrate().await.expect("it migrates");
        bench
    }

    pub(super) async fn empty_postgres() -> Self {
        let server = std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!("set {VARIABLE} to a Postgres server, as tests/run.sh does")
        });
        let server = format!("{server}/postgres");
        let name = format!("test_{}", Uuid::now_v7().simple());
        run(&server, &format!("CREATE SCHEMA {name}")).await;
        let url = Url::Postgres(format!("{server}?options[search_path]={name}"));
        Self::opened(url, Place::Schema { server, name }).await
    }

    async fn migrated(url: Url, place: Place) -> Self {
        let bench = Self::opened(url, place).await;
        bench.store.migrate().await.expect("it migrates");
        bench
    }

    async fn opened(url: Url, place: Place) -> Self {
        let store = open(&url, LEASE).await;
        Self { store, url, place }
    }

    /// Another replica's store over the same data, with a lease of its own.
    pub(crate) async fn another(&self, lease: Duration) -> Store {
        open(&self.url, lease).await
    }

    /// Does to the data what the store itself never would.
    pub(crate) async fn meddle(&self, sql: &str, values: Vec<Value>) {
        let db = &self.store.pools.writes;
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(statement).await.expect("it meddles");
    }

    pub(crate) async fn close(self) {
        if let Place::Schema { server, name } = &self.place {
            run(server, &format!("DROP SCHEMA {name} CASCADE")).await;
        }
    }
}

async fn open(url: &Url, lease: Duration) -> Store {
    let settings = Settings {
        url: url.clone(),
        lease,
        connections: 4,
    };
    Store::open(settings).await.expect("the database opens")
}

async fn run(server: &str, sql: &str) {
    let db = Database::connect(server).await.expect("the server answers");
    db.execute_unprepared(sql).await.expect("it is done");
    db.close().await.expect("it closes");
}
