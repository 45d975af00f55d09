//! Every rule of the sandbox, tested over real gRPC on a free port.

mod booking;
mod calls;
mod faults;
mod harness;
mod holding;
mod keys;
mod metering;
mod order;
mod paying;
mod races;
mod refunding;
mod restart;
mod serving;
mod webhooks;
