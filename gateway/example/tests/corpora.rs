//! Runs the seeds of the fuzz targets, which include every input that ever failed, through the entry points of the
//! targets. Generates no inputs.

use std::fs;
use std::path::Path;

#[allow(
    unreachable_pub,
    reason = "the entry points are public in their own crate"
)]
#[path = "../../../fuzz/src/lib.rs"]
mod entries;

/// Runs every seed of a target. A failure names the file.
fn each_seed(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let mut count = 0;
    for entry in fs::read_dir(folder.join(target)).expect("the target has seeds") {
        let path = entry.expect("the folder is readable").path();
        let seed = fs::read(&path).expect("the seed is readable");
        let outcome = std::panic::catch_unwind(|| run(&seed));
        assert!(outcome.is_ok(), "{} fails", path.display());
        count += 1;
    }
    assert!(count >= 10, "{target} has lost its seeds");
}

#[test]
fn every_json_seed_is_refused_or_survives_a_round_trip() {
    each_seed("json", entries::json::run);
}

#[test]
fn every_wire_seed_is_refused_or_survives_a_round_trip() {
    each_seed("wire", entries::wire::run);
}

#[test]
fn every_template_seed_is_refused_or_equals_its_expansion() {
    each_seed("template", entries::template::run);
}

#[test]
fn every_route_seed_matches_a_linear_search() {
    each_seed("route", entries::route::run);
}
