//! Tests of the engine over a real store, with participants that the tests control.

mod participants;
mod resolving;
mod versions;
