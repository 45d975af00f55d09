//! Subscription over gRPC.

use order_proto::subscription::v1 as wire;
use order_proto::subscription::v1::subscription_service_client::SubscriptionServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::wire::{Envelope, misrouted, time_to_wire};
use crate::domain::{Answer, Call};

/// Makes Subscription's call.
pub(super) async fn send(
    mut client: SubscriptionServiceClient<Channel>,
    call: Call,
    envelope: Envelope<'_>,
) -> Result<Answer, Status> {
    let Call::RecordUsage {
        organization_id,
        event_type,
        units,
        occur_time,
    } = call
    else {
        return Err(misrouted(&call));
    };
    let message = wire::RecordUsageRequest {
        organization_id: organization_id.to_string(),
        event_type,
        units,
        idempotency_key: envelope.key(),
        occur_time: Some(time_to_wire(occur_time)),
    };
    let recorded = client.record_usage(envelope.around(message)).await;
    recorded.map(|_| Answer::Taken)
}
