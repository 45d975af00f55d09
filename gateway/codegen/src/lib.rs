//! Turns a descriptor set into what `order-gateway` serves: messages, enums and HTTP routes as Rust statics, and the
//! OpenAPI document that describes them.
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
mod json;
mod messages;
mod openapi;
mod routes;
mod rule;
pub mod template;

use std::fs;
use std::path::Path;

pub use error::{Clash, Error};

use json::{Json, Object};
use openapi::Words;

/// The Rust source of the tables of an encoded `google.protobuf.FileDescriptorSet` (imports included).
///
/// # Errors
/// As [`Generator::generate`].
pub fn generate(descriptors: &[u8]) -> Result<String, Error> {
    Generator::new(descriptors).generate()
}

/// Writes what [`generate`] makes to `path`.
///
/// # Errors
/// As [`Generator::write`].
pub fn write(descriptors: &[u8], path: impl AsRef<Path>) -> Result<(), Error> {
    Generator::new(descriptors).write(path)
}

/// A generator that is told what the protos do not say.
#[derive(Debug, Clone, Default)]
pub struct Generator<'a> {
    descriptors: &'a [u8],
    keyed_packages: Vec<String>,
    only_known_failures: bool,
    error_domain: Option<String>,
    overlay: Option<&'a str>,
}

impl<'a> Generator<'a> {
    /// Of an encoded `google.protobuf.FileDescriptorSet` (imports included; with source info its comments are shown).
    #[must_use]
    pub fn new(descriptors: &'a [u8]) -> Self {
        Self {
            descriptors,
            ..Self::default()
        }
    }

    /// Rpcs of `package` take an `Idempotency-Key`: unary ones, unless their `idempotency_level` says that a repeat is
    /// harmless.
    #[must_use]
    pub fn idempotency_keys(mut self, package: &str) -> Self {
        self.keyed_packages.push(package.to_owned());
        self
    }

    /// The service fails in no other ways than the document lists; unless told, any failure is expected of any rpc.
    #[must_use]
    pub fn only_known_failures(mut self) -> Self {
        self.only_known_failures = true;
        self
    }

    /// What the gateway's own errors say as their `ErrorInfo.domain`; unless told, the package of the first route.
    #[must_use]
    pub fn error_domain(mut self, domain: &str) -> Self {
        self.error_domain = Some(domain.to_owned());
        self
    }

    /// Lays `json` over the OpenAPI document, as RFC 7396 says: a title, servers, security, examples. It may add to
    /// operations and schemas, and makes none.
    #[must_use]
    pub fn overlay(mut self, json: &'a str) -> Self {
        self.overlay = Some(json);
        self
    }

    /// The Rust source of the tables.
    ///
    /// # Errors
    /// When the set cannot be read, or a route is malformed, binds what cannot be bound, or clashes with another: the
    /// error names the file and the rpc. When the overlay is no JSON object, or lies over what is not there.
    pub fn generate(&self) -> Result<String, Error> {
        let pool = catalog::pool(self.descriptors)?;
        let routes = routes::read(&pool)?;
        let catalog = catalog::Catalog::of(&pool, &routes);
        let openapi = self.document(&pool, &routes)?;
        let domain = self.domain(&routes);
        Ok(emit::tables(&catalog, &routes, &domain, &openapi))
    }

    /// The OpenAPI document alone.
    ///
    /// # Errors
    /// As [`Generator::generate`].
    pub fn openapi(&self) -> Result<String, Error> {
        let pool = catalog::pool(self.descriptors)?;
        self.document(&pool, &routes::read(&pool)?)
    }

    /// Writes what [`Generator::generate`] makes to `path`.
    ///
    /// # Errors
    /// As [`Generator::generate`], and when the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        fs::write(path, self.generate()?).map_err(|source| Error::Write {
            path: path.to_path_buf(),
            source,
        })
    }

    fn document(
        &self,
        pool: &prost_reflect::DescriptorPool,
        routes: &[routes::Route],
    ) -> Result<String, Error> {
        let words = Words {
            keyed_packages: self.keyed_packages.clone(),
            only_known_failures: self.only_known_failures,
            error_domain: self.domain(routes),
            overlay: self.read_overlay()?,
        };
        openapi::document(pool, routes, words).map_err(|reason| Error::Overlay { reason })
    }

    fn domain(&self, routes: &[routes::Route]) -> String {
        let package = |route: &routes::Route| route.rpc.parent_file().package_name().to_owned();
        self.error_domain
            .clone()
            .or_else(|| routes.first().map(package))
            .unwrap_or_default()
    }

    fn read_overlay(&self) -> Result<Object, Error> {
        let Some(text) = self.overlay else {
            return Ok(Object::default());
        };
        let refused = |reason: String| Error::Overlay { reason };
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| refused(error.to_string()))?;
        match Json::from(value) {
            Json::Object(overlay) => Ok(overlay),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
                Err(refused("it is no JSON object".to_owned()))
            }
        }
    }
}
