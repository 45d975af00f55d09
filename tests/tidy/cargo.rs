//! Rules about manifests: which member of the workspace may depend on which.
//!
//! Reads names of dependencies only: no versions, no features.

use crate::tree::File;

/// Member's manifest, and which members it may depend on.
const MEMBERS: &[(&str, &[&str])] = &[
    ("Cargo.toml", &[]),
    ("migration/Cargo.toml", &[]),
    (
        "service/Cargo.toml",
        &[
            "order-currency",
            "order-proto",
            "order-migration",
            "order-ownership",
            "order-gateway",
            "order-sandbox",
            "order-settings",
            "order-telemetry",
        ],
    ),
    // Stands in for other teams' services: it knows the contract, and nothing of the service.
    (
        "service/sandbox/Cargo.toml",
        &["order-proto", "order-currency", "order-ownership"],
    ),
    // Plain data for the domain and the sandbox.
    ("service/currency/Cargo.toml", &[]),
    ("service/ownership/Cargo.toml", &[]),
    ("service/settings/Cargo.toml", &[]),
    ("service/telemetry/Cargo.toml", &["order-settings"]),
    (
        "gateway/Cargo.toml",
        &[
            "order-proto",
            "order-gateway-codegen",
            "order-settings",
            "order-telemetry",
        ],
    ),
    ("gateway/codegen/Cargo.toml", &[]),
    // Tests the generator on protos of every kind, and on the order protos.
    (
        "gateway/example/Cargo.toml",
        &["order-proto", "order-gateway", "order-gateway-codegen"],
    ),
    (
        "tests/Cargo.toml",
        &["order-proto", "order-service", "order-gateway"],
    ),
    // Models the protocol without the code.
    ("tests/model/Cargo.toml", &[]),
    // The backend of the gateway benchmarks.
    ("tests/bench/echo/Cargo.toml", &["order-proto"]),
    // No member: it is built with a sanitizer.
    (
        "fuzz/Cargo.toml",
        &[
            "order-gateway",
            "order-gateway-codegen",
            "order-gateway-example",
        ],
    ),
];

pub(crate) fn against(manifest: &File) -> Vec<String> {
    let Some((_, allowed)) = MEMBERS.iter().find(|(path, _)| *path == manifest.path) else {
        return vec![format!(
            "{}: add this member to MEMBERS in tests/tidy/cargo.rs",
            manifest.path
        )];
    };
    dependencies(&manifest.text)
        .into_iter()
        .filter(|name| name.starts_with("order-") && !allowed.contains(&name.as_str()))
        .map(|name| format!("{}: may not depend on {name}", manifest.path))
        .collect()
}

/// The names in the member's own dependency tables; the workspace's table is not one.
pub(crate) fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            inside = table.ends_with("dependencies") && !table.starts_with("workspace");
        } else if inside && line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            names.push(name.to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain `cargo build --release` builds what is deployed.
    #[test]
    fn both_binaries_are_built_by_default() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let manifest = std::fs::read_to_string(root).expect("the manifest can be read");
        let defaults = "default-members = [\"service\", \"gateway\"]";
        assert!(manifest.lines().any(|line| line == defaults), "{manifest}");
    }

    #[test]
    fn a_dependency_against_the_arrows_is_found() {
        let text = "[package]\nname = \"order-gateway\"\n[dependencies]\norder-proto.workspace = true\n\
                    order-service = { path = \"x\" }\n[workspace.dependencies]\norder-migration = \"1\"\n";
        let found = against(&File::planted("gateway/Cargo.toml", text));
        assert_eq!(
            found,
            ["gateway/Cargo.toml: may not depend on order-service"]
        );
    }

    #[test]
    fn a_member_that_is_not_listed_is_found() {
        assert_eq!(against(&File::planted("extra/Cargo.toml", "")).len(), 1);
    }
}
