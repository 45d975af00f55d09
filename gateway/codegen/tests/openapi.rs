//! The document of any protos: what is taken, what is given, and what the comments say of both.

#[path = "openapi/protos.rs"]
mod protos;
#[path = "openapi/schemas.rs"]
mod schemas;
#[path = "openapi/whole.rs"]
mod whole;
