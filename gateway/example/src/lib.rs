//! An example of a gateway for other protos: `order_gateway::bind_tables(config, &TABLES)` serves it.
//!
//! Owns the tables that `build.rs` generates from the protos of a small zoo. Knows nothing of orders.

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// The zoo's protos as an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The same tables with every option of JSON.
pub mod relaxed {
    include!(concat!(env!("OUT_DIR"), "/relaxed.rs"));
}
