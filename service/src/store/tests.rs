//! The store's test suite, run on SQLite and on Postgres.
//!
//! The Postgres tests need `ORDER_TEST_POSTGRES_URL`, a server URL without a database name; each test creates a schema
//! of its own there.

pub(crate) mod bench;
mod claims;
mod commits;
mod concurrency;
mod deliveries;
mod expiry;
mod explain;
mod fixtures;
mod keys;
mod ledger;
mod lists;
mod query_plan;
mod schema;

/// Defines each of these tests twice: in a module `sqlite` and in a module `postgres`.
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
