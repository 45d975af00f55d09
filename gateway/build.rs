//! Generates the tables of the order service's gateway from the contract's descriptors.

use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let descriptors = env::var("DEP_ORDER_PROTO_DESCRIPTORS")?;
    println!("cargo::rerun-if-changed={descriptors}");
    let tables = format!("{}/tables.rs", env::var("OUT_DIR")?);
    order_gateway_codegen::write(&std::fs::read(descriptors)?, tables)?;
    Ok(())
}
