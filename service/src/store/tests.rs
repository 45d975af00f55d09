//! The store's promises, the same suite on SQLite and on Postgres.
//!
//! The Postgres half needs `ORDER_TEST_POSTGRES_URL`, a server without a database's name; each test makes a schema of its own there.

pub(crate) mod bench;
mod books;
mod claims;
mod commits;
mod crowds;
mod deliveries;
mod keys;
mod lists;
mod plan;
mod schema;
mod sweeps;
mod wishes;

/// Runs each of these on both databases, in modules of their names.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = $crate::store::tests::bench::Bench::sqlite().await;
                super::$name(&bench).await;
                bench.close().await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let bench = $crate::store::tests::bench::Bench::postgres().await;
                super::$name(&bench).await;
                bench.close().await;
            })+
        }
    };
}
use on_both;
