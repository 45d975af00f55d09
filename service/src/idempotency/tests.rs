//! The layer between a client and a handler.

mod admission;
mod bench;
mod flow;
mod outage;
mod proxy;
mod server;
mod time;
