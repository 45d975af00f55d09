//! Compares the transcoder with prost-reflect's canonical JSON, for the order service's contract and the zoo, in both
//! directions.

mod arbitrary;
mod conformance;
mod differences;
mod exact;
mod forms;
mod harness;
mod properties;
mod syntax;
