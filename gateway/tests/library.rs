//! A crate of a workspace of its own builds a gateway for its protos as `docs/gateway.md` describes: offline, and without
//! the order contract, protoc or a patch.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const MANIFEST: &str = r#"[package]
name = "zoo-gateway"
version = "0.1.0"
edition = "2024"

[workspace]

[dependencies]
order-gateway = { path = "REPOSITORY/gateway", default-features = false }

[build-dependencies]
order-gateway-codegen = { path = "REPOSITORY/gateway/codegen" }
protox = "0.10"
"#;

const LIBRARY: &str = r#"//! A gateway for the zoo.
include!(concat!(env!("OUT_DIR"), "/tables.rs"));

/// Binds it.
pub fn bind(config: order_gateway::Config) -> Result<order_gateway::Gateway, order_gateway::Error> {
    order_gateway::bind_tables(config, &TABLES)
}
"#;

const PROTO: &str = r#"syntax = "proto3";
package zoo.v1;
import "google/api/annotations.proto";
message Animal { string name = 1; }
service Zoo {
  rpc GetAnimal(Animal) returns (Animal) { option (google.api.http) = { get: "/v1/animals/{name}" }; }
}
"#;

/// Copies a folder without what builds leave behind.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder of our own");
    for entry in fs::read_dir(from)
        .expect("the folder is there")
        .filter_map(Result::ok)
    {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("it is copied");
        }
    }
}

/// The `build.rs` in the page, with the paths of this test.
fn build_script(repository: &Path) -> String {
    let page = fs::read_to_string(repository.join("docs/gateway.md")).expect("the page");
    let start = page
        .find("```rust\nuse std::env;")
        .expect("the page has a build.rs")
        + "```rust\n".len();
    let script = &page[start..];
    let script = &script[..script.find("```").expect("it ends")];
    let protos = repository.join("proto");
    script.replace("../../proto", protos.to_str().expect("UTF-8"))
}

#[test]
fn a_crate_of_its_own_workspace_builds_offline_without_the_order_contract() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let repository = folder.path().join("repository");
    for part in ["gateway", "proto/google", "docs"] {
        copy(&here.join(part), &repository.join(part));
    }
    fs::copy(here.join("Cargo.toml"), repository.join("Cargo.toml")).expect("it is copied");
    let zoo = folder.path().join("zoo");
    fs::create_dir_all(zoo.join("src")).expect("a folder of our own");
    fs::create_dir_all(zoo.join("proto/zoo/v1")).expect("a folder of our own");
    let at = repository.to_str().expect("UTF-8");
    fs::write(zoo.join("Cargo.toml"), MANIFEST.replace("REPOSITORY", at)).expect("written");
    fs::write(zoo.join("build.rs"), build_script(&repository)).expect("written");
    fs::write(zoo.join("src/lib.rs"), LIBRARY).expect("written");
    fs::write(zoo.join("proto/zoo/v1/zoo.proto"), PROTO).expect("written");
    // The same versions as here, which are there without a network.
    fs::copy(here.join("Cargo.lock"), zoo.join("Cargo.lock")).expect("it is copied");

    let built = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet"])
        .current_dir(&zoo)
        // One folder for every run, so that only the first one compiles the dependencies.
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("library"),
        )
        .env("PROTOC", "/nowhere")
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    let lock = fs::read_to_string(zoo.join("Cargo.lock")).expect("cargo wrote it");
    for absent in [
        "order-proto",
        "prost-protovalidate",
        "order-settings",
        "clap",
    ] {
        assert!(!lock.contains(&format!("name = \"{absent}\"")), "{absent}");
    }
}
