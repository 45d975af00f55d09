//! When the machine asks, waits and stops: a booking moved by hand, answer by answer.

mod asking;
mod attention;
pub(crate) mod bench;
mod events;
mod operators;
mod reasons;

use crate::rpc::tests::samples;
