//! Compiles `buf/validate/validate.proto` with protox: upstream's build script, less `protoc`.

use std::env;
use std::fs;
use std::path::PathBuf;

const INCLUDE: &str = "../..";
const FILE: &str = "../../buf/validate/validate.proto";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed={FILE}");
    let descriptors = PathBuf::from(env::var("OUT_DIR")?).join("file_descriptor_set.bin");
    let mut compiler = protox::Compiler::new([INCLUDE])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files([FILE])?;
    fs::write(&descriptors, compiler.encode_file_descriptor_set())?;

    let mut config = prost_build::Config::new();
    config
        .file_descriptor_set_path(&descriptors)
        .skip_protoc_run();
    #[cfg(feature = "reflect")]
    prost_reflect_build::Builder::new()
        .file_descriptor_set_path(&descriptors)
        .descriptor_pool("DESCRIPTOR_POOL")
        .configure(&mut config, &[FILE], &[INCLUDE])?;
    config.compile_protos(&[FILE], &[INCLUDE])?;
    Ok(())
}
