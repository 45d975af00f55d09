//! One entry point per fuzz target: takes bytes, and panics when an invariant is broken. The fuzz targets call them
//! with generated input; a test of the gateway includes the same file and calls them with the seeds. Knows no fuzzer.

pub mod json;
mod kinds;
pub mod route;
pub mod template;
pub mod wire;
