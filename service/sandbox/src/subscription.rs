//! The stand-in for `subscription.v1`: adds up what tenants use, once per key. Knows no orders beyond a key's spelling.

use std::collections::BTreeMap;
use std::sync::Arc;

use order_proto::sandbox::v1::UsageTotals;
use order_proto::subscription::v1::subscription_service_server::SubscriptionService;
use order_proto::subscription::v1::{RecordUsageRequest, RecordUsageResponse};
use serde::{Deserialize, Serialize};
use tonic::{Request, Response, Status};

use crate::digest::Digest;
use crate::gate::Gate;
use crate::method::Method;
use crate::refusal::Refusal;
use crate::rpc::{Asked, Call, Decision, Rpc};
use crate::world;
use crate::world::World;

/// What ends the key of an order's sale.
const SALE: &str = "/ticket_sale";

/// Units per organization, reversals taken off.
#[derive(Debug, Default)]
pub(crate) struct Usage(BTreeMap<String, i64>);

/// What an organization has used from now on.
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

    pub(crate) fn totals(&self) -> Vec<UsageTotals> {
        self.0
            .keys()
            .filter_map(|organization_id| self.totals_of(organization_id))
            .collect()
    }

    pub(crate) fn totals_of(&self, organization_id: &str) -> Option<UsageTotals> {
        self.0.get(organization_id).map(|units| UsageTotals {
            organization_id: organization_id.to_owned(),
            units: *units,
        })
    }
}

impl Rpc for RecordUsageRequest {
    type Answer = RecordUsageResponse;
    const METHOD: Method = Method::RecordUsage;

    fn call(&self) -> Call<'_> {
        Call::ActsForNoOrder {
            key: &self.idempotency_key,
        }
    }

    fn order_id(&self) -> &str {
        self.idempotency_key.strip_suffix(SALE).unwrap_or_default()
    }

    fn decide(&self, world: &World, asked: Asked) -> Decision<RecordUsageResponse> {
        let answer = RecordUsageResponse {
            usage_id: format!(
                "usage_{}",
                Digest::of("usage", self.idempotency_key.as_bytes()).hex()
            ),
            duplicate: asked.repeated,
        };
        if asked.repeated {
            return Decision::stands(answer);
        }
        if self.organization_id.is_empty() || self.event_type.is_empty() {
            let message = "usage names its organization and its event type";
            return Decision::refused(Refusal::incomplete(message));
        }
        let used = world.usage.0.get(&self.organization_id).copied();
        let change = Change {
            organization_id: self.organization_id.clone(),
            units: used.unwrap_or_default().saturating_add(self.units),
        };
        Decision::done(vec![world::Change::Usage(change)], answer)
    }
}

/// The service.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Gate>);

#[tonic::async_trait]
impl SubscriptionService for Service {
    async fn record_usage(
        &self,
        request: Request<RecordUsageRequest>,
    ) -> Result<Response<RecordUsageResponse>, Status> {
        self.0.pass(request).await
    }
}
