//! The transcoder against prost-reflect's canonical JSON: the order service's contract and the zoo, both directions.

mod arbitrary;
mod conformance;
mod differences;
mod exact;
mod harness;
mod properties;
mod syntax;
