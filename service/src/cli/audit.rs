//! `order-service audit`: prints one line per disagreement and reports by its exit code whether there is one.

use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use order_settings::Source;
use serde_json::{Map, Value, json};

use super::output::print_line;
use crate::audit::{Finding, Options, Position, Summary};
use crate::config::{Database, Participants};
use crate::server;

/// Which orders are compared, and how findings are printed.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit code: 0 when everything agrees, 1 when something does not, 2 when it could not run.\n\n\
    Examples:\n  \
    order-service audit                beside `order-service`, whose sandbox it asks\n  \
    order-service audit --since 24h --json\n  \
    order-service audit --pace 500     beside a busy service; an interrupted audit prints where to continue\n  \
    POSTGRES_URL=postgres://… INVENTORY_URL=… PAYMENT_URL=… NOTIFICATION_URL=… SUBSCRIPTION_URL=… order-service audit"
)]
pub(super) struct Arguments {
    /// Print JSON: one object per disagreement, and the summary as the last line
    #[arg(long)]
    json: bool,
    /// Only orders made within this span, such as 24h; all orders when not given
    #[arg(long, value_name = "SPAN", value_parser = span)]
    since: Option<Duration>,
    /// Report orders that are under way or need attention for longer than this
    #[arg(long, value_name = "SPAN", default_value = "1h", value_parser = span)]
    overdue: Duration,
    /// Report no order for being under way or needing attention
    #[arg(long)]
    allow_open: bool,
    /// Audit at most so many orders per second; shows the progress on a terminal
    #[arg(long, value_name = "ORDERS")]
    pace: Option<NonZeroU32>,
    /// Continue after this order: the position that an interrupted audit printed
    #[arg(long, value_name = "ORDER_ID")]
    after: Option<Position>,
}

fn span(text: &str) -> Result<Duration, &'static str> {
    order_settings::value::duration(text).map_err(|_| "must be a duration such as `15m` or `24h`")
}

/// Exit code 0: everything agrees; 1: something does not. Error: the audit could not run.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let database = Database::load(&Source::process())?;
    if let Database::Sqlite(file) = &database
        && !file.exists()
    {
        let file = file.display();
        anyhow::bail!("DATA_DIR: there is no database at {file}; set POSTGRES_URL or DATA_DIR");
    }
    let participants = Participants::load(&Source::process())?;
    let options = Options {
        since: arguments.since,
        after: arguments.after,
        overdue: (!arguments.allow_open).then_some(arguments.overdue),
        pace: arguments.pace,
    };
    let audit = server::auditor(&database, &participants, options)
        .await
        .context("the audit could not run")?;
    let bar = ProgressBar::new_spinner();
    let mut position = arguments.after;
    let running = audit.run(
        |finding| bar.suspend(|| print(&finding, arguments.json)),
        |progress| {
            position = Some(progress.position);
            bar.set_message(format!(
                "{} orders read, the last is {}",
                progress.orders, progress.position
            ));
            bar.tick();
        },
    );
    let done = tokio::select! {
        done = running => done.context("the audit could not run to its end"),
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("the audit was interrupted")),
    };
    bar.finish_and_clear();
    let summary = match (done, position) {
        (Ok(summary), _) => summary,
        (Err(error), None) => return Err(error),
        (Err(error), Some(position)) => {
            return Err(error.context(format!("continue with `--after {position}`")));
        }
    };
    sum_up(summary, arguments.json);
    Ok(if summary.disagreements == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn print(finding: &Finding, as_json: bool) {
    if as_json {
        let ids = finding.ids.iter();
        let ids: Map<String, Value> = ids
            .map(|(name, id)| ((*name).to_owned(), Value::from(id.as_str())))
            .collect();
        print_line(json!({
            "kind": finding.kind.as_str(),
            "ids": ids,
            "expected": finding.expected,
            "found": finding.found,
        }));
        return;
    }
    let ids: Vec<String> = finding
        .ids
        .iter()
        .map(|(name, id)| format!("{name}={id}"))
        .collect();
    print_line(format_args!(
        "{} {}: expected {}, found {}",
        finding.kind.as_str(),
        ids.join(" "),
        finding.expected,
        finding.found
    ));
}

fn sum_up(summary: Summary, as_json: bool) {
    let Summary {
        audited,
        under_way,
        need_attention,
        dead_deliveries,
        disagreements,
    } = summary;
    if as_json {
        print_line(json!({"summary": {
            "audited": audited,
            "underWay": under_way,
            "needAttention": need_attention,
            "deadDeliveries": dead_deliveries,
            "disagreements": disagreements,
        }}));
        return;
    }
    print_line(format_args!(
        "{audited} orders audited, {disagreements} disagreements; {under_way} orders under way, \
         {need_attention} need attention, {dead_deliveries} dead deliveries"
    ));
}
