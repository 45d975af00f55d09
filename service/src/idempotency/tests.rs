//! The layer as a client and a handler see it.

mod admission;
mod bench;
mod flow;
mod outage;
mod proxy;
mod server;
mod time;
