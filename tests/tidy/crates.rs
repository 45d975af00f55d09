//! The crates that a room of the service may use, and what the pure rooms may use at all.
//!
//! Applies to what ships. Which room imports which is for `arrows`.

use crate::arrows::room;
use crate::cargo::dependencies;
use crate::paths::{Lines, Origin, Path, paths};
use crate::source::{is_word, line};
use crate::tree::File;

/// Crate, and the rooms that may use it.
const BUSINESS: &[(&str, &[&str])] = &[
    ("sea_orm", &["store"]),
    ("sea_query", &["store"]),
    ("sqlx", &["store"]),
    ("order_migration", &["store", "cli"]),
    // Both listeners have one policy for browsers, which the configuration reads.
    ("order_gateway", &["cli", "config", "middleware", "server"]),
    ("order_settings", &["cli", "config"]),
    ("order_telemetry", &["cli", "config", "middleware"]),
    ("order_sandbox", &["cli"]),
    ("order_currency", &["domain"]),
    ("order_ownership", &["cli"]),
    (
        "order_proto",
        &[
            "rpc",
            "participant",
            "sandbox",
            "server",
            "idempotency",
            "cli",
        ],
    ),
    ("bb8_redis", &["idempotency"]),
    ("indicatif", &["cli"]),
    ("clap", &["cli", "config", "main"]),
    ("anyhow", &["cli", "main"]),
];

/// A room without I/O, clocks and chance.
struct Pure {
    room: &'static str,
    /// The only crates that it may use.
    crates: &'static [&'static str],
    /// Names of IMPURE_NAMES that it may use all the same.
    names: &'static [&'static str],
}

const PURE: &[Pure] = &[
    // `app` and `engine` call `generate` of the id types; the domain itself calls it nowhere.
    Pure {
        room: "domain",
        crates: &[
            "std",
            "core",
            "serde",
            "serde_json",
            "uuid",
            "thiserror",
            "order_currency",
        ],
        names: &["generate", "now_v7"],
    },
    Pure {
        room: "saga",
        crates: &["std", "core", "serde", "serde_json", "uuid", "thiserror"],
        names: &[],
    },
    Pure {
        room: "plans",
        crates: &["std", "core", "serde", "serde_json", "uuid", "thiserror"],
        names: &[],
    },
];

/// Modules of `std` that reach outside of the process, or wait.
const IMPURE_STD: &[&str] = &["env", "fs", "io", "net", "os", "process", "thread"];

/// Clocks and sources of chance, by any path.
const IMPURE_NAMES: &[&str] = &[
    "Instant",
    "SystemTime",
    "UNIX_EPOCH",
    "generate",
    "new_v4",
    "now_v7",
];

/// Uses of a crate by a room that may not use it.
pub(crate) fn foreign(file: &File) -> Vec<String> {
    let Some(room) = room(&file.path) else {
        return Vec::new();
    };
    let mut lines = Lines::of(file.shipped());
    let mut found = Vec::new();
    for path in paths(file.shipped()) {
        let name = path.segments[0].as_str();
        let business = BUSINESS.iter().find(|(known, _)| *known == name);
        if business.is_some_and(|(_, rooms)| !rooms.contains(&room)) {
            let line = lines.line(path.at);
            found.push(format!("{}:{line}: {room} may not use {name}", file.path));
        }
    }
    found
}

