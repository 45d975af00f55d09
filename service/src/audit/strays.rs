//! Finds rows of orders that do not exist, and counts DEAD deliveries.

use super::finding::{Finding, Kind};
use super::{Audit, Error};
use crate::domain::{DeliveryState, OrderId};
use crate::store::{OrderReference, Table};

/// Rows read at once.
const PAGE: usize = 1_000;

impl Audit {
    /// Reports each stray row. Returns the number of DEAD deliveries.
    pub(super) async fn strays(&self, report: &mut impl FnMut(Finding)) -> Result<u64, Error> {
        let mut dead = 0;
        for table in Table::ALL {
            let mut after = None;
            loop {
                let rows = self
                    .store
                    .order_references(table, self.since, after, PAGE)
                    .await?;
                let Some(last) = rows.last().map(|row| row.id) else {
                    break;
                };
                after = Some(last);
                for row in rows {
                    if table == Table::Outbox && row.state == DeliveryState::Dead.as_str() {
                        dead += 1;
                    }
                    if !row.order_exists {
                        report(stray(table, &row));
                    }
                }
            }
        }
        Ok(dead)
    }
}

fn stray(table: Table, row: &OrderReference) -> Finding {
    let name = match table {
        Table::Sagas => "saga_id",
        Table::Ledger => "entry_id",
        Table::Outbox => "delivery_id",
    };
    Finding {
        kind: Kind::OrderMissing,
        ids: vec![
            ("order_id", OrderId::from(row.order_id).to_string()),
            (name, row.id.to_string()),
        ],
        expected: "an order".to_owned(),
        found: "none".to_owned(),
    }
}
