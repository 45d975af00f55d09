//! `payment.v1.PaymentService` over gRPC: every rpc goes through the gate. Holds no rule.

use std::sync::Arc;

use order_proto::payment::v1::payment_service_server::PaymentService;
use order_proto::payment::v1::{
    AuthorizePaymentRequest, CapturePaymentRequest, GetPaymentRequest, GetRefundRequest, Payment,
    Refund, RefundPaymentRequest, VoidPaymentRequest,
};
use tonic::{Request, Response, Status};

use crate::gate::Gate;

/// The gRPC service; all state is behind the gate.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Gate>);

#[tonic::async_trait]
impl PaymentService for Service {
    async fn authorize_payment(
        &self,
        request: Request<AuthorizePaymentRequest>,
    ) -> Result<Response<Payment>, Status> {
        self.0.handle(request).await
    }

    async fn capture_payment(
        &self,
        request: Request<CapturePaymentRequest>,
    ) -> Result<Response<Payment>, Status> {
        self.0.handle(request).await
    }

    async fn void_payment(
        &self,
        request: Request<VoidPaymentRequest>,
    ) -> Result<Response<Payment>, Status> {
        self.0.handle(request).await
    }

    async fn refund_payment(
        &self,
        request: Request<RefundPaymentRequest>,
    ) -> Result<Response<Refund>, Status> {
        self.0.handle(request).await
    }

    async fn get_payment(
        &self,
        request: Request<GetPaymentRequest>,
    ) -> Result<Response<Payment>, Status> {
        self.0.handle(request).await
    }

    async fn get_refund(
        &self,
        request: Request<GetRefundRequest>,
    ) -> Result<Response<Refund>, Status> {
        self.0.handle(request).await
    }
}
