//! What tests of single plans stand on, and the engine over a real store with participants that do as they are told.

mod participants;
mod resolving;
mod versions;
