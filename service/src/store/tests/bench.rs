//! A database for one test: migrated before it and dropped after it.

use std::time::Duration;

use sea_orm::{ConnectionTrait, Database, Statement, Value};
use tempfile::TempDir;
use uuid::Uuid;

use crate::store::{Settings, Store, Url};

/// Longer than any test runs.
const LEASE: Duration = Duration::from_secs(60);
const VARIABLE: &str = "ORDER_TEST_POSTGRES_URL";

#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) store: Store,
    url: Url,
    location: Location,
}

#[derive(Debug)]
enum Location {
    Folder(#[allow(dead_code, reason = "kept until the test ends")] TempDir),
    Schema { server: String, name: String },
}

impl Bench {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = Url::Sqlite(folder.path().join("created/orders.sqlite"));
        Self::migrated(url, Location::Folder(folder)).await
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
        Self::opened(url, Location::Schema { server, name }).await
    }

    async fn migrated(url: Url, location: Location) -> Self {
        let bench = Self::opened(url, location).await;
        bench.store.migrate().await.expect("it migrates");
        bench
    }

    async fn opened(url: Url, location: Location) -> Self {
        let store = open(&url, LEASE).await;
        Self {
            store,
            url,
            location,
        }
    }

    /// Opens a second store over the same data, as another replica with its own lease would.
    pub(crate) async fn another(&self, lease: Duration) -> Store {
        open(&self.url, lease).await
    }

    /// Opens a second store whose server reports the plan of each statement as a notice, in JSON.
    pub(super) async fn explained(&self) -> Store {
        let Url::Postgres(url) = &self.url else {
            panic!("only Postgres explains");
        };
        let settings = [
            ("session_preload_libraries", "auto_explain"),
            ("auto_explain.log_min_duration", "0"),
            ("auto_explain.log_analyze", "on"),
            ("auto_explain.log_timing", "off"),
            ("auto_explain.log_format", "json"),
            ("auto_explain.log_level", "notice"),
        ];
        let settings = settings.map(|(name, value)| format!("&options[{name}]={value}"));
        let url = Url::Postgres(format!("{url}{}", settings.concat()));
        open(&url, LEASE).await
    }

    /// Executes a statement that the store itself never would, such as corrupting a row.
    pub(crate) async fn execute(&self, sql: &str, values: Vec<Value>) {
        let db = &self.store.pools.writes;
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        db.execute_raw(statement).await.expect("it executes");
    }

    /// Every column, index and trigger of the schema, as text.
    pub(super) async fn schema(&self) -> Vec<String> {
        let sql = match &self.location {
            Location::Folder(_) => {
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
            }
            Location::Schema { .. } => {
                "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS part \
                   FROM information_schema.columns WHERE table_schema = current_schema() \
                 UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() \
                 UNION ALL SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger \
                   JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = current_schema()::regnamespace \
                 ORDER BY 1"
            }
        };
        let db = &self.store.pools.writes;
        let statement = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(statement).await.expect("it lists");
        let parts = rows.iter().map(|row| row.try_get_by_index(0));
        parts.map(|part| part.expect("a text")).collect()
    }

    pub(crate) async fn close(self) {
        if let Location::Schema { server, name } = &self.location {
            run(server, &format!("DROP SCHEMA {name} CASCADE")).await;
        }
    }
}

async fn open(url: &Url, lease: Duration) -> Store {
    let settings = Settings {
        url: url.clone(),
        lease,
        connections: 12,
    };
    Store::open(settings).await.expect("the database opens")
}

async fn run(server: &str, sql: &str) {
    let db = Database::connect(server).await.expect("the server answers");
    db.execute_unprepared(sql).await.expect("it executes");
    db.close().await.expect("it closes");
}
