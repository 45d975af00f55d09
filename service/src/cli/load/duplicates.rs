//! `load duplicates`: sends ten requests with one key at once, and checks that one order was made.

use clap::Args;
use futures::future::join_all;

use super::booking::Run;
use super::client::Reply;
use super::target;
use super::target::Target;
use super::totals::Totals;
use crate::cli::output::print_line;

/// Requests that share the key.
const REQUESTS: usize = 10;

/// Where the requests are sent.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code 1 unless exactly one request was processed and all others were conflicts or replays \
    of the same order."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: target::Arguments,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let target = Target::connect(arguments.target, REQUESTS).await?;
    let replies = send(&target).await;
    let replies_checked = check_replies(&replies);
    let sandbox_checked = check_sandbox(&target, &replies).await;
    target.stop().await?;
    replies_checked.and(sandbox_checked)
}

/// Sends every request at once over a connection of its own, spread evenly over the targets.
async fn send(target: &Target) -> Vec<Reply> {
    let run = Run::new();
    let key = run.key(0);
    let sending = target.clients.iter().take(REQUESTS).map(|client| {
        let (client, booking, key) = (client.clone(), run.booking(0), key.clone());
        tokio::spawn(async move { client.book(booking, &key).await })
    });
    join_all(sending)
        .await
        .into_iter()
        .map(|sent| sent.unwrap_or_else(|panicked| Reply::Refused(panicked.to_string())))
        .collect()
}

/// Prints the counts of outcomes. Error: not exactly one request made an order, or not every other one was a conflict or
/// a replay of that order.
fn check_replies(replies: &[Reply]) -> anyhow::Result<()> {
    let (mut processed, mut conflicts, mut replayed) = (0, 0, 0);
    let mut others = Vec::new();
    let mut orders = std::collections::BTreeSet::new();
    for reply in replies {
        match reply {
            Reply::Order {
                order_id,
                replayed: again,
                ..
            } => {
                orders.insert(order_id);
                *(if *again {
                    &mut replayed
                } else {
                    &mut processed
                }) += 1;
            }
            Reply::Conflict => conflicts += 1,
            Reply::Refused(reason) => others.push(reason.as_str()),
        }
    }
    print_line(format_args!(
        "processed {processed}, conflicts {conflicts}, replayed {replayed}"
    ));
    anyhow::ensure!(
        others.is_empty(),
        "{} requests were refused: {}",
        others.len(),
        others.join(", ")
    );
    anyhow::ensure!(processed == 1, "{processed} requests were processed, not 1");
    anyhow::ensure!(
        orders.len() == 1,
        "the answers name {} orders",
        orders.len()
    );
    anyhow::ensure!(
        processed + conflicts + replayed == REQUESTS,
        "not every request was answered"
    );
    Ok(())
}

/// Checks that the sandbox, where its address is known, saw one order with one capture.
async fn check_sandbox(target: &Target, replies: &[Reply]) -> anyhow::Result<()> {
    let order_id = replies.iter().find_map(|reply| match reply {
        Reply::Order { order_id, .. } => Some(order_id),
        Reply::Conflict | Reply::Refused(_) => None,
    });
    let (Some(sandbox), Some(order_id)) = (&target.sandbox, order_id) else {
        return Ok(());
    };
    let totals = Totals::ask(sandbox, order_id).await?;
    print_line(format_args!(
        "sandbox: {} order, {} capture",
        totals.orders, totals.captures
    ));
    let once = Totals {
        orders: 1,
        captures: 1,
    };
    anyhow::ensure!(
        totals == once,
        "the sandbox did not see one order with one capture"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(order_id: &str, replayed: bool) -> Reply {
        Reply::Order {
            order_id: order_id.into(),
            state: "ORDER_STATE_CONFIRMED".into(),
            replayed,
        }
    }

    /// One new order, four replays of it, five conflicts.
    fn good() -> Vec<Reply> {
        let mut replies = vec![order("o", false)];
        replies.extend(vec![order("o", true); 4]);
        replies.extend(vec![Reply::Conflict; 5]);
        replies
    }

    #[test]
    fn one_order_with_conflicts_and_replays_is_right() {
        assert!(check_replies(&good()).is_ok());
    }

    #[test]
    fn anything_else_is_wrong() {
        let mut twice = good();
        twice[1] = order("o", false);
        let mut never = good();
        never[0] = order("o", true);
        let mut another = good();
        another[1] = order("p", true);
        let mut refused = good();
        refused[9] = Reply::Refused("STORE_UNAVAILABLE".into());
        let fewer = good()[..9].to_vec();
        for replies in [twice, never, another, refused, fewer] {
            assert!(check_replies(&replies).is_err(), "{replies:?}");
        }
    }
}
