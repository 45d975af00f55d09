//! Compiles protos to descriptor sets and documents. Asserts nothing.

use std::path::{Path, PathBuf};

use order_gateway_codegen::Generator;
use serde_json::Value;

const PROTOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../example/proto");

fn compile(folder: &Path, files: &[&str]) -> Vec<u8> {
    let mut compiler =
        protox::Compiler::new([folder, Path::new(PROTOS)]).expect("the folders are there");
    compiler.include_imports(true).include_source_info(true);
    for file in files {
        compiler.open_file(file).expect("the proto compiles");
    }
    compiler.encode_file_descriptor_set()
}

/// The descriptor set of one file of package `shop.v1`, with the imports that the tests use. `name` must be unique.
pub(crate) fn of(name: &str, body: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("openapi-{name}"));
    std::fs::create_dir_all(&folder).expect("a folder of our own");
    let file = format!("{name}.proto");
    let head = r#"syntax = "proto3";
        package shop.v1;
        import "buf/validate/validate.proto";
        import "google/api/annotations.proto";
        import "google/api/field_behavior.proto";
        import "google/api/httpbody.proto";
        import "google/protobuf/duration.proto";
        import "google/protobuf/empty.proto";
        import "google/protobuf/timestamp.proto";
    "#;
    std::fs::write(folder.join(&file), format!("{head}{body}")).expect("a file of our own");
    compile(&folder, &[&file])
}

/// The descriptor set of the order service.
pub(crate) fn contract() -> Vec<u8> {
    let files = [
        "delivery_service",
        "ledger_service",
        "order_service",
        "payment_webhook_service",
        "saga_service",
    ]
    .map(|name| format!("order/v1/{name}.proto"));
    compile(Path::new(PROTOS), &files.each_ref().map(String::as_str))
}

/// The descriptor set of the example, which uses every feature of protobuf.
pub(crate) fn zoo() -> Vec<u8> {
    compile(Path::new(EXAMPLE), &["zoo/v1/zoo.proto"])
}

pub(crate) fn document(descriptors: &[u8]) -> Value {
    read(&Generator::new(descriptors))
}

pub(crate) fn read(generator: &Generator<'_>) -> Value {
    let text = generator.openapi().expect("it is described");
    serde_json::from_str(&text).expect("it is JSON")
}
