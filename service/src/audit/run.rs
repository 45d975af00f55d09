//! Audits every order, page by page and several at once, and reports findings as they occur.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::Error;
use super::compare::{Reports, compare};
use super::finding::{Finding, Findings, Kind};
use super::seats_sold::SeatsSold;
use super::standing::Standing;
use super::{messages, standing};
use crate::domain::{CallError, OrderId, Timestamp};
use crate::participant::{Evidence, Look};
use crate::store::journal::Journal as _;
use crate::store::{OrderRecords, Store, UnreadableOrder};
use tokio::time::Instant;

/// Orders read at once.
const PAGE: usize = 200;
/// Orders compared at once.
const AT_ONCE: usize = 16;
/// Attempts to compare an order that changes meanwhile.
pub(super) const LOOKS_MAX: usize = 4;
/// Pause before an order is compared again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Attempts of a call to a participant that does not answer.
const TRIES_MAX: u32 = 4;
/// Pause before the call is repeated.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// An order as the store returned it.
type Found = Result<OrderRecords, UnreadableOrder>;

/// Counts of an audit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Orders at rest, which were compared.
    pub audited: u64,
    /// Orders with a running saga, which were not compared.
    pub under_way: u64,
    /// Orders with a saga that needs attention, which were not compared.
    pub need_attention: u64,
    /// Number of DEAD deliveries.
    pub dead_deliveries: u64,
    pub disagreements: u64,
}

/// Which orders are audited, and how fast.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only orders that were created within this time.
    pub since: Option<Duration>,
    /// Only orders with an id above this: the position at which an earlier audit stopped.
    pub after: Option<OrderId>,
    /// How long a saga may be open; none where open orders are accepted.
    pub overdue: Option<Duration>,
    /// Most orders audited per second.
    pub pace: Option<NonZeroU32>,
}

/// How far an audit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Orders that were read.
    pub orders: u64,
    /// The last of them: where an audit that stops here is continued.
    pub position: OrderId,
}

/// An audit over one store and one set of participants.
#[derive(Debug)]
pub struct Audit {
    pub(super) store: Store,
    look: Look,
    is_sandbox: bool,
    pub(super) since: Option<Timestamp>,
    options: Options,
}

impl Audit {
    /// Error: the participants do not answer.
    pub async fn new(store: Store, look: Look, options: Options) -> Result<Self, Error> {
        let since = options.since.map(|span| store.now().minus(span));
        let mut audit = Self {
            store,
            look,
            is_sandbox: false,
            since,
            options,
        };
        // Asked about an unknown order, only a sandbox answers; other participants do not implement the rpc.
        audit.is_sandbox = audit.evidence_of(OrderId::generate()).await?.is_some();
        Ok(audit)
    }

    /// Compares everything and reports each finding, and the progress after each page. Orders that change meanwhile are
    /// compared again. On an error it is unknown whether the rest agrees.
    pub async fn run(
        &self,
        mut report: impl FnMut(Finding),
        mut progress: impl FnMut(Progress),
    ) -> Result<Summary, Error> {
        let mut summary = Summary::default();
        let mut tenants = BTreeSet::new();
        let mut seats = SeatsSold::default();
        let (mut after, mut orders) = (self.options.after, 0);
        loop {
            let began = Instant::now();
            let page = self
                .store
                .order_records_after(self.since, after, PAGE)
                .await?;
            let Some(last) = page.last().map(order_id) else {
                break;
            };
            after = Some(last);
            let mut found = Vec::new();
            for records in page.iter().flatten() {
                tenants.insert(records.order.organization_id.clone());
                found.extend(seats.add(&records.order));
            }
            orders += page.len() as u64;
            let read = page.len();
            let mut seen = stream::iter(page)
                .map(|found| self.examine(found))
                .buffer_unordered(AT_ONCE);
            while let Some((standing, findings)) = seen.try_next().await? {
                match standing {
                    Standing::AtRest => summary.audited += 1,
                    Standing::UnderWay => summary.under_way += 1,
                    Standing::NeedsAttention => summary.need_attention += 1,
                }
                found.extend(findings);
            }
            for finding in found {
                summary.disagreements += 1;
                report(finding);
            }
            progress(Progress {
                orders,
                position: last,
            });
            self.keep_pace(read, began).await;
        }
        let mut report_more = |finding| {
            summary.disagreements += 1;
            report(finding);
        };
        let dead_deliveries = self.strays(&mut report_more).await?;
        if self.is_sandbox {
            if self.options.since.is_none() && self.options.after.is_none() {
                tenants.extend(self.tenants().await?);
            }
            self.usage(tenants, &mut report_more).await?;
        }
        summary.dead_deliveries = dead_deliveries;
        Ok(summary)
    }

