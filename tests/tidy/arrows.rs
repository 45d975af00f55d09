//! The import arrows of the service, as the design draws them.
//!
//! A room is the first segment below `service/src`. Only what ships is judged: a room's tests may look further.

use crate::shape::is_test_file;
use crate::source::{code, line, names_below, split_tests};
use crate::tree::File;

/// Room, and the rooms it may import. Read from the outside in.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    // The command line starts servers; `migrate` and `audit` open the store.
    (
        "cli",
        &["server", "audit", "store", "config", "vault", "error"],
    ),
    // The one place that stacks layers and builds what they stand on.
    (
        "server",
        &[
            "middleware",
            "idempotency",
            "rpc",
            "app",
            "engine",
            "plans",
            "saga",
            "store",
            "participant",
            "audit",
            "domain",
            "config",
            "vault",
            "error",
        ],
    ),
    // Compares; it stands beside the use cases and changes nothing.
    ("audit", &["store", "participant", "domain", "error"]),
    ("middleware", &["error"]),
    ("rpc", &["app", "domain", "vault", "error"]),
    // Its second tier is a table.
    (
        "idempotency",
        &["store", "domain", "vault", "config", "error"],
    ),
    (
        "app",
        &[
            "engine", "plans", "saga", "store", "domain", "vault", "error",
        ],
    ),
    (
        "engine",
        &["plans", "saga", "store", "participant", "domain"],
    ),
    ("plans", &["saga", "domain"]),
    ("saga", &["domain"]),
    ("participant", &["domain", "config", "error"]),
    ("store", &["domain", "error"]),
    ("domain", &[]),
    // Leaves.
    ("config", &["domain", "error"]),
    ("vault", &["domain", "config", "error"]),
    ("error", &["domain"]),
];

/// Crate, and the rooms that may touch it.
const BUSINESS: &[(&str, &[&str])] = &[
    ("sea_orm", &["store"]),
    ("sea_query", &["store"]),
    ("sqlx", &["store"]),
    ("order_migration", &["store", "cli"]),
    // The configuration parses the origins that the gateway accepts.
    ("order_gateway", &["cli", "config"]),
    ("order_sandbox", &["cli"]),
    ("order_currency", &["domain"]),
    ("order_settings", &["cli", "config"]),
    ("order_telemetry", &["cli", "config", "middleware"]),
    (
        "order_proto",
        &["rpc", "participant", "server", "idempotency", "cli"],
    ),
    ("bb8_redis", &["idempotency"]),
    ("indicatif", &["cli"]),
    ("clap", &["cli", "config", "main"]),
    ("anyhow", &["cli", "main"]),
];

/// All that the innermost room may use.
const PURE: (&str, &[&str]) = (
    "domain",
    &[
        "std",
        "core",
        "serde",
        "uuid",
        "thiserror",
        "order_currency",
    ],
);

/// The room that a file of the service belongs to; `lib` has none, it only opens the doors.
fn room(path: &str) -> Option<&str> {
    let below = path.strip_prefix("service/src/")?;
    let room = below
        .split('/')
        .next()
        .unwrap_or(below)
        .trim_end_matches(".rs");
    (room != "lib").then_some(room)
}

/// What ships of a file; nothing of a file that only tests see.
fn shipped(file: &File) -> String {
    if is_test_file(&file.path) {
        return String::new();
    }
    split_tests(&code(&file.text)).0
}

/// Imports from one room into another that no arrow allows.
pub(crate) fn against(file: &File) -> Vec<String> {
    let Some(room) = room(&file.path) else {
        return Vec::new();
    };
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: a room nobody drew", file.path)];
    };
    let code = shipped(file);
    let mut imports = names_below(&code, "crate");
    imports.extend(names_below(&code, "order_service"));
    imports.extend(above(&code, depth(&file.path)));
    imports
        .into_iter()
        .filter(|(_, name)| ARROWS.iter().any(|(known, _)| known == name))
        .filter(|(_, name)| name != room && !allowed.contains(&name.as_str()))
        .map(|(line, name)| format!("{}:{line}: {room} may not import {name}", file.path))
        .collect()
}

/// How many modules deep a file is: `service/src/app.rs` is 1.
fn depth(path: &str) -> usize {
    path.matches('/').count() - 1
}

/// Names reached by climbing out of the room with `super`.
fn above(code: &str, depth: usize) -> Vec<(usize, String)> {
    let climb = vec!["super"; depth].join("::");
    names_below(code, &climb)
}

/// Crates that are another room's business.
pub(crate) fn foreign(file: &File) -> Vec<String> {
    let Some(room) = room(&file.path) else {
        return Vec::new();
    };
    let code = shipped(file);
    let mut found = Vec::new();
    for (name, rooms) in BUSINESS {
        if !rooms.contains(&room) {
            for (line, _) in names_below(&code, name) {
                found.push(format!("{}:{line}: {room} may not touch {name}", file.path));
            }
        }
    }
    if room == PURE.0 {
        found.extend(impure(file, &code));
    }
    found
}

fn impure(file: &File, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let path = code[at + 4..].trim_start_matches("::");
        let end = path.find(|c: char| !crate::source::is_word(c));
        let root = &path[..end.unwrap_or(path.len())];
        let begins_line = code[..at].ends_with(['\n', ' ']) || at == 0;
        let local = ["crate", "self", "super"].contains(&root)
            || root.starts_with(char::is_uppercase)
            || code.contains(&format!("mod {root};"))
            || !path[root.len()..].starts_with("::");
        if begins_line && !local && !PURE.1.contains(&root) {
            let line = line(code, at);
            found.push(format!(
                "{}:{line}: {} may not use {root}",
                file.path, PURE.0
            ));
        }
    }
    found
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
    fn a_room_that_the_design_does_not_know_is_found() {
        assert_eq!(against(&File::planted("service/src/attic.rs", "")).len(), 1);
    }

    #[test]
    fn tests_of_a_room_may_look_further() {
        let text = "use crate::domain;\n#[cfg(test)]\nmod tests { use crate::rpc; }\n";
        assert!(against(&File::planted("service/src/store.rs", text)).is_empty());
        assert!(
            against(&File::planted(
                "service/src/store/tests.rs",
                "use crate::rpc;"
            ))
            .is_empty()
        );
    }

    #[test]
    fn a_foreign_crate_is_found() {
        let app = File::planted(
            "service/src/app/place.rs",
            "fn f(m: order_proto::order::v1::Order) {}",
        );
        assert_eq!(
            foreign(&app),
            ["service/src/app/place.rs:1: app may not touch order_proto"]
        );
        let rpc = File::planted(
            "service/src/rpc/orders.rs",
            "use sea_orm::Value;\nuse order_proto::x;",
        );
        assert_eq!(
            foreign(&rpc),
            ["service/src/rpc/orders.rs:1: rpc may not touch sea_orm"]
        );
        let server = File::planted("service/src/server/build.rs", "use order_sandbox::bind;");
        assert_eq!(
            foreign(&server),
            ["service/src/server/build.rs:1: server may not touch order_sandbox"]
        );
    }

    #[test]
    fn the_pure_room_uses_only_what_it_may() {
        let text = "mod money;\nuse money::Money;\nuse serde::Serialize;\nuse tokio::time;\n";
        let found = foreign(&File::planted("service/src/domain/money.rs", text));
        assert_eq!(
            found,
            ["service/src/domain/money.rs:4: domain may not use tokio"]
        );
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
            assert!(!reaches(room, room), "{room} imports itself in the end");
        }
    }
}
