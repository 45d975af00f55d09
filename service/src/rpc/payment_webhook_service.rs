//! `order.v1.PaymentWebhookService`: lets in what the Payment service signed, and nobody else.

use std::time::{SystemTime, UNIX_EPOCH};

use order_proto::google::api::HttpBody;
use order_proto::order::v1::payment_webhook_service_server::PaymentWebhookService;
use tonic::{Request, Response, Status};

use super::{Signatures, UseCases, parse, status};
use crate::error::Error;

/// The rpc that the Payment service calls.
#[derive(Debug)]
pub(super) struct PaymentWebhooks<U> {
    use_cases: U,
    signatures: Signatures,
}

impl<U> PaymentWebhooks<U> {
    pub(super) fn new(use_cases: U, signatures: Signatures) -> Self {
        Self {
            use_cases,
            signatures,
        }
    }
}

#[tonic::async_trait]
impl<U: UseCases> PaymentWebhookService for PaymentWebhooks<U> {
    async fn receive_payment_webhook(
        &self,
        request: Request<HttpBody>,
    ) -> Result<Response<()>, Status> {
        let received = self.receive(request).await;
        received.map(Response::new).map_err(|error| status(&error))
    }
}

impl<U: UseCases> PaymentWebhooks<U> {
    async fn receive(&self, request: Request<HttpBody>) -> Result<(), Error> {
        let (metadata, _, body) = request.into_parts();
        // A sender's clock is no database's: its tolerance is far wider than any skew of ours.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_secs = now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        let webhook_id = self.signatures.verify(&metadata, &body.data, now_secs)?;
        let webhook = parse::webhook(webhook_id, &body.data)?;
        self.use_cases.receive_payment_webhook(webhook).await
    }
}