    /// Waits until so many orders may have been read since this time.
    async fn keep_pace(&self, orders: usize, since: Instant) {
        if let Some(pace) = self.options.pace {
            let orders = u32::try_from(orders).unwrap_or(u32::MAX);
            let span = Duration::from_secs(1) * orders / pace.get();
            tokio::time::sleep_until(since + span).await;
        }
    }

    /// Compares one order. Findings count only if the order did not change between two reads.
    async fn examine(&self, found: Found) -> Result<(Standing, Vec<Finding>), Error> {
        let order_id = order_id(&found);
        let mut before = self.judge(&found).await?;
        let mut was = found;
        for _ in 0..LOOKS_MAX {
            if before.1.is_empty() {
                return Ok(before);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            let Some(now) = self.store.order_records(order_id).await? else {
                return Ok(before);
            };
            let judged = self.judge(&now).await?;
            if is_unchanged(&was, &now) && judged == before {
                return Ok(judged);
            }
            (before, was) = (judged, now);
        }
        Ok((Standing::UnderWay, Vec::new()))
    }

    async fn judge(&self, found: &Found) -> Result<(Standing, Vec<Finding>), Error> {
        let records = match found {
            Ok(records) => records,
            Err(UnreadableOrder { order_id, error }) => {
                let mut findings = Findings::about(*order_id);
                let expected = "rows that can be read";
                findings.note(Kind::OrderUnreadable, None, expected, error.to_string());
                return Ok((Standing::AtRest, findings.all));
            }
        };
        let standing = Standing::of(records);
        let mut open = Findings::about(records.order.order_id);
        messages::dead_usage(records, &mut open);
        if standing != Standing::AtRest {
            if let Some(longest) = self.options.overdue {
                standing::overdue(records, (longest, self.store.now()), &mut open);
            }
            return Ok((standing, open.all));
        }
        let (order_id, hold_id) = (records.order.order_id, records.order.hold_id.clone());
        let (payment, hold, evidence) = tokio::try_join!(
            with_retries("payment", || self.look.payment_of(order_id)),
            with_retries("inventory", || self.look.hold_of(order_id, hold_id.clone())),
            self.evidence_of(order_id),
        )?;
        let reports = Reports {
            payment,
            hold,
            evidence,
        };
        open.all.extend(compare(records, &reports));
        Ok((standing, open.all))
    }

    /// `None` if the participants are not a sandbox.
    pub(super) async fn evidence_of(&self, order_id: OrderId) -> Result<Option<Evidence>, Error> {
        with_retries("the sandbox", || self.look.totals_of(order_id)).await
    }
}

/// Repeats a call of unknown outcome.
async fn with_retries<T, A>(participant: &'static str, ask: impl Fn() -> A) -> Result<T, Error>
where
    A: Future<Output = Result<T, CallError>>,
{
    let mut tries = 1;
    loop {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(CallError::Unknown { .. }) if tries < TRIES_MAX => {
                tokio::time::sleep(TRY_AGAIN * tries).await;
                tries += 1;
            }
            Err(source) => {
                return Err(Error::Participant {
                    participant,
                    source,
                });
            }
        }
    }
}

fn order_id(found: &Found) -> OrderId {
    match found {
        Ok(records) => records.order.order_id,
        Err(unreadable) => unreadable.order_id,
    }
}

fn is_unchanged(was: &Found, now: &Found) -> bool {
    match (was, now) {
        (Ok(was), Ok(now)) => was == now,
        (Err(_), Err(_)) => true,
        (Ok(_), Err(_)) | (Err(_), Ok(_)) => false,
    }
}
