//! The warning about a database that acknowledges commits before they are durable.

use order_tests::{Backend, Stack};

#[tokio::test]
async fn a_postgres_without_synchronous_commit_is_warned_about() {
    let mut stack = Stack::on(Backend::Production).await;
    let warned = |stack: &mut Stack| stack.replica(0).log().contains("synchronous_commit");
    assert!(!warned(&mut stack), "a durable database causes no warning");
    let name = stack.read("SELECT current_database()::text").await;
    let hasty = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    stack.sql(&hasty).await;
    stack.kill(0);
    stack.restart(0).await;
    assert!(warned(&mut stack));
}
