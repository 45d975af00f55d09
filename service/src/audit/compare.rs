//! One order against all that is said of it. Pure: what was read goes in, what disagrees comes out.

use super::finding::{Finding, Findings};
use super::{books, messages, payment, seats, standing};
use crate::domain::{HoldView, PaymentView};
use crate::participant::Evidence;
use crate::store::Dossier;

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
pub(super) fn compare(dossier: &Dossier, reports: &Reports) -> Vec<Finding> {
    let order = &dossier.order;
    let mut findings = Findings::about(order.order_id);
    standing::check(dossier, &mut findings);
    books::check(dossier, &mut findings);
    messages::check(dossier, &mut findings);
    payment::check(order, reports.payment.as_ref(), &mut findings);
    seats::check(order, reports.hold.as_ref(), &mut findings);
    if let Some(evidence) = &reports.evidence {
        payment::check_captures(evidence, &mut findings);
        seats::check_sold(order, evidence, &mut findings);
        messages::check_received(dossier, evidence, &mut findings);
    }
    findings.all
}
