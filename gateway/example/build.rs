//! Compiles the example's protos and generates the tables of the gateway. Your own crate needs no more than this.

use std::env;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    // The second folder contains google/api/annotations.proto.
    let mut compiler = protox::Compiler::new(["proto", "../../proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("zoo/v1/zoo.proto")?;
    let descriptors = compiler.encode_file_descriptor_set();
    let out = env::var("OUT_DIR")?;
    std::fs::write(format!("{out}/descriptors.bin"), &descriptors)?;
    order_gateway_codegen::write(&descriptors, format!("{out}/tables.rs"))?;
    // The same with every option of JSON.
    let form = order_gateway_codegen::JsonForm {
        ignores_unknown: true,
        emits_defaults: true,
        emits_proto_names: true,
        emits_enum_numbers: true,
    };
    order_gateway_codegen::Generator::new(&descriptors)
        .json(form)
        .write(format!("{out}/relaxed.rs"))?;
    Ok(())
}
