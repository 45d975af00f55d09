//! `order.v1.PaymentWebhookService`: accepts webhooks that the Payment service signed.

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
        // Checked by this process's clock: the tolerance is far wider than any clock skew.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_secs = now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
        let webhook_id = self.signatures.verify(&metadata, &body.data, now_secs)?;
        let webhook = parse::webhook(webhook_id, &body.data).inspect_err(log)?;
        let received = self.use_cases.receive_payment_webhook(webhook).await;
        received.inspect_err(log)
    }
}

/// Logs why a webhook with a good signature was refused: its sender may not keep the answer.
fn log(refusal: &Error) {
    let mut fields = Vec::new();
    if let Error::Invalid(violations) = refusal {
        fields.extend(violations.iter().map(|broken| broken.field.as_str()));
    }
    tracing::warn!(why = %refusal, ?fields, "a payment webhook was refused");
}
