//! The harness of the black-box tests: starts and ends real processes on real stores, and offers clients and bounded
//! waits.
//!
//! Knows the public contract, and nothing of the service's code.

pub mod api;
pub mod audit;
pub mod backend;
pub mod binary;
pub mod booking;
pub mod collector;
pub mod database;
pub mod late_money;
pub mod operator;
pub mod pgbouncer;
pub mod port;
pub mod postgres;
pub mod process;
pub mod promises;
pub mod redis;
pub mod refund;
pub mod sandbox;
pub mod settings;
pub mod stack;
pub mod wait;
pub mod web;

pub use api::{Api, Reply};
pub use backend::Backend;
pub use booking::Booking;
pub use stack::{Setup, Stack};

/// Makes two tests of each scenario `async fn scenario(backend: Backend)`: one per backend.
#[macro_export]
macro_rules! on_both_backends {
    ($($scenario:ident),+ $(,)?) => {
        $(
            mod $scenario {
                #[tokio::test]
                async fn on_sqlite() {
                    super::$scenario($crate::Backend::Embedded).await;
                }

                #[tokio::test]
                async fn on_postgres_and_redis() {
                    super::$scenario($crate::Backend::Production).await;
                }
            }
        )+
    };
}
