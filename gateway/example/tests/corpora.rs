//! The fuzz targets' seeds, and every input that ever broke one, through the targets' own entry points.
//! Makes up no inputs.

use std::fs;
use std::path::Path;

#[allow(unreachable_pub, reason = "there they are a library's")]
#[path = "../../../fuzz/src/lib.rs"]
mod entries;

/// Runs every seed of a target; a panic names the file.
fn each_seed(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let mut count = 0;
    for entry in fs::read_dir(folder.join(target)).expect("the target has seeds") {
        let path = entry
            .expect("a folder of the repository is readable")
            .path();
        let seed = fs::read(&path).expect("so is a file");
        let outcome = std::panic::catch_unwind(|| run(&seed));
        assert!(outcome.is_ok(), "{} breaks it", path.display());
        count += 1;
    }
    assert!(count >= 10, "{target} has lost its seeds");
}

#[test]
fn every_json_seed_is_refused_or_written_alike() {
    each_seed("json", entries::json::run);
}

#[test]
fn every_wire_seed_is_refused_or_read_back() {
    each_seed("wire", entries::wire::run);
}

#[test]
fn every_template_seed_is_refused_or_means_the_same_written_out() {
    each_seed("template", entries::template::run);
}

#[test]
fn every_route_seed_is_found_where_it_should_be() {
    each_seed("route", entries::route::run);
}
