//! Responses to the HTTP client: whole, streamed or failed. Knows no connections.

pub(crate) mod body;
pub(crate) mod coding;
pub(crate) mod failure;
mod message;
pub(crate) mod pages;
pub(crate) mod sent;
pub(crate) mod stream;
pub(crate) mod unary;
