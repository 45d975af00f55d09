//! Direct access to the database of a stack: reads rows, and writes rows as earlier versions of the service wrote them.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::{Map, Value};

use super::Stack;

/// The longest wait for a connection or a locked row.
const WAIT: Duration = Duration::from_secs(10);

impl Stack {
    async fn database(&self) -> DatabaseConnection {
        let setting = |name: &str| {
            let found = self.settings.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let url = setting("POSTGRES_URL").unwrap_or_else(|| {
            let folder = PathBuf::from(setting("DATA_DIR").expect("the stack sets DATA_DIR"));
            format!("sqlite://{}", folder.join("orders.db").display())
        });
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).acquire_timeout(WAIT);
        let connected = Database::connect(options).await;
        connected.expect("the stack's database accepts connections")
    }

    /// Executes a statement.
    ///
    /// # Panics
    /// When the database refuses it.
    pub async fn sql(&self, statement: &str) {
        let db = self.database().await;
        let done = db.execute_unprepared(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
        db.close().await.expect("a connection can be closed");
    }

    /// The first column of the single row that a query returns, as text.
    ///
    /// # Panics
    /// When the query returns no row, or another type.
    pub async fn read(&self, query: &str) -> String {
        let db = self.database().await;
        let statement = Statement::from_string(db.get_database_backend(), query);
        let row = db.query_one_raw(statement).await;
        let row = row.unwrap_or_else(|error| panic!("{query}: {error}"));
        let row = row.unwrap_or_else(|| panic!("{query}: no row"));
        let text = row.try_get_by_index(0);
        db.close().await.expect("a connection can be closed");
        text.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Inserts one row. A value of a column whose name ends in `_id` is written as a UUID if it is one.
    pub async fn insert(&self, table: &str, row: &Map<String, Value>) {
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        let literal = |(column, value): (&String, &Value)| match value.as_str() {
            Some(id) if column.ends_with("_id") && uuid::Uuid::parse_str(id).is_ok() => self.id(id),
            Some(text) => format!("'{}'", text.replace('\'', "''")),
            None => value.to_string(),
        };
        let values: Vec<String> = row.iter().map(literal).collect();
        let (columns, values) = (columns.join(", "), values.join(", "));
        self.sql(&format!(
            "INSERT INTO {table} ({columns}) VALUES ({values})"
        ))
        .await;
    }

    /// A UUID as an SQL literal of the stack's database.
    #[must_use]
    pub fn id(&self, id: &str) -> String {
        let on_postgres = self.settings.iter().any(|(name, _)| name == "POSTGRES_URL");
        if on_postgres {
            format!("'{id}'")
        } else {
            format!("X'{}'", id.replace('-', ""))
        }
    }
}
