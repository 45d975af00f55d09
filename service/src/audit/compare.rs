//! Compares one order with its records and the participants. Pure: takes what was read, returns the findings.

use super::finding::{Finding, Findings};
use super::{ledger, messages, payment, seats, standing};
use crate::domain::{HoldView, PaymentView};
use crate::participant::Evidence;
use crate::store::OrderRecords;

/// What the participants have for one order.
#[derive(Debug, Clone)]
pub(super) struct Reports {
    /// `None` if there never was one.
    pub(super) payment: Option<PaymentView>,
    /// `None` if there never was one.
    pub(super) hold: Option<HoldView>,
    /// `None` if the participants are not a sandbox.
    pub(super) evidence: Option<Evidence>,
}

/// All findings about an order at rest.
pub(super) fn compare(records: &OrderRecords, reports: &Reports) -> Vec<Finding> {
    let order = &records.order;
    let mut findings = Findings::about(order.order_id);
    standing::check(records, &mut findings);
    ledger::check(records, &mut findings);
    messages::check(records, &mut findings);
    payment::check(order, reports.payment.as_ref(), &mut findings);
    seats::check(order, reports.hold.as_ref(), &mut findings);
    if let Some(evidence) = &reports.evidence {
        payment::check_captures(evidence, &mut findings);
        seats::check_sold(order, evidence, &mut findings);
        messages::check_received(records, evidence, &mut findings);
    }
    findings.all
}
