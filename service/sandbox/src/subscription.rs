//! The stand-in for `subscription.v1`: the units that each organization used, counted once per key.
//!
//! Owns the records. Knows no orders beyond the form of a sale's key.

use std::collections::BTreeMap;

use order_proto::sandbox::v1::UsageTotals;
use serde::{Deserialize, Serialize};

mod record_usage;
mod service;

pub(crate) use service::Service;

/// Units per organization: sales less reversals.
#[derive(Debug, Default)]
pub(crate) struct Usage(BTreeMap<String, i64>);

/// The new sum of one organization.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    organization_id: String,
    units: i64,
}

impl Usage {
    pub(crate) fn apply(&mut self, change: Change) {
        self.0.insert(change.organization_id, change.units);
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        self.0.iter().map(|(organization_id, units)| Change {
            organization_id: organization_id.clone(),
            units: *units,
        })
    }

    fn units_of(&self, organization_id: &str) -> Option<i64> {
        self.0.get(organization_id).copied()
    }

    pub(crate) fn totals(&self) -> Vec<UsageTotals> {
        self.0
            .keys()
            .filter_map(|organization_id| self.totals_of(organization_id))
            .collect()
    }

    pub(crate) fn totals_of(&self, organization_id: &str) -> Option<UsageTotals> {
        self.units_of(organization_id).map(|units| UsageTotals {
            organization_id: organization_id.to_owned(),
            units,
        })
    }
}
