//! The database under a running product, opened by a test: to do what the product never would, and to look at its rows.
//!
//! Knows the settings that lead there, and no table by name.

use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, Statement, Value,
};

use crate::settings::Settings;

/// How long a database that is away is waited for.
const ACQUIRED_WITHIN: Duration = Duration::from_secs(5);

/// A connection beside the product's own.
#[derive(Debug)]
pub struct Rows(DatabaseConnection);

impl Rows {
    /// Of the product with these settings.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn of(settings: &Settings) -> Self {
        let value = |name: &str| {
            let found = settings.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let url = value("POSTGRES_URL").unwrap_or_else(|| {
            let folder = value("DATA_DIR").expect("a product has one of the two");
            format!("sqlite://{folder}/orders.db")
        });
        let mut options = ConnectOptions::new(url);
        options.max_connections(2).acquire_timeout(ACQUIRED_WITHIN);
        let opened = Database::connect(options).await;
        Self(opened.expect("the database answers"))
    }

    /// Whether it is Postgres, which guards some rows that SQLite does not.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.0.get_database_backend() == sea_orm::DbBackend::Postgres
    }

    /// Changes rows; answers how many.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn change(&self, sql: &str, values: Vec<Value>) -> u64 {
        let statement = Statement::from_sql_and_values(self.0.get_database_backend(), sql, values);
        let changed = self.0.execute_raw(statement).await;
        changed
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .rows_affected()
    }

    /// The texts called `t` in the statement; none where the database is away.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let rows = self.0.query_all_raw(statement).await.unwrap_or_default();
        rows.iter()
            .filter_map(|row| row.try_get("", "t").ok())
            .collect()
    }

    /// One number, called `n` in the statement; none where the database is away, or the number is null.
    pub async fn number(&self, sql: &str) -> Option<i64> {
        let statement = Statement::from_string(self.0.get_database_backend(), sql);
        let row = self.0.query_one_raw(statement).await.ok()??;
        row.try_get("", "n").ok()
    }
}
