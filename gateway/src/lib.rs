//! HTTP/JSON in front of gRPC services, driven by tables that `order-gateway-codegen` generates from their protos.
//!
//! Owns the HTTP side whole: routes, canonical JSON, errors, which headers cross. Knows nothing of orders beyond the
//! tables generated from their contract, and keeps nothing: the service decides everything.

// Generated tables name this crate; here they are included into it.
extern crate self as order_gateway;

mod handler;
mod json;
pub mod limits;
mod problem;
mod request;
mod response;
pub mod route;
mod server;
pub mod table;
mod upstream;

mod contract {
    //! The order service's own tables.

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

pub use contract::TABLES;
pub use json::transcode;
pub use response::cors;
pub use server::{Config, Error, Gateway, bind, bind_tables, check_service_url};
