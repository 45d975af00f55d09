//! Runs `order-service audit` on a stack and parses its output.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value as Json;

use crate::Stack;
use crate::binary::{self, Finished};

/// The timeout of one audit.
const BOUND: Duration = Duration::from_secs(60);

/// Runs the audit with these arguments.
pub async fn audit(stack: &Stack, args: &[&str]) -> Finished {
    let args: Vec<&str> = std::iter::once("audit")
        .chain(args.iter().copied())
        .collect();
    binary::run(binary::SERVICE, &args, stack.settings(), BOUND).await
}

/// Parses the output of an audit with `--json`: the kinds of findings by order id (organization id where a finding has
/// no order id), and the summary.
///
/// # Panics
/// When the output has another format.
#[must_use]
pub fn found(done: &Finished) -> (BTreeMap<String, BTreeSet<String>>, Json) {
    let mut lines: Vec<Json> = done
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
        .collect();
    let last = lines.pop();
    let summary = last.unwrap_or_else(|| panic!("no summary: {done:?}"))["summary"].clone();
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in &lines {
        let ids = line["ids"].as_object().expect("a finding has ids");
        let about = ids.get("order_id").or(ids.get("organization_id"));
        let about = about
            .and_then(Json::as_str)
            .expect("a finding names an order or an organization");
        let kind = line["kind"].as_str().expect("a finding has a kind");
        assert!(line["expected"].is_string() && line["found"].is_string());
        kinds
            .entry(about.to_owned())
            .or_default()
            .insert(kind.to_owned());
    }
    assert_eq!(summary["disagreements"], lines.len(), "{done:?}");
    (kinds, summary)
}

/// Asserts that an audit reports no finding, and returns its summary.
///
/// # Panics
/// When it reports a finding.
pub async fn is_clean(stack: &Stack) -> Json {
    let done = audit(stack, &["--json"]).await;
    let (kinds, summary) = found(&done);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(kinds, BTreeMap::new());
    summary
}
