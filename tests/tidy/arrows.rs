//! The import arrows between the rooms of the service, and their rendering in `docs/architecture.md`.
//!
//! A room is the first segment below `service/src`. The arrows apply to what ships: tests may import from any room.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Lines, paths};
use crate::tree::File;

/// The rooms that a room may import.
type Arrows<'a> = &'a [(&'a str, &'a [&'a str])];

/// Every room, from the outside in, and the rooms that it may import. An arrow that no import uses fails.
#[rustfmt::skip]
pub(crate) const ARROWS: Arrows<'static> = &[
    ("main", &["cli"]),
    ("cli", &["server", "audit", "config"]),
    ("server", &[
        "middleware", "idempotency", "rpc", "app", "engine", "plans", "saga", "store", "participant", "audit", "domain",
        "config", "vault", "error", "supervise",
    ]),
    ("audit", &["store", "participant", "domain"]),
    ("middleware", &["error"]),
    ("rpc", &["app", "domain", "vault", "error"]),
    ("idempotency", &["config", "domain", "vault", "error"]),
    ("app", &["engine", "plans", "saga", "store", "domain", "vault", "error"]),
    ("engine", &["plans", "saga", "store", "participant", "domain", "supervise"]),
    ("plans", &["saga", "domain"]),
    ("saga", &["domain"]),
    ("participant", &["domain"]),
    ("store", &["domain", "supervise"]),
    ("config", &["domain"]),
    ("vault", &["domain"]),
    ("domain", &[]),
    ("error", &[]),
    ("supervise", &[]),
];

/// The room that a file of the service belongs to; `lib.rs` only declares the rooms and has none.
pub(crate) fn room(path: &str) -> Option<&str> {
    let below = path.strip_prefix("service/src/")?;
    let room = below
        .split('/')
        .next()
        .unwrap_or(below)
        .trim_end_matches(".rs");
    (room != "lib").then_some(room)
}

/// Imports from one room into another that no arrow allows.
pub(crate) fn against(file: &File) -> Vec<String> {
    let Some(room) = room(&file.path) else {
        return Vec::new();
    };
    // A room that is not listed is a finding of `outdated`.
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        return Vec::new();
    };
    let imported = BTreeSet::from_iter(imported(file, ARROWS)).into_iter();
    imported
        .filter(|(_, name)| !allowed.contains(&name.as_str()))
        .map(|(line, name)| format!("{}:{line}: {room} may not import {name}", file.path))
        .collect()
}

/// The other rooms that a file imports, with the lines.
fn imported(file: &File, arrows: Arrows<'_>) -> Vec<(usize, String)> {
    let own = room(&file.path);
    let mut lines = Lines::of(file.shipped());
    let mut found = Vec::new();
    for path in paths(file.shipped()) {
        let from_root = ["crate", "order_service"].contains(&path.segments[0].as_str());
        let climb = if from_root { 1 } else { depth(&file.path) };
        let (climb, rest) = path.segments.split_at(climb.min(path.segments.len()));
        let at_root = from_root || climb.iter().all(|segment| segment == "super");
        let Some(name) = rest.first().filter(|_| at_root) else {
            continue;
        };
        if own != Some(name) && arrows.iter().any(|(known, _)| known == name) {
            found.push((lines.line(path.at), name.clone()));
        }
    }
    found
}

/// How many modules deep a file is: `service/src/app.rs` is 1.
fn depth(path: &str) -> usize {
    path.matches('/').count() - 1
}

/// Where ARROWS differs from the tree: unused arrows, rooms without a file, and rooms that are not listed. Each finding
/// has the line that ARROWS should have instead.
pub(crate) fn outdated<'a>(
    files: impl Iterator<Item = &'a File>,
    arrows: Arrows<'_>,
) -> Vec<String> {
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        if let Some(room) = room(&file.path) {
            let rooms = imported(file, arrows).into_iter().map(|(_, name)| name);
            used.entry(room).or_default().extend(rooms);
        }
    }
    let mut found = Vec::new();
    for (room, allowed) in arrows {
        let Some(used) = used.remove(room) else {
            let line = source(room, allowed);
            found.push(format!("remove `{line}`: the room has no file"));
            continue;
        };
        let mut kept = allowed.to_vec();
        kept.retain(|name| used.contains(*name));
        if kept.len() < allowed.len() {
            let (before, after) = (source(room, allowed), source(room, &kept));
            found.push(format!("replace `{before}`\n     by `{after}`"));
        }
    }
    let unlisted = used.iter().map(|(room, rooms)| {
        let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
        format!("add `{}`", source(room, &rooms))
    });
    found.extend(unlisted);
    found
}

