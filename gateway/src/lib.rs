//! HTTP/JSON in front of gRPC services, driven by tables that `order-gateway-codegen` generates from their protos.
//!
//! Owns the HTTP side whole: routes, canonical JSON, errors, which headers cross. Knows nothing of orders beyond the
//! tables generated from their contract, and keeps nothing: the service decides everything.

// Generated tables name this crate; here they are included into it.
extern crate self as order_gateway;

mod accept;
mod answer;
mod body;
mod coding;
pub mod cors;
mod handler;
mod json;
pub mod limits;
mod media;
mod pages;
mod patch;
mod payload;
mod precondition;
mod problem;
mod query;
mod request;
pub mod route;
mod server;
mod stream;
pub mod table;
mod trace;
pub mod transcode;
mod upstream;
mod wire;

mod contract {
    //! The order service's own tables.

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

pub use contract::TABLES;
pub use server::{Config, Error, Gateway, bind, bind_tables, check_service_url};
