//! Rules about the source tree that a compiler cannot check: sizes, headers, names, imports, words, links.
//!
//! Each rule is a function over text, tested on a planted violation in its own file, and applied to the whole tree here.

mod arrows;
mod cargo;
mod circles;
mod citations;
mod crates;
mod functions;
mod links;
mod modules;
mod names;
mod paths;
mod places;
mod shape;
mod source;
mod terse;
mod tree;
mod words;

use std::sync::OnceLock;

use tree::{File, Tree};

/// The tree, read once per process.
fn tree() -> &'static Tree {
    static TREE: OnceLock<Tree> = OnceLock::new();
    TREE.get_or_init(Tree::read)
}

fn expect_none(findings: &[String]) {
    expect_at_most(findings, 0);
}

/// Prints the count, and fails with every finding on its own line when there are more than the bound.
fn expect_at_most(findings: &[String], bound: usize) {
    eprintln!("{} finding(s), at most {bound}", findings.len());
    assert!(
        findings.len() <= bound,
        "{} finding(s), at most {bound}:\n{}",
        findings.len(),
        findings.join("\n")
    );
}

fn findings_in_rust(rule: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    tree().rust().flat_map(rule).collect()
}

fn findings_on_pages(rule: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    tree().markdown().flat_map(rule).collect()
}

#[test]
fn every_rust_file_has_at_most_400_lines() {
    expect_none(&findings_in_rust(shape::too_long));
}

#[test]
fn the_median_shipped_file_has_at_most_110_lines() {
    expect_none(&shape::median_too_high(tree().rust()));
}

#[test]
fn every_function_has_at_most_70_lines() {
    expect_at_most(
        &findings_in_rust(functions::too_long),
        functions::TOO_LONG_MAX,
    );
}

#[test]
fn few_functions_are_tables_and_may_be_longer() {
    let tables = findings_in_rust(functions::tables);
    eprintln!("{}", tables.join("\n"));
    expect_at_most(&tables, functions::TABLES_MAX);
    expect_none(&findings_in_rust(functions::needless_marks));
}

#[test]
fn every_rust_file_opens_with_a_header() {
    expect_none(&findings_in_rust(shape::without_header));
}

#[test]
fn every_module_name_describes_its_content() {
    expect_none(&findings_in_rust(names::meaningless));
}

#[test]
fn every_test_is_named_by_a_sentence() {
    expect_none(&findings_in_rust(names::unnamed_tests));
}

#[test]
fn no_test_is_ignored() {
    expect_none(&findings_in_rust(shape::ignored_tests));
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
fn every_room_has_a_line_of_arrows_and_uses_each_of_them() {
    expect_none(&arrows::outdated(tree().rust(), arrows::ARROWS));
}

/// With `UPDATE=1` it writes the block instead.
#[test]
fn the_architecture_page_shows_the_arrows() {
    let page = tree().text(arrows::PAGE);
    let block = arrows::rendered(arrows::ARROWS);
    match arrows::page_with(page, &block) {
        Ok(expected) if expected == page => {}
        Ok(expected) if std::env::var_os("UPDATE").is_some() => {
            std::fs::write(tree::root().join(arrows::PAGE), expected)
                .expect("the page is writable");
        }
        Ok(_) => panic!(
            "{}: run `UPDATE=1 cargo test -p order-tests --test tidy` to write this block:\n{block}",
            arrows::PAGE
        ),
        Err(missing) => panic!("{missing}"),
    }
}

#[test]
fn no_files_of_a_folder_import_each_other_in_a_circle() {
    expect_none(&circles::beyond_bounds(tree()));
}

#[test]
fn every_room_of_the_service_uses_only_crates_that_it_may_use() {
    expect_none(&findings_in_rust(crates::foreign));
}

#[test]
fn the_pure_rooms_use_no_io_no_clock_and_no_chance() {
    let manifest = tree().text("service/Cargo.toml");
    expect_none(&findings_in_rust(|file| crates::impure(file, manifest)));
}

#[test]
fn every_workspace_member_depends_only_along_the_arrows() {
    let findings: Vec<String> = tree().manifests().flat_map(cargo::against).collect();
    expect_none(&findings);
}

#[test]
fn every_migration_is_dated_named_and_listed() {
    expect_none(&names::unlisted_migrations(
        &tree().stems("migration/src/"),
        tree().text("migration/src/lib.rs"),
    ));
}

#[test]
fn every_relative_link_leads_to_a_file() {
    expect_none(&findings_on_pages(|page| {
        links::broken(page, |path| tree().holds(path))
    }));
}

#[test]
fn every_cited_rule_exists() {
    let (defined, mut findings) = citations::defined(tree().text(citations::PAGE));
    findings.extend(findings_in_rust(|file| {
        citations::broken_in_comments(file, &defined)
    }));
    findings.extend(findings_on_pages(|page| {
        citations::broken_on_page(page, &defined)
    }));
    expect_none(&findings);
}

#[test]
fn every_cited_place_in_the_code_exists() {
    expect_none(&findings_on_pages(|page| places::broken(page, tree())));
}

#[test]
fn comments_and_pages_use_plain_words() {
    let mut findings = findings_in_rust(words::in_comments);
    findings.extend(findings_on_pages(words::on_page));
    expect_at_most(&findings, words::WORDS_MAX);
}

#[test]
fn few_doc_comments_say_too_little() {
    expect_at_most(&findings_in_rust(terse::docs), terse::TERSE_MAX);
}

#[test]
fn the_whole_tree_is_read() {
    assert!(tree().holds("tests/tidy/main.rs"));
    assert!(tree().holds("proto/order/v1/order.proto"));
    assert!(
        !tree().holds("proto/vendor"),
        "vendored code follows its own style"
    );
    assert!(!tree().holds("target"));
}
