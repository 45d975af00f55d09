//! `RecordUsage`: adds units to an organization's usage, once per key; negative units take a sale off.

use order_proto::subscription::v1::{RecordUsageRequest, RecordUsageResponse};

use super::Change;
use crate::rpc::{Attempt, Decision, Kind, Rpc};
use crate::value::digest::Digest;
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world;
use crate::world::World;

/// The suffix of the key of an order's sale, `<order_id>/ticket_sale`.
const SALE: &str = "/ticket_sale";

impl Rpc for RecordUsageRequest {
    type Answer = RecordUsageResponse;
    const METHOD: Method = Method::RecordUsage;

    fn kind(&self) -> Kind<'_> {
        Kind::Command {
            key: &self.idempotency_key,
        }
    }

    fn order_id(&self) -> &str {
        self.idempotency_key.strip_suffix(SALE).unwrap_or_default()
    }

    fn decide(&self, world: &World, attempt: Attempt) -> Decision<RecordUsageResponse> {
        let id = Digest::of("usage", self.idempotency_key.as_bytes()).hex();
        let answer = RecordUsageResponse {
            usage_id: format!("usage_{id}"),
            duplicate: attempt.repeated,
        };
        if attempt.repeated {
            return Decision::repeated(answer);
        }
        if self.organization_id.is_empty() || self.event_type.is_empty() {
            let message = "usage names its organization and its event type";
            return Decision::refused(Refusal::incomplete(message));
        }
        let used = world.usage.units_of(&self.organization_id);
        let change = Change {
            organization_id: self.organization_id.clone(),
            units: used.unwrap_or_default().saturating_add(self.units),
        };
        Decision::done(vec![world::Change::Usage(change)], answer)
    }
}
