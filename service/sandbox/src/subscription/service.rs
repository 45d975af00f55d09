//! `subscription.v1.SubscriptionService` over gRPC: every rpc goes through the gate. Holds no rule.

use std::sync::Arc;

use order_proto::subscription::v1::subscription_service_server::SubscriptionService;
use order_proto::subscription::v1::{RecordUsageRequest, RecordUsageResponse};
use tonic::{Request, Response, Status};

use crate::gate::Gate;

/// The gRPC service; all state is behind the gate.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Gate>);

#[tonic::async_trait]
impl SubscriptionService for Service {
    async fn record_usage(
        &self,
        request: Request<RecordUsageRequest>,
    ) -> Result<Response<RecordUsageResponse>, Status> {
        self.0.handle(request).await
    }
}