/// What a file of a pure room uses beyond its list: crates of the service's manifest, impure `std`, clocks, chance.
pub(crate) fn impure(file: &File, manifest: &str) -> Vec<String> {
    let own = room(&file.path);
    let Some(pure) = PURE.iter().find(|pure| Some(pure.room) == own) else {
        return Vec::new();
    };
    let room = pure.room;
    let mut crates: Vec<String> = dependencies(manifest)
        .iter()
        .map(|name| name.replace('-', "_"))
        .collect();
    crates.extend(["std", "core", "alloc"].map(str::to_owned));
    let code = file.shipped();
    let paths = paths(code);
    let bound = |name: &str| {
        let binds = |path: &Path| matches!(&path.origin, Origin::Use { name: Some(bound), .. } if bound == name && path.segments.len() > 1);
        paths.iter().any(binds) || code.contains(&format!("mod {name};"))
    };
    let mut lines = Lines::of(code);
    let mut found = Vec::new();
    for path in &paths {
        let name = path.segments[0].as_str();
        let second = path.segments.get(1).map_or("", String::as_str);
        let what = if IMPURE_STD.contains(&second) && name == "std" {
            format!("std::{second}")
        } else if crates.iter().any(|known| known == name)
            && !pure.crates.contains(&name)
            && !bound(name)
        {
            name.to_owned()
        } else {
            continue;
        };
        let line = lines.line(path.at);
        found.push(format!("{}:{line}: {room} may not use {what}", file.path));
    }
    for name in IMPURE_NAMES
        .iter()
        .filter(|name| !pure.names.contains(name))
    {
        for at in words(code, name) {
            let line = line(code, at);
            found.push(format!("{}:{line}: {room} may not use {name}", file.path));
        }
    }
    found
}

/// The offsets of a whole word.
fn words(code: &str, word: &str) -> Vec<usize> {
    let whole =
        |at: usize| !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word);
    let found = code.match_indices(word).map(|(at, _)| at);
    found.filter(|at| whole(*at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[dependencies]\ntokio.workspace = true\nsea-orm.workspace = true\nserde = \"1\"\ntracing = \"1\"\n";

    fn found(path: &str, text: &str) -> Vec<String> {
        impure(&File::planted(path, text), MANIFEST)
    }

    #[test]
    fn a_crate_of_another_room_is_found() {
        let app = File::planted(
            "service/src/app/place.rs",
            "fn f(m: order_proto::order::v1::Order) {}",
        );
        assert_eq!(
            foreign(&app),
            ["service/src/app/place.rs:1: app may not use order_proto"]
        );
        let rpc = File::planted(
            "service/src/rpc/orders.rs",
            "use sea_orm::Value;\nuse order_proto::x;",
        );
        assert_eq!(
            foreign(&rpc),
            ["service/src/rpc/orders.rs:1: rpc may not use sea_orm"]
        );
    }

    #[test]
    fn a_pure_room_uses_only_the_crates_of_its_list() {
        let text = "mod money;\nuse money::Money;\nuse serde::Serialize;\nuse tokio::time;\n\
                    #[tracing::instrument]\nfn f() { sea_orm::g() }\n";
        let found = found("service/src/saga/plan.rs", text);
        assert_eq!(
            found,
            [
                "service/src/saga/plan.rs:4: saga may not use tokio",
                "service/src/saga/plan.rs:5: saga may not use tracing",
                "service/src/saga/plan.rs:6: saga may not use sea_orm"
            ]
        );
        assert!(impure(&File::planted("service/src/engine.rs", text), MANIFEST).is_empty());
    }

    #[test]
    fn a_pure_room_has_no_clock_no_chance_and_no_io() {
        let text = "use std::time::{Duration, Instant};\nfn f() { Uuid::now_v7(); std::fs::read(a) }\nstruct Instants;\n";
        let found = found("service/src/plans/refund.rs", text);
        assert_eq!(
            found,
            [
                "service/src/plans/refund.rs:2: plans may not use std::fs",
                "service/src/plans/refund.rs:1: plans may not use Instant",
                "service/src/plans/refund.rs:2: plans may not use now_v7"
            ]
        );
    }

    #[test]
    fn a_module_named_like_a_crate_and_tests_are_no_uses() {
        let text = "use crate::domain::tracing;\nfn f() { tracing::g() }\n#[cfg(test)]\nmod tests { use tokio::test; }\n";
        assert!(found("service/src/domain/a.rs", text).is_empty());
    }
}
