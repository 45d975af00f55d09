//! `docs/errors.md` is generated from the tables of service and gateway, and must be fresh. `UPDATE=1` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::*;
use crate::domain::Reason;

const PAGE: &str = "docs/errors.md";
const INTRODUCTION: &str = "\
# Errors

Generated from the code; `UPDATE=1 cargo nextest run -p order-service refusal` writes it again.

A request that fails is answered with a `google.rpc.Status`. Its `ErrorInfo` has the domain `order.v1` and one of the
reasons below: decide by the reason, never by the message. Over HTTP/JSON the status is the body, and RetryInfo is also
the header `Retry-After`. Unless the table says otherwise, nothing was started. `ETAG_MISMATCH` is 412 when the etag came
in `If-Match`. Repeat a request with the same idempotency key, so that it takes effect once.
";
const OUTCOMES: &str = "
## Reasons of failed orders and sagas

A booking that fails is no failed request: `CreateOrder` succeeds and returns an order in a final state, whose
`failure.reason` names the cause, such as `SEATS_UNAVAILABLE`. A saga that failed, or that needs attention, has a
`failure.reason` too; some reasons are of sagas only. A later release may add reasons.

| reason | of | the order ends | meaning |
|---|---|---|---|
";

/// `FailedPrecondition` as `FAILED_PRECONDITION`.
fn name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn heading(page: &mut String, title: &str) {
    let _ = write!(
        page,
        "\n## {title}\n\n| reason | gRPC | HTTP | RetryInfo | meaning | the client |\n|---|---|---|---|---|---|\n"
    );
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    heading(&mut page, "Reasons of the service");
    for refusal in ALL {
        let http = order_gateway::http_status(refusal.code, refusal.reason);
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            refusal.reason,
            name(refusal.code),
            http.as_u16(),
            if refusal.has_retry_info { "yes" } else { "" },
            refusal.meaning,
            refusal.reaction
        );
    }
    heading(&mut page, "Reasons of the gateway");
    for refusal in order_gateway::refusals() {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            refusal.reason,
            name(refusal.code),
            refusal.http_status.as_u16(),
            if refusal.has_retry_info { "yes" } else { "" },
            refusal.meaning,
            refusal.reaction
        );
    }
    page += OUTCOMES;
    for (reason, meaning) in Reason::KNOWN.iter().zip(Reason::MEANINGS) {
        let (of, end) = if reason.is_of_orders() {
            ("orders, sagas", reason.ends_in().as_str())
        } else {
            ("sagas", "")
        };
        let _ = writeln!(page, "| `{reason}` | {of} | {end} | {} |", meaning.trim());
    }
    page
}

#[test]
fn the_page_of_errors_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "{PAGE} is stale: run this test with UPDATE=1"
    );
}

#[test]
fn every_reason_of_the_service_is_listed_once() {
    let reasons: BTreeSet<&str> = ALL.iter().map(|refusal| refusal.reason).collect();
    assert_eq!(reasons.len(), ALL.len());
}
