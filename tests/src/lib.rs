//! What the black-box tests stand on: real processes, real stores, clients, and bounded waiting.
//!
//! Owns how the product is started, watched and ended. Knows the contract, and nothing of the code behind it.

pub mod api;
pub mod audit;
pub mod backend;
pub mod binary;
pub mod booking;
pub mod collector;
pub mod database;
pub mod late_money;
pub mod operator;
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

/// Makes two tests of each scenario: `async fn scenario(backend: Backend)` runs on either backend.
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
