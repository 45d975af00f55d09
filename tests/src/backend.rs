//! The two pairs of stores that the product supports, and an empty pair for each test.
//!
//! Creates databases; knows nothing of their content.

use std::path::Path;

use sea_orm::{ConnectionTrait as _, Database};
use uuid::Uuid;

use crate::binary;
use crate::settings::{Settings, set};
use crate::wait::SOON;

/// The stores of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// SQLite and the embedded key store.
    Embedded,
    /// Postgres and Redis.
    Production,
}

impl Backend {
    /// Creates empty stores with an up-to-date schema, and returns the settings that select them.
    ///
    /// # Panics
    /// When a server that `tests/run.sh` starts is not available.
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

/// Creates a database without tables and returns its URL.
///
/// # Panics
/// When Postgres is not available.
pub async fn empty_database() -> String {
    let server = variable("ORDER_TEST_POSTGRES_URL");
    let name = format!("test_{}", Uuid::now_v7().simple());
    let admin = Database::connect(format!("{server}/postgres"))
        .await
        .expect("the tests' Postgres accepts connections");
    let made = admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await;
    made.expect("a database can be created");
    admin.close().await.expect("a connection can be closed");
    format!("{server}/{name}")
}

/// The URL of one of the Redis server's numbered databases. Two tests may share one, because they use different
/// organizations.
fn redis_database() -> String {
    format!(
        "{}/{}",
        variable("ORDER_TEST_REDIS_URL"),
        rand::random::<u16>() % 1_024
    )
}

/// Runs `order-service migrate up`, as an operator does before `serve`.
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
                .expect("the new database accepts connections");
            let made = fresh
                .execute_unprepared("CREATE TABLE orders (id INT)")
                .await;
            made.expect("the table does not exist in the new database");
        }
    }
}
