//! The gateway over HTTP in front of a gRPC server.

mod backend;
mod bodies;
mod clients;
mod codings;
mod failures;
mod headers;
mod lifecycle;
mod limits;
mod link;
mod messages;
mod negotiation;
mod pages;
mod protocol;
mod stack;
mod streams;
mod traces;
mod urls;
