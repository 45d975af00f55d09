//! `order-service load`: duplicates of one request under one key are processed once.

use std::time::Duration;

use order_proto::sandbox::v1::GetTotalsResponse;
use order_tests::binary::{self, Finished};
use order_tests::{Backend, Stack, on_both_backends};

on_both_backends!(duplicates_sent_to_a_running_service_are_processed_once);

const BOUND: Duration = Duration::from_secs(90);

/// Asserts the output `processed 1, conflicts N, replayed M` with 1 + N + M = 10.
fn processed_once(done: &Finished) {
    assert!(done.status.success(), "{}{}", done.stdout, done.stderr);
    let line = done
        .stdout
        .lines()
        .find(|line| line.starts_with("processed "));
    let line = line.unwrap_or_else(|| panic!("no result: {}{}", done.stdout, done.stderr));
    let counts: Vec<u32> = line
        .split([' ', ','])
        .filter_map(|word| word.parse().ok())
        .collect();
    assert_eq!(counts.len(), 3, "{line}");
    assert_eq!(
        line,
        format!(
            "processed 1, conflicts {}, replayed {}",
            counts[1], counts[2]
        )
    );
    assert_eq!(counts.iter().sum::<u32>(), 10, "{line}");
}

fn one_capture(totals: &GetTotalsResponse) {
    assert_eq!(totals.orders.len(), 1, "{totals:?}");
    assert_eq!(totals.orders[0].effective_captures, 1, "{totals:?}");
}

async fn duplicates_sent_to_a_running_service_are_processed_once(backend: Backend) {
    let stack = Stack::on(backend).await;
    let url = format!("http://{}", stack.address(0));
    let done = binary::run(
        binary::SERVICE,
        &["load", "duplicates", "--grpc", &url],
        &[],
        BOUND,
    )
    .await;
    processed_once(&done);
    one_capture(&stack.sandbox.totals("").await);
}

#[tokio::test]
async fn load_without_a_target_starts_its_own_service() {
    let done = binary::run(binary::SERVICE, &["load", "duplicates"], &[], BOUND).await;
    processed_once(&done);
}
