//! Audits every order, page by page and several at once, and reports findings as they occur.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::Error;
use super::compare::{Reports, compare};
use super::finding::{Finding, Findings, Kind};
use super::standing::Standing;
use crate::domain::{CallError, OrderId, Timestamp};
use crate::participant::{Evidence, Look};
use crate::store::journal::Journal as _;
use crate::store::{OrderRecords, Store, UnreadableOrder};

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

/// An audit over one store and one set of participants.
#[derive(Debug)]
pub struct Audit {
    pub(super) store: Store,
    look: Look,
    is_sandbox: bool,
    pub(super) since: Option<Timestamp>,
}

impl Audit {
    /// With `since`, only orders created within that time are compared. Error: the participants do not answer.
    pub async fn new(store: Store, look: Look, since: Option<Duration>) -> Result<Self, Error> {
        let since = since.map(|span| store.now().minus(span));
        let mut audit = Self {
            store,
            look,
            is_sandbox: false,
            since,
        };
        // Asked about an unknown order, only a sandbox answers; other participants do not implement the rpc.
        audit.is_sandbox = audit.evidence_of(OrderId::generate()).await?.is_some();
        Ok(audit)
    }

    /// Compares everything and reports each finding. Orders that change meanwhile are compared again. On an error it is
    /// unknown whether the rest agrees.
    pub async fn run(&self, mut report: impl FnMut(Finding)) -> Result<Summary, Error> {
        let mut summary = Summary::default();
        let mut after = None;
        loop {
            let page = self
                .store
                .order_records_after(self.since, after, PAGE)
                .await?;
            let Some(last) = page.last().map(order_id) else {
                break;
            };
            after = Some(last);
            let mut seen = stream::iter(page)
                .map(|found| self.examine(found))
                .buffer_unordered(AT_ONCE);
            while let Some((standing, findings)) = seen.try_next().await? {
                match standing {
                    Standing::AtRest => summary.audited += 1,
                    Standing::UnderWay => summary.under_way += 1,
                    Standing::NeedsAttention => summary.need_attention += 1,
                }
                for finding in findings {
                    summary.disagreements += 1;
                    report(finding);
                }
            }
        }
        let mut report_more = |finding| {
            summary.disagreements += 1;
            report(finding);
        };
        let dead_deliveries = self.strays(&mut report_more).await?;
        if self.since.is_none() && self.is_sandbox {
            self.usage(&mut report_more).await?;
        }
        summary.dead_deliveries = dead_deliveries;
        Ok(summary)
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
        if standing != Standing::AtRest {
            return Ok((standing, Vec::new()));
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
        Ok((standing, compare(records, &reports)))
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
