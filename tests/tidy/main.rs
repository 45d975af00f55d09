//! Keeps the tree as the design draws it: sizes, headers, names, import arrows, links.
//!
//! Owns the rules that a compiler cannot check. Knows nothing of what the code does.
//! Each rule is a function over text, tried on a planted violation beside it, and applied to the whole tree here.

mod arrows;
mod cargo;
mod links;
mod names;
mod shape;
mod source;
mod tree;

use tree::{File, Tree};

/// Fails with every finding on a line of its own.
fn expect_none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} finding(s):\n{}",
        findings.len(),
        findings.join("\n")
    );
}

fn findings_in_rust(rule: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    Tree::read().rust().flat_map(rule).collect()
}

#[test]
fn every_rust_file_has_at_most_400_lines() {
    expect_none(&findings_in_rust(shape::too_long));
}

#[test]
fn every_rust_file_opens_with_a_header() {
    expect_none(&findings_in_rust(shape::headless));
}

#[test]
fn no_module_is_named_after_nothing() {
    expect_none(&findings_in_rust(names::meaningless));
}

#[test]
fn every_test_is_named_by_a_sentence() {
    expect_none(&findings_in_rust(names::wordless_tests));
}

#[test]
fn no_test_is_switched_off() {
    expect_none(&findings_in_rust(shape::switched_off));
}

#[test]
fn no_test_sleeps() {
    expect_none(&findings_in_rust(shape::sleeping));
}

#[test]
fn nothing_is_left_for_later() {
    expect_none(&findings_in_rust(shape::left_for_later));
}

#[test]
fn every_room_of_the_service_imports_only_along_the_arrows() {
    expect_none(&findings_in_rust(arrows::against));
}

#[test]
fn every_room_of_the_service_touches_only_the_crates_that_are_its_business() {
    expect_none(&findings_in_rust(arrows::foreign));
}

#[test]
fn every_workspace_member_depends_only_along_the_arrows() {
    let tree = Tree::read();
    let findings: Vec<String> = tree.manifests().flat_map(cargo::against).collect();
    expect_none(&findings);
}

#[test]
fn every_migration_is_dated_named_and_listed() {
    let tree = Tree::read();
    let listed = tree.text("migration/src/lib.rs");
    expect_none(&names::unlisted_migrations(
        &tree.stems("migration/src/"),
        &listed,
    ));
}

#[test]
fn every_relative_link_leads_somewhere() {
    let tree = Tree::read();
    let findings: Vec<String> = tree
        .markdown()
        .flat_map(|page| links::broken(page, |path| tree.holds(path)))
        .collect();
    expect_none(&findings);
}

#[test]
fn the_tree_is_really_read() {
    let tree = Tree::read();
    assert!(tree.holds("tests/tidy/main.rs"));
    assert!(tree.holds("proto/order/v1/order.proto"));
    assert!(
        !tree.holds("proto/vendor"),
        "vendored code follows its own style"
    );
    assert!(!tree.holds("target"));
}
