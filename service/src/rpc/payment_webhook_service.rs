//! `order.v1.PaymentWebhookService`: described, and not built yet.

use order_proto::google::api::HttpBody;
use order_proto::order::v1::payment_webhook_service_server::PaymentWebhookService;
use tonic::{Request, Response, Status};

use super::status;
use crate::error::Error;

/// The rpc that the Payment service calls.
#[derive(Debug)]
pub(super) struct PaymentWebhooks;

#[tonic::async_trait]
impl PaymentWebhookService for PaymentWebhooks {
    async fn receive_payment_webhook(&self, _: Request<HttpBody>) -> Result<Response<()>, Status> {
        Err(status(&Error::NotImplemented))
    }
}
