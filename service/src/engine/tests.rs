//! Tests of the engine over a real store, with participants that the tests control.

mod panics;
mod participants;
mod replica;
mod resolving;
mod stopping;
mod versions;
