//! Collects the plans that the server sends as notices, and finds what is wrong with them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// Where the driver reports notices.
const NOTICES: &str = "sqlx::postgres::notice";
/// The field of the store's spans.
const OPERATION: &str = "db.operation.name";
/// Tables that never have more than a few rows.
const SMALL: [&str; 1] = ["seaql_migrations"];

/// One executed statement.
#[derive(Debug)]
struct Explained {
    /// The operation under whose span the notice arrived; empty outside of one.
    operation: String,
    plan: Value,
}

/// What was seen so far. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Plans {
    explained: Arc<Mutex<Vec<Explained>>>,
    operations: Arc<Mutex<BTreeSet<String>>>,
}

impl Plans {
    /// Collects on this thread until the guard is dropped.
    pub(super) fn capture(&self) -> DefaultGuard {
        let subscriber = tracing_subscriber::registry().with(self.clone());
        tracing::subscriber::set_default(subscriber)
    }

    /// The operations that were traced.
    pub(super) fn operations(&self) -> BTreeSet<String> {
        self.operations.lock().expect("not poisoned").clone()
    }

    /// One line for each full scan, and for each statement that discards more rows than it may, unless its operation is
    /// one of `filtered`.
    pub(super) fn complaints(&self, filtered: &[&str], discarded_max: u64) -> Vec<String> {
        let explained = self.explained.lock().expect("not poisoned");
        assert!(explained.len() > 50, "only {} plans", explained.len());
        let mut complaints = BTreeSet::new();
        for Explained { operation, plan } in explained.iter() {
            let mut found = Found::default();
            found.read(&plan["Plan"]);
            let query = plan["Query Text"].as_str().unwrap_or_default();
            for table in found.scanned {
                complaints.insert(format!("{operation}: scans {table}: {query}"));
            }
            if found.discarded > discarded_max && !filtered.contains(&operation.as_str()) {
                let discarded = found.discarded;
                complaints.insert(format!("{operation}: discards {discarded} rows: {query}"));
            }
        }
        complaints.into_iter().collect()
    }
}

#[derive(Debug, Default)]
struct Found {
    /// Tables that are read from end to end.
    scanned: Vec<String>,
    /// Rows that were read and did not match.
    discarded: u64,
}

impl Found {
    fn read(&mut self, node: &Value) {
        let text = |name: &str| node[name].as_str().unwrap_or_default();
        let number = |name: &str| node[name].as_f64().unwrap_or_default();
        let table = text("Relation Name");
        if text("Node Type") == "Seq Scan" && !table.is_empty() && !SMALL.contains(&table) {
            self.scanned.push(table.to_owned());
        }
        if !table.is_empty() {
            let removed = number("Rows Removed by Filter") * number("Actual Loops").max(1.0);
            // No table of the test has as many rows as lose precision.
            self.discarded += removed as u64;
        }
        for child in node["Plans"].as_array().into_iter().flatten() {
            self.read(child);
        }
    }
}

/// The text of one field.
struct Text<'a> {
    name: &'a str,
    found: Option<String>,
}

impl Visit for Text<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == self.name {
            self.found = Some(format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.name {
            self.found = Some(value.to_owned());
        }
    }
}

/// The operation of a span.
#[derive(Debug)]
struct Operation(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Plans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut text = Text {
            name: OPERATION,
            found: None,
        };
        attributes.record(&mut text);
        if let (Some(operation), Some(span)) = (text.found, context.span(id)) {
            let mut seen = self.operations.lock().expect("not poisoned");
            seen.insert(operation.clone());
            span.extensions_mut().insert(Operation(operation));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut text = Text {
            name: "message",
            found: None,
        };
        event.record(&mut text);
        let message = text.found.unwrap_or_default();
        let is_notice = event.metadata().target() == NOTICES;
        let Some((_, plan)) = message.split_once("plan:").filter(|_| is_notice) else {
            return;
        };
        let plan = serde_json::from_str(plan).unwrap_or_else(|error| panic!("{error}: {plan}"));
        let span = context.lookup_current();
        let operation = span.and_then(|span| {
            let mut scope = span.scope();
            scope.find_map(|span| {
                let extensions = span.extensions();
                extensions.get().map(|Operation(name)| name.clone())
            })
        });
        self.explained
            .lock()
            .expect("not poisoned")
            .push(Explained {
                operation: operation.unwrap_or_default(),
                plan,
            });
    }
}
