//! The OpenAPI documents of the contract, of the example and of small protos.

#[path = "openapi/forms.rs"]
mod forms;
#[path = "openapi/protos.rs"]
mod protos;
#[path = "openapi/schemas.rs"]
mod schemas;
#[path = "openapi/whole.rs"]
mod whole;
