//! HTTP/JSON in front of gRPC services.

// Generated tables name this crate; here they are included into it.
extern crate self as order_gateway;

mod json;
pub mod table;
mod wire;

mod contract {
    //! The order service's own tables.
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}
pub use contract::TABLES;
