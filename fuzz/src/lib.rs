//! One entry point per fuzz target: bytes in, a panic when something does not hold. The targets feed them what the
//! fuzzer makes up; a test of the gateway's example includes this same file and feeds them the seeds.
//! Knows no fuzzer.

pub mod json;
mod kinds;
pub mod route;
pub mod template;
pub mod wire;