/// One line of ARROWS.
fn source(room: &str, allowed: &[&str]) -> String {
    format!("(\"{room}\", &{allowed:?}),")
}

/// The page that shows the arrows, and the line before their block.
pub(crate) const PAGE: &str = "docs/architecture.md";
const MARKER: &str = "<!-- arrows: generated by tests/tidy -->";

/// The block of the page: one line per room.
pub(crate) fn rendered(arrows: Arrows<'_>) -> String {
    let lines = arrows.iter().map(|(room, allowed)| {
        if allowed.is_empty() {
            return format!("{room} → no other room\n");
        }
        format!("{room} → {}\n", allowed.join(", "))
    });
    format!("```\n{}```\n", lines.collect::<String>())
}

/// The page with its block replaced, or what is missing in it.
pub(crate) fn page_with(page: &str, block: &str) -> Result<String, String> {
    let missing = || format!("{PAGE}: add these lines:\n{MARKER}\n{block}");
    let marker = format!("{MARKER}\n");
    let (before, after) = page.split_once(&marker).ok_or_else(missing)?;
    let inside = after.strip_prefix("```").ok_or_else(missing)?;
    let (_, rest) = inside.split_once("\n```\n").ok_or_else(missing)?;
    Ok(format!("{before}{marker}{block}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_against_the_arrows_is_found() {
        let file = File::planted(
            "service/src/store/orders.rs",
            "use crate::domain::Id;\nuse crate::app;\n",
        );
        assert_eq!(
            against(&file),
            ["service/src/store/orders.rs:2: store may not import app"]
        );
    }

    #[test]
    fn an_import_by_a_group_an_inline_path_or_super_is_found() {
        let text = "use crate::{domain::Id, rpc::x};\nfn f() { crate::server::g() }\nuse super::super::cli::h;\n";
        let found = against(&File::planted("service/src/engine/driver.rs", text));
        assert_eq!(found.len(), 3, "{found:?}");
    }

    #[test]
    fn a_module_of_the_room_named_like_another_room_is_no_import() {
        let file = File::planted("service/src/store.rs", "mod app;\nfn f() { app::g() }\n");
        assert!(against(&file).is_empty());
    }

    #[test]
    fn tests_of_a_room_may_import_from_any_room() {
        let text = "use crate::domain;\n#[cfg(test)]\nmod tests { use crate::rpc; }\n";
        assert!(against(&File::planted("service/src/store.rs", text)).is_empty());
        let tests = File::planted("service/src/store/tests.rs", "use crate::rpc;");
        assert!(against(&tests).is_empty());
    }

    #[test]
    fn an_unused_arrow_a_room_without_a_file_and_an_unlisted_room_are_found() {
        let arrows: Arrows<'_> = &[("a", &["b", "c"]), ("b", &[]), ("c", &["b"])];
        let files = [
            File::planted("service/src/a.rs", "use crate::c::C;\n"),
            File::planted("service/src/b/d.rs", ""),
            File::planted("service/src/attic.rs", "use crate::{b::B, c};\n"),
        ];
        assert_eq!(
            outdated(files.iter(), arrows),
            [
                "replace `(\"a\", &[\"b\", \"c\"]),`\n     by `(\"a\", &[\"c\"]),`",
                "remove `(\"c\", &[\"b\"]),`: the room has no file",
                "add `(\"attic\", &[\"b\", \"c\"]),`"
            ]
        );
    }

    #[test]
    fn the_block_of_the_page_is_replaced_and_a_missing_one_is_named() {
        let block = rendered(&[("a", &["b", "c"]), ("b", &[])]);
        assert_eq!(block, "```\na → b, c\nb → no other room\n```\n");
        let page = format!("# A\n\n{MARKER}\n```\nold\n```\n\nB\n");
        let expected = format!("# A\n\n{MARKER}\n{block}\nB\n");
        assert_eq!(page_with(&page, &block), Ok(expected.clone()));
        assert_eq!(page_with(&expected, &block), Ok(expected));
        let missing = page_with("# A\n", &block).expect_err("the page has no marker");
        assert!(missing.contains(MARKER) && missing.contains("a → b, c"));
    }

    #[test]
    fn no_arrow_of_the_table_runs_in_a_circle() {
        fn reaches(from: &str, to: &str) -> bool {
            let (_, next) = ARROWS
                .iter()
                .find(|(room, _)| *room == from)
                .expect("every room is listed");
            next.iter().any(|room| *room == to || reaches(room, to))
        }
        for (room, _) in ARROWS {
            assert!(!reaches(room, room), "{room} imports itself through others");
        }
    }
}
