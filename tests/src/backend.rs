//! The two pairs of stores that the product runs on, and a fresh one for each test.
//!
//! Knows how to make a database, and nothing of what is put into it.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, Database};
use uuid::Uuid;

use crate::binary;
use crate::settings::{Settings, set};
use crate::wait::SOON;

/// Where a stack keeps what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite and the embedded key store.
    Embedded,
    /// Postgres and Redis.
    Production,
}

impl Backend {
    /// Fresh stores, ready for `serve`: the settings that lead to them.
    ///
    /// # Panics
    /// With one line, when the servers that `tests/run.sh` starts are not there.
    pub async fn fresh(self, folder: &Path) -> Settings {
        let mut settings = Settings::new();
        set(&mut settings, "DATA_DIR", folder.join("data").display());
        match self {
            Self::Embedded => {}
            Self::Production => {
                set(&mut settings, "POSTGRES_URL", empty_database().await);
                set(&mut settings, "REDIS_ADDR", redis_database());
                migrate(&settings).await;
            }
        }
        settings
    }
}

/// The URL of a new database without tables.
///
/// # Panics
/// When there is no Postgres to make it on.
pub async fn empty_database() -> String {
    let server = variable("ORDER_TEST_POSTGRES_URL");
    let name = format!("test_{}", Uuid::now_v7().simple());
    let admin = Database::connect(format!("{server}/postgres"))
        .await
        .expect("the tests' Postgres answers");
    let made = admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await;
    made.expect("a database can be made");
    admin.close().await.expect("a connection can be closed");
    format!("{server}/{name}")
}

/// One of the Redis server's numbered databases. Two tests may meet in one: their organizations differ.
fn redis_database() -> String {
    format!(
        "{}/{}",
        variable("ORDER_TEST_REDIS_URL"),
        rand::random::<u16>() % 1_024
    )
}

/// Brings the schema up, as an operator does before `serve`.
async fn migrate(settings: &Settings) {
    let done = binary::run(binary::SERVICE, &["migrate", "up"], settings, SOON).await;
    assert!(
        done.status.success(),
        "migrate up failed: {}{}",
        done.stdout,
        done.stderr
    );
}

fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: run tests/run.sh, which starts the servers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn two_databases_share_no_table() {
        for _ in 0..2 {
            let url = empty_database().await;
            let fresh = Database::connect(&url)
                .await
                .expect("a new database answers");
            let made = fresh
                .execute_unprepared("CREATE TABLE orders (id INT)")
                .await;
            made.expect("nobody else has made that table here");
        }
    }
}
