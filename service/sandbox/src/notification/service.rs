//! `notification.v1.NotificationService` over gRPC: every rpc goes through the gate. Holds no rule.

use std::sync::Arc;

use order_proto::notification::v1::notification_service_server::NotificationService;
use order_proto::notification::v1::{SendNotificationRequest, SendNotificationResponse};
use tonic::{Request, Response, Status};

use crate::gate::Gate;

/// The gRPC service; all state is behind the gate.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Gate>);

#[tonic::async_trait]
impl NotificationService for Service {
    async fn send_notification(
        &self,
        request: Request<SendNotificationRequest>,
    ) -> Result<Response<SendNotificationResponse>, Status> {
        self.0.handle(request).await
    }
}
