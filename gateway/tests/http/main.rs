//! The gateway through real HTTP, in front of a real gRPC server.

mod backend;
mod bodies;
mod failures;
mod headers;
mod life;
mod manners;
mod stack;
mod streams;
mod traces;
mod urls;
