//! Compares each tenant's delivered usage with what a sandbox received.

use std::collections::BTreeSet;

use super::finding::{Finding, Kind};
use super::run::{LOOK_AGAIN, LOOKS_MAX};
use super::{Audit, Error};
use crate::domain::{
    DeliveryFilter, DeliveryKind, DeliveryState, Message, OrganizationId, PageRequest,
};

/// Deliveries read at once.
const PAGE: usize = 1_000;

/// A tenant's usage as the outbox has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sent {
    delivered: i128,
    /// Units sold and units reversed whose delivery has an unknown outcome.
    perhaps_more: i128,
    perhaps_less: i128,
}

impl Sent {
    fn add(&mut self, units: i64, state: DeliveryState) {
        let units = i128::from(units);
        match state {
            DeliveryState::Delivered => self.delivered += units,
            DeliveryState::Pending | DeliveryState::Dead if units > 0 => self.perhaps_more += units,
            DeliveryState::Pending | DeliveryState::Dead => self.perhaps_less += units,
        }
    }

    fn agrees_with(self, received: i64) -> bool {
        let least = self.delivered + self.perhaps_less;
        let most = self.delivered + self.perhaps_more;
        (least..=most).contains(&i128::from(received))
    }
}

impl Audit {
    /// Reports each of these tenants whose usage differs. Compares nothing if the participants are not a sandbox.
    pub(super) async fn usage(
        &self,
        tenants: BTreeSet<OrganizationId>,
        report: &mut impl FnMut(Finding),
    ) -> Result<(), Error> {
        for tenant in tenants {
            if let Some(finding) = self.usage_of(&tenant).await? {
                report(finding);
            }
        }
        Ok(())
    }

    /// Every tenant that has usage, also of orders that are gone.
    pub(super) async fn tenants(&self) -> Result<Vec<OrganizationId>, Error> {
        let mut tenants: Vec<OrganizationId> = Vec::new();
        while let Some(tenant) = self.store.next_organization(tenants.last()).await? {
            tenants.push(tenant);
        }
        Ok(tenants)
    }

    async fn usage_of(&self, tenant: &OrganizationId) -> Result<Option<Finding>, Error> {
        let mut before = None;
        for _ in 0..LOOKS_MAX {
            let Some((sent, received)) = self.sent_and_received(tenant).await? else {
                return Ok(None);
            };
            if sent.agrees_with(received) {
                return Ok(None);
            }
            // A finding only if nothing changed between two reads.
            if before == Some((sent, received)) {
                return Ok(Some(finding(tenant, sent, received)));
            }
            before = Some((sent, received));
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(None)
    }

    /// `None` if the tenant has no usage, or the participants are not a sandbox.
    async fn sent_and_received(
        &self,
        tenant: &OrganizationId,
    ) -> Result<Option<(Sent, i64)>, Error> {
        let filter = DeliveryFilter {
            organization_id: Some(tenant.clone()),
            kind: Some(DeliveryKind::Usage),
            ..DeliveryFilter::default()
        };
        let (mut sent, mut some_order) = (Sent::default(), None);
        let mut page = PageRequest {
            after: None,
            size: PAGE,
        };
        loop {
            let found = self.store.deliveries(&filter, page).await?;
            for delivery in found.items {
                some_order = Some(delivery.order_id);
                if let Message::Usage { units, .. } = delivery.message {
                    sent.add(units, delivery.state);
                }
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        let Some(order_id) = some_order else {
            return Ok(None);
        };
        let evidence = self.evidence_of(order_id).await?;
        Ok(evidence.map(|evidence| (sent, evidence.units)))
    }
}

fn finding(tenant: &OrganizationId, sent: Sent, received: i64) -> Finding {
    let mut expected = format!("{} units received", sent.delivered);
    if (sent.perhaps_more, sent.perhaps_less) != (0, 0) {
        let (more, less) = (sent.perhaps_more, -sent.perhaps_less);
        expected += &format!(", up to {more} more and {less} less");
    }
    Finding {
        kind: Kind::UsageReceived,
        ids: vec![("organization_id", tenant.to_string())],
        expected,
        found: format!("{received} units received"),
    }
}
