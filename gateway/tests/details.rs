//! `details.binpb`, which the build reads so that it needs no compiler of protos, is that of `google/rpc`.

use std::path::Path;

#[test]
fn the_checked_in_descriptors_of_error_details_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiler =
        protox::Compiler::new([folder.join("../proto")]).expect("the folder is there");
    compiler.include_imports(true);
    let files = ["google/rpc/error_details.proto", "google/rpc/status.proto"];
    compiler.open_files(files).expect("the protos compile");
    let compiled = compiler.encode_file_descriptor_set();
    let path = folder.join("details.binpb");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &compiled).expect("it is written");
    }
    let checked_in = std::fs::read(&path).expect("it is checked in");
    assert!(
        checked_in == compiled,
        "details.binpb is stale: run this test with UPDATE=1"
    );
}
