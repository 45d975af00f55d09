//! Generates the tables of the order service's gateway from the contract's descriptors.

use std::env;
use std::error::Error;

use order_gateway_codegen::Generator;

/// The overlay of the OpenAPI document: title, security, examples.
const OVERLAY: &str = "openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    let descriptors = env::var("DEP_ORDER_PROTO_DESCRIPTORS")?;
    println!("cargo::rerun-if-changed={descriptors}");
    println!("cargo::rerun-if-changed={OVERLAY}");
    Generator::new(&std::fs::read(descriptors)?)
        .idempotency_keys("order.v1")
        .only_known_failures()
        .overlay(&std::fs::read_to_string(OVERLAY)?)
        .write(format!("{}/tables.rs", env::var("OUT_DIR")?))?;
    Ok(())
}
