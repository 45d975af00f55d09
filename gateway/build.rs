//! Generates the routes of the order service's gateway.

fn main() {}
