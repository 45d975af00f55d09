//! Generates the tables of error details, and with the feature `orders` those of the order service.

use std::env;
use std::error::Error;

use order_gateway_codegen::Generator;

/// The descriptors of `google.rpc`, which the gateway shows whatever protos it serves. `tests/details.rs` writes them.
const DETAILS: &str = "details.binpb";
/// The overlay of the OpenAPI document: title, security, examples.
const OVERLAY: &str = "openapi.json";

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed={DETAILS}");
    println!("cargo::rerun-if-changed={OVERLAY}");
    Generator::new(&std::fs::read(DETAILS)?).write(format!("{out}/details.rs"))?;
    if env::var_os("CARGO_FEATURE_ORDERS").is_none() {
        return Ok(());
    }
    let descriptors = env::var("DEP_ORDER_PROTO_DESCRIPTORS")?;
    println!("cargo::rerun-if-changed={descriptors}");
    Generator::new(&std::fs::read(descriptors)?)
        .idempotency_keys("order.v1")
        .only_known_failures()
        .overlay(&std::fs::read_to_string(OVERLAY)?)
        .write(format!("{out}/tables.rs"))?;
    Ok(())
}
