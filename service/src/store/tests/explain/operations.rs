//! The operations that the source of the store names: the first argument of each bounded call.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What an operation's name follows.
const CALLS: [&str; 4] = [
    "bounded(",
    "bounded_query(",
    "self.delete(",
    "OPERATION: &str =",
];

pub(super) fn of_the_source() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    collect(&source, &mut found);
    assert!(found.len() > 20, "the source is read: {found:?}");
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        if path.ends_with("store/tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else {
            let text = fs::read_to_string(&path).expect("the file can be read");
            found.extend(operations(&text));
        }
    }
}

fn operations(text: &str) -> impl Iterator<Item = String> {
    let calls = CALLS.iter().flat_map(|call| text.split(call).skip(1));
    calls.filter_map(|after| {
        let literal = after.trim_start().strip_prefix('"')?;
        literal.split('"').next().map(str::to_owned)
    })
}
