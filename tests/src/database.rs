//! A test's own connection to the database of a running product: to make changes that the product never makes, and to
//! read its rows.
//!
//! Knows the settings that name the database, and no table.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement, Value,
};

use crate::settings::Settings;

/// How long to wait for a connection while the database is down.
const ACQUIRED_WITHIN: Duration = Duration::from_secs(5);

/// A connection beside those of the product.
#[derive(Debug)]
pub struct Rows(DatabaseConnection);

impl Rows {
    /// Connects to the database that these settings name.
    ///
    /// # Panics
    /// When the database does not accept connections.
    pub async fn of(settings: &Settings) -> Self {
        let value = |name: &str| {
            let found = settings.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let url = value("POSTGRES_URL").unwrap_or_else(|| {
            let folder = value("DATA_DIR").expect("the settings name POSTGRES_URL or DATA_DIR");
            format!("sqlite://{folder}/orders.db")
        });
        let mut options = ConnectOptions::new(url);
        options.max_connections(2).acquire_timeout(ACQUIRED_WITHIN);
        let opened = Database::connect(options).await;
        Self(opened.expect("the database accepts connections"))
    }

    /// Whether the database is Postgres, which protects some rows that SQLite does not.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.0.get_database_backend() == sea_orm::DbBackend::Postgres
    }

    /// Executes a statement that changes rows; returns the number of changed rows.
    ///
    /// # Panics
    /// When the database refuses the statement.
    pub async fn change(&self, sql: &str, values: Vec<Value>) -> u64 {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        let changed = self.0.execute_raw(statement).await;
        changed
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .rows_affected()
    }

    /// The values of the text column `t` of a query; empty when the database is down.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let rows = self.0.query_all_raw(statement).await.unwrap_or_default();
        rows.iter()
            .filter_map(|row| row.try_get("", "t").ok())
            .collect()
    }

    /// The value of the integer column `n` in the first row of a query; `None` when the database is down, or the value
    /// is null.
    pub async fn number(&self, sql: &str) -> Option<i64> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let row = self.0.query_one_raw(statement).await.ok()??;
        row.try_get("", "n").ok()
    }
}
