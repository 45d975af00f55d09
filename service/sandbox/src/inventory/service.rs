//! `inventory.v1.InventoryService` over gRPC: every rpc goes through the gate. Holds no rule.

use std::sync::Arc;

use order_proto::inventory::v1::inventory_service_server::InventoryService;
use order_proto::inventory::v1::{
    Booking, CancelBookingRequest, ConfirmBookingRequest, GetHoldRequest, GetSeatMapRequest,
    GetSeatMapResponse, Hold, HoldSeatsRequest, HoldSeatsResponse, ReleaseHoldRequest,
};
use tonic::{Request, Response, Status};

use crate::gate::Gate;

/// The gRPC service; all state is behind the gate.
#[derive(Debug)]
pub(crate) struct Service(pub(crate) Arc<Gate>);

#[tonic::async_trait]
impl InventoryService for Service {
    async fn hold_seats(
        &self,
        request: Request<HoldSeatsRequest>,
    ) -> Result<Response<HoldSeatsResponse>, Status> {
        self.0.handle(request).await
    }

    async fn release_hold(
        &self,
        request: Request<ReleaseHoldRequest>,
    ) -> Result<Response<Hold>, Status> {
        self.0.handle(request).await
    }

    async fn confirm_booking(
        &self,
        request: Request<ConfirmBookingRequest>,
    ) -> Result<Response<Booking>, Status> {
        self.0.handle(request).await
    }

    async fn cancel_booking(
        &self,
        request: Request<CancelBookingRequest>,
    ) -> Result<Response<Booking>, Status> {
        self.0.handle(request).await
    }

    async fn get_hold(&self, request: Request<GetHoldRequest>) -> Result<Response<Hold>, Status> {
        self.0.handle(request).await
    }

    async fn get_seat_map(
        &self,
        request: Request<GetSeatMapRequest>,
    ) -> Result<Response<GetSeatMapResponse>, Status> {
        self.0.handle(request).await
    }
}
