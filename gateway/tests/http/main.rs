//! The gateway through real HTTP, in front of a real gRPC server.

mod backend;
mod bodies;
mod codings;
mod failures;
mod headers;
mod life;
mod limits;
mod manners;
mod pages;
mod stack;
mod streams;
mod traces;
mod urls;
mod wire;
mod words;
