//! `sandbox.v1.SandboxService`: shows the journal and the totals, injects faults, and acts as buyer and provider.
//!
//! An adapter between gRPC and the modules that compute the answers. Holds no participant rule.

use std::sync::Arc;

use order_proto::inventory::v1::HoldSeatsResponse;
use order_proto::payment::v1::{Payment, Refund};
use order_proto::sandbox::v1::sandbox_service_server::SandboxService;
use order_proto::sandbox::v1::{
    CompletePaymentRequest, FailRefundRequest, GetJournalRequest, GetJournalResponse,
    GetTotalsRequest, GetTotalsResponse, MakeHoldRequest, ResetRequest, ResetResponse,
    SetFaultRequest, SetFaultResponse,
};
use tonic::{Request, Response, Status};

use crate::gate::Gate;
use crate::value::moment::Moment;
use crate::world::Change;
use crate::{inventory, payment};

mod totals;
mod webhook;

pub(crate) use webhook::Sender;

/// The gRPC service; all state is behind the gate.
#[derive(Debug)]
pub(crate) struct Control {
    gate: Arc<Gate>,
    webhook: Option<Sender>,
}

impl Control {
    pub(crate) fn new(gate: Arc<Gate>, webhook: Option<Sender>) -> Self {
        Self { gate, webhook }
    }
}

#[tonic::async_trait]
impl SandboxService for Control {
    async fn get_journal(
        &self,
        request: Request<GetJournalRequest>,
    ) -> Result<Response<GetJournalResponse>, Status> {
        let request = request.into_inner();
        let entries = self.gate.read(|world| world.journal.answer(&request))?;
        Ok(Response::new(GetJournalResponse { entries }))
    }

    async fn set_fault(
        &self,
        request: Request<SetFaultRequest>,
    ) -> Result<Response<SetFaultResponse>, Status> {
        let request = request.into_inner();
        self.gate.control(|world| {
            let change = world.faults.injected(&request)?;
            Ok((vec![Change::Fault(change)], ()))
        })?;
        Ok(Response::new(SetFaultResponse {}))
    }

    async fn get_totals(
        &self,
        request: Request<GetTotalsRequest>,
    ) -> Result<Response<GetTotalsResponse>, Status> {
        let order_id = request.into_inner().order_id;
        let totals = self
            .gate
            .read(|world| totals::totals(world, &order_id, Moment::now()))?;
        Ok(Response::new(totals))
    }

    async fn complete_payment(
        &self,
        request: Request<CompletePaymentRequest>,
    ) -> Result<Response<Payment>, Status> {
        let request = request.into_inner();
        let (payment, event) = self
            .gate
            .control(|world| payment::complete(world, &request))?;
        if let Some(webhook) = &self.webhook {
            webhook.send(event);
        }
        Ok(Response::new(payment))
    }

    async fn fail_refund(
        &self,
        request: Request<FailRefundRequest>,
    ) -> Result<Response<Refund>, Status> {
        let request = request.into_inner();
        let (refund, event) = self
            .gate
            .control(|world| payment::fail_refund(world, &request))?;
        if let Some(webhook) = &self.webhook {
            webhook.send(event);
        }
        Ok(Response::new(refund))
    }

    async fn make_hold(
        &self,
        request: Request<MakeHoldRequest>,
    ) -> Result<Response<HoldSeatsResponse>, Status> {
        let request = request.into_inner();
        let hold = self
            .gate
            .control(|world| inventory::make_hold(world, request))?;
        Ok(Response::new(hold))
    }

    async fn reset(
        &self,
        _request: Request<ResetRequest>,
    ) -> Result<Response<ResetResponse>, Status> {
        self.gate.reset()?;
        Ok(Response::new(ResetResponse {}))
    }
}
