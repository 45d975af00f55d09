//! An HTTP/JSON gateway for gRPC services, driven by tables that `order-gateway-codegen` generates from their protos.
//!
//! Owns the HTTP side: routes, canonical JSON, errors, forwarded headers. Knows nothing of the services behind it beyond
//! their tables; the feature `orders` adds those of the order service. It has no state of its own: the service makes all decisions.
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

#[cfg(feature = "orders")]
mod contract {
    //! The generated tables of the order service.

    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

#[allow(unreachable_pub, reason = "generated tables are public")]
mod details {
    //! The generated tables of error details.

    include!(concat!(env!("OUT_DIR"), "/details.rs"));
}

#[cfg(feature = "orders")]
pub use contract::TABLES;
pub use json::transcode;
pub use refusals::{Refusal, http_status, refusals};
pub use request::coding::{Coding, Undecodable};
#[cfg(feature = "orders")]
pub use server::bind;
pub use server::{Config, Error, Gateway, bind_tables, check_service_url};
pub use upstream::metadata::{MalformedTimeout, deadline as grpc_timeout};
