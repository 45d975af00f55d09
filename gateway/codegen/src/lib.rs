//! Turns a descriptor set into the tables that `order-gateway` serves: messages, enums and HTTP routes as Rust statics.
//!
//! Owns reading `google.api.http` and refusing what cannot be routed, so that a mistake in a proto fails the build and
//! not a request. Knows nothing of HTTP connections, JSON or any particular service.
//!
//! ```no_run
//! // build.rs
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let descriptors: Vec<u8> = Vec::new();
//! let out = std::env::var("OUT_DIR")?;
//! order_gateway_codegen::write(&descriptors, format!("{out}/tables.rs"))?;
//! # Ok(())
//! # }
//! ```
//! and in the crate: `include!(concat!(env!("OUT_DIR"), "/tables.rs"));`, which declares `pub static TABLES`.

mod binding;
mod catalog;
mod emit;
mod error;
mod messages;
mod routes;
mod rule;
pub mod template;

use std::fs;
use std::path::Path;

pub use error::{Clash, Error};

/// The Rust source of the tables of an encoded `google.protobuf.FileDescriptorSet` (imports included).
///
/// # Errors
/// When the set cannot be read, or a route is malformed, binds what cannot be bound, or clashes with another; the error
/// names the file and the rpc.
pub fn generate(descriptors: &[u8]) -> Result<String, Error> {
    let pool = catalog::pool(descriptors)?;
    let routes = routes::read(&pool)?;
    let catalog = catalog::Catalog::of(&pool, &routes);
    Ok(emit::tables(&catalog, &routes))
}

/// Writes what [`generate`] makes to `path`.
///
/// # Errors
/// As [`generate`], and when the file cannot be written.
pub fn write(descriptors: &[u8], path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    fs::write(path, generate(descriptors)?).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
}
