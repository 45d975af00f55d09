//! A gateway for the zoo's protos. Serve it with `order_gateway::bind_tables(config, &TABLES)`.
//!
//! Owns nothing but what `build.rs` generated. Knows nothing of orders.

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// The zoo's protos as an encoded `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
