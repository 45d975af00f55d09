//! One order against all that is said of it. Pure: what was read goes in, what disagrees comes out.

use super::finding::{Finding, Findings};
use super::{books, messages, payment, seats, standing};
use crate::domain::{HoldView, PaymentView};
use crate::participant::Evidence;
use crate::store::OrderRecords;

/// What the participants say of one order.
#[derive(Debug, Clone)]
pub(super) struct Reports {
    /// None where there never was one.
    pub(super) payment: Option<PaymentView>,
    /// None where there never was one.
    pub(super) hold: Option<HoldView>,
    /// None where they are no sandbox.
    pub(super) evidence: Option<Evidence>,
}

/// Everything that disagrees about an order at rest.
pub(super) fn compare(records: &OrderRecords, reports: &Reports) -> Vec<Finding> {
    let order = &records.order;
    let mut findings = Findings::about(order.order_id);
    standing::check(records, &mut findings);
    books::check(records, &mut findings);
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
