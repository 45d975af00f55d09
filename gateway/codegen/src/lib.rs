//! Generates the tables that `order-gateway` serves from a descriptor set: messages, enums and HTTP routes as Rust
//! statics, and the OpenAPI document that describes them.
//!
//! Owns the interpretation of `google.api.http`. A mistake in a proto fails the build instead of a request. Knows
//! nothing of HTTP connections or any particular service.
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
//! The crate includes the file with `include!(concat!(env!("OUT_DIR"), "/tables.rs"));`, which declares
//! `pub static TABLES`.

mod binding;
mod catalog;
mod editions;
mod emit;
mod error;
mod form;
mod json;
mod messages;
mod openapi;
mod routes;
mod rule;
pub mod template;

use std::fs;
use std::path::Path;

pub use error::{Clash, Error};
pub use form::JsonForm;

use json::{Json, Object};
use openapi::Options;

/// Generates the Rust source of the tables of an encoded `google.protobuf.FileDescriptorSet`, which must include
/// imports.
///
/// # Errors
/// As [`Generator::generate`].
pub fn generate(descriptors: &[u8]) -> Result<String, Error> {
    Generator::new(descriptors).generate()
}

/// Writes the result of [`generate`] to `path`.
///
/// # Errors
/// As [`Generator::write`].
pub fn write(descriptors: &[u8], path: impl AsRef<Path>) -> Result<(), Error> {
    Generator::new(descriptors).write(path)
}

/// A generator with the options that protos cannot express.
#[derive(Debug, Clone, Default)]
pub struct Generator<'a> {
    descriptors: &'a [u8],
    keyed_packages: Vec<String>,
    only_known_failures: bool,
    error_domain: Option<String>,
    json: JsonForm,
    overlay: Option<&'a str>,
}

impl<'a> Generator<'a> {
    /// A generator for an encoded `google.protobuf.FileDescriptorSet`, which must include imports. With source info,
    /// the document contains the comments of the protos.
    #[must_use]
    pub fn new(descriptors: &'a [u8]) -> Self {
        Self {
            descriptors,
            ..Self::default()
        }
    }

    /// Declares that the unary rpcs of `package` take an `Idempotency-Key`, except for those whose `idempotency_level`
    /// is
    /// `NO_SIDE_EFFECTS` or `IDEMPOTENT`.
    #[must_use]
    pub fn idempotency_keys(mut self, package: &str) -> Self {
        self.keyed_packages.push(package.to_owned());
        self
    }

    /// Declares that the service fails only with the statuses that the document lists. By default every operation also
    /// has a `default` response.
    #[must_use]
    pub fn only_known_failures(mut self) -> Self {
        self.only_known_failures = true;
        self
    }

    /// Sets `ErrorInfo.domain` of the gateway's own errors. The default is the package of the first route.
    #[must_use]
    pub fn error_domain(mut self, domain: &str) -> Self {
        self.error_domain = Some(domain.to_owned());
        self
    }

    /// Sets the form of JSON. The default is canonical proto3 JSON, read strictly.
    #[must_use]
    pub fn json(mut self, form: JsonForm) -> Self {
        self.json = form;
        self
    }

    /// Merges `json` into the OpenAPI document by RFC 7396: a title, servers, security, examples. It can extend
    /// operations and schemas, but not add any.
    #[must_use]
    pub fn overlay(mut self, json: &'a str) -> Self {
        self.overlay = Some(json);
        self
    }

    /// Generates the Rust source of the tables.
    ///
    /// # Errors
    /// * [`Error::Descriptors`]: the set cannot be decoded.
    /// * [`Error::Route`]: a route is malformed or binds a field that it cannot bind.
    /// * [`Error::Clash`]: two routes match the same requests.
    /// * [`Error::Overlay`]: the overlay is not a JSON object, or extends an operation or schema that does not exist.
    pub fn generate(&self) -> Result<String, Error> {
        let pool = catalog::pool(self.descriptors)?;
        let routes = routes::read(&pool)?;
        let catalog = catalog::Catalog::of(&pool, &routes);
        let openapi = self.document(&pool, &routes)?;
        let domain = self.domain(&routes);
        Ok(emit::tables(
            &catalog, &routes, &domain, &openapi, self.json,
        ))
    }

    /// Generates the OpenAPI document alone.
    ///
    /// # Errors
    /// As [`Generator::generate`].
    pub fn openapi(&self) -> Result<String, Error> {
        let pool = catalog::pool(self.descriptors)?;
        self.document(&pool, &routes::read(&pool)?)
    }

    /// Writes the result of [`Generator::generate`] to `path`.
    ///
    /// # Errors
    /// As [`Generator::generate`], and [`Error::Write`] when the file cannot be written.
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
        let options = Options {
            keyed_packages: self.keyed_packages.clone(),
            only_known_failures: self.only_known_failures,
            error_domain: self.domain(routes),
            form: self.json,
            overlay: self.read_overlay()?,
        };
        openapi::document(pool, routes, options).map_err(|reason| Error::Overlay { reason })
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
                Err(refused("it is not a JSON object".to_owned()))
            }
        }
    }
}
