//! The stand-in for `payment.v1`: one payment and one capture per order, one refund per refund_id, for good.
//!
//! Owns the records; each rpc's rules are in the file of its name. Keeps no token, only its effect on the payment.

use std::collections::{HashMap, HashSet};

use order_proto::sandbox::v1::OrderTotals;
use serde::{Deserialize, Serialize};

use crate::value::refusal::Refusal;

mod authorize_payment;
mod capture_payment;
mod complete;
mod event;
mod fail_refund;
mod ledger;
mod query;
mod refund_payment;
mod service;
mod token;
mod void_payment;

pub(crate) use complete::complete;
pub(crate) use event::Event;
pub(crate) use fail_refund::fail_refund;
pub(crate) use ledger::{Capture, Payment, Refund, State};
pub(crate) use service::Service;

/// The records of all payments.
#[derive(Debug, Default)]
pub(crate) struct Payments {
    by_order: HashMap<String, Payment>,
    /// The order of every refund_id.
    refunds: HashMap<String, String>,
    /// Orders that were voided before they were authorized: a late AuthorizePayment is refused.
    undone: HashSet<String>,
    /// The number of failed authorizations per order, for `tok_unavailable_<n>`.
    failures: HashMap<String, u32>,
}

/// The new version of one record.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    Payment(Payment),
    Undone { order_id: String },
    Failed { order_id: String, times: u32 },
}

impl Payments {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Undone { order_id } => {
                self.undone.insert(order_id);
            }
            Change::Failed { order_id, times } => {
                self.failures.insert(order_id, times);
            }
            Change::Payment(payment) => {
                for refund in &payment.refunds {
                    self.refunds
                        .insert(refund.refund_id.clone(), payment.order_id.clone());
                }
                self.by_order.insert(payment.order_id.clone(), payment);
            }
        }
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        let undone = self.undone.iter().map(|order_id| Change::Undone {
            order_id: order_id.clone(),
        });
        let failures = self
            .failures
            .iter()
            .map(|(order_id, times)| Change::Failed {
                order_id: order_id.clone(),
                times: *times,
            });
        let payments = self.by_order.values().cloned().map(Change::Payment);
        payments.chain(undone).chain(failures)
    }

    pub(crate) fn of_order(&self, order_id: &str) -> Option<&Payment> {
        self.by_order.get(order_id)
    }

    /// The payment with this id.
    fn with_id(&self, payment_id: &str) -> Option<&Payment> {
        self.of_order(payment_id.strip_prefix(ledger::ID_PREFIX)?)
    }

    /// The order's payment; refused with PAYMENT_UNKNOWN unless `payment_id` is its id.
    fn bound(&self, order_id: &str, payment_id: &str) -> Result<&Payment, Refusal> {
        self.with_id(payment_id)
            .filter(|payment| payment.order_id == order_id)
            .ok_or_else(|| {
                Refusal::failed_precondition("PAYMENT_UNKNOWN", "the order has no such payment")
            })
    }

    fn refund(&self, refund_id: &str) -> Option<(&Payment, &Refund)> {
        let payment = self.of_order(self.refunds.get(refund_id)?)?;
        let mut refunds = payment.refunds.iter();
        Some((
            payment,
            refunds.find(|refund| refund.refund_id == refund_id)?,
        ))
    }

    pub(crate) fn totals(&self) -> Vec<OrderTotals> {
        self.by_order.values().map(Payment::totals).collect()
    }
}
