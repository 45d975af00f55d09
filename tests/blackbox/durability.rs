//! What the service says of a database that answers before it remembers.

use order_tests::{Backend, Stack};

#[tokio::test]
async fn a_postgres_that_answers_before_it_is_durable_is_warned_of() {
    let mut stack = Stack::on(Backend::Production).await;
    let warned = |stack: &mut Stack| stack.replica(0).log().contains("synchronous_commit");
    assert!(!warned(&mut stack), "a durable one is no news");
    let name = stack.read("SELECT current_database()::text").await;
    let hasty = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    stack.sql(&hasty).await;
    stack.kill(0);
    stack.restart(0).await;
    assert!(warned(&mut stack));
}
