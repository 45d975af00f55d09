//! `docs/openapi.json` is the OpenAPI document that the gateway serves.
//!
//! Compares texts; knows nothing of what the document says.

use std::fs;
use std::path::Path;

use order_gateway::TABLES;

/// The checked-in document, from this crate's folder.
const DOCUMENT: &str = "../docs/openapi.json";

#[test]
fn the_checked_in_document_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let served = format!("{}\n", TABLES.openapi.trim_end());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, served).expect("docs/openapi.json can be written");
        return;
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    let differing = checked_in
        .lines()
        .zip(served.lines())
        .position(|(ours, theirs)| ours != theirs)
        .unwrap_or_else(|| checked_in.lines().count().min(served.lines().count()));
    assert!(
        checked_in == served,
        "docs/openapi.json differs from the document that the gateway serves, first at line {}; \
         regenerate it with `UPDATE=1 cargo test -p order-gateway --test openapi_is_fresh`",
        differing + 1
    );
}
