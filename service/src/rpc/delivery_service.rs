//! `order.v1.DeliveryService`: described, and not built yet.

use order_proto::order::v1::delivery_service_server::DeliveryService;
use order_proto::order::v1::{
    Delivery, ListDeliveriesRequest, ListDeliveriesResponse, RetryDeliveryRequest,
};
use tonic::{Request, Response, Status};

use super::status;
use crate::error::Error;

/// The rpcs for usage and notifications on their way out.
#[derive(Debug)]
pub(super) struct Deliveries;

#[tonic::async_trait]
impl DeliveryService for Deliveries {
    async fn list_deliveries(
        &self,
        _: Request<ListDeliveriesRequest>,
    ) -> Result<Response<ListDeliveriesResponse>, Status> {
        Err(status(&Error::NotImplemented))
    }

    async fn retry_delivery(
        &self,
        _: Request<RetryDeliveryRequest>,
    ) -> Result<Response<Delivery>, Status> {
        Err(status(&Error::NotImplemented))
    }
}
