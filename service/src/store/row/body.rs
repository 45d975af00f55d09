//! The parts of an order and of a saga that are stored as JSON, because no statement filters by them.
//!
//! Every field added after the first release has a default, so that bodies written by older binaries decode. Unknown
//! fields are ignored, so that bodies written by newer binaries decode too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Attention, Charges, Contact, Failure, Money, Payment, Refund, SagaPayload, Step, Ticket,
    Timestamp, Way,
};

/// The fields of an order without a column of their own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) tickets: Vec<Ticket>,
    pub(super) payment: Payment,
    pub(super) contact: Contact,
    #[serde(default)]
    pub(super) charges: Option<Charges>,
    #[serde(default)]
    pub(super) captured: Option<Money>,
    #[serde(default)]
    pub(super) refunded: Option<Money>,
    #[serde(default)]
    pub(super) refunds: Vec<Refund>,
    #[serde(default)]
    pub(super) hold_id: Option<String>,
    #[serde(default)]
    pub(super) booking_id: Option<String>,
    #[serde(default)]
    pub(super) failure: Option<Failure>,
    #[serde(default)]
    pub(super) metadata: BTreeMap<String, String>,
}

/// The fields of a saga without a column of their own.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Saga {
    pub(super) way: Way,
    pub(super) cursor: usize,
    pub(super) steps: Vec<Step>,
    #[serde(default)]
    pub(super) failure: Option<Attention>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) unwind_asked: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hint_time: Option<Timestamp>,
    #[serde(default)]
    pub(super) payload: SagaPayload,
    #[serde(default)]
    pub(super) sealed_token: Option<String>,
}
