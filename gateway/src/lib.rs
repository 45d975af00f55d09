//! An HTTP/JSON gateway for gRPC services, driven by tables that `order-gateway-codegen` generates from their protos.
//!
//! Owns the HTTP side: routes, canonical JSON, errors, forwarded headers. Knows nothing of orders beyond the tables
//! that are generated from their protos. It has no state of its own: the service makes all decisions.
//!
//! `server` accepts connections and passes each request to `handler`, which finds its route (`route`), encodes the
//! message (`request`, `json`), calls the service (`upstream`) and renders the answer (`response`, `problem`).

// Generated tables refer to this crate by name, and are included into it below.
extern crate self as order_gateway;

pub mod browser;
mod handler;
mod json;
pub mod limits;
mod problem;
mod refusals;
mod request;
mod response;
pub mod route;
mod server;
pub mod table;
mod upstream;

mod contract {
    //! The generated tables of the order service.

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

pub use contract::TABLES;
pub use json::transcode;
pub use refusals::{Refusal, http_status, refusals};
pub use request::coding::{Coding, Undecodable};
pub use server::{Config, Error, Gateway, bind, bind_tables, check_service_url};
pub use upstream::metadata::{MalformedTimeout, deadline as grpc_timeout};
