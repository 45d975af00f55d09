//! Reads what the participants have for an order, for `audit`. Changes nothing.

use std::time::Duration;

use order_proto::inventory::v1::GetHoldRequest;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::payment::v1::GetPaymentRequest;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_proto::sandbox::v1::{GetTotalsRequest, GetTotalsResponse};
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

use super::channel::{Addresses, InvalidAddress, channel};
use super::wire::{error, request};
use crate::domain::{Answer, CallError, HoldView, PaymentView};

use super::{inventory, payment};
use crate::domain::OrderId;

/// What a sandbox reports about one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How many captures took money for the order.
    pub captures: i64,
    /// The seats held or booked for it.
    pub seat_ids: Vec<String>,
    /// Ids of the received notifications about it.
    pub notification_ids: Vec<String>,
    /// Usage of the order's tenant, less reversals.
    pub units: i64,
}

/// Queries the participants for `audit`.
#[derive(Debug, Clone)]
pub struct Look {
    inventory: InventoryServiceClient<Channel>,
    payment: PaymentServiceClient<Channel>,
    /// Participants that all have one address may be a sandbox.
    sandbox: Option<SandboxServiceClient<Channel>>,
    deadline: Duration,
}

impl Look {
    /// Prepares the channels without connecting. `deadline`: how long one answer may take.
    pub fn at(addresses: &Addresses, deadline: Duration) -> Result<Self, InvalidAddress> {
        let payment = channel("payment", &addresses.payment)?;
        let others = [
            &addresses.inventory,
            &addresses.notification,
            &addresses.subscription,
        ];
        let is_one = others.iter().all(|other| **other == addresses.payment);
        Ok(Self {
            inventory: InventoryServiceClient::new(channel("inventory", &addresses.inventory)?),
            sandbox: is_one.then(|| SandboxServiceClient::new(payment.clone())),
            payment: PaymentServiceClient::new(payment),
            deadline,
        })
    }

    /// The order's payment; `None` if there never was one.
    pub async fn payment_of(&self, order_id: OrderId) -> Result<Option<PaymentView>, CallError> {
        // By order only, so that a payment that the order does not know is found too.
        let message = GetPaymentRequest {
            payment_id: String::new(),
            order_id: order_id.to_string(),
        };
        let asked = request(message, "", self.deadline);
        let answer = self.payment.clone().get_payment(asked).await;
        let asked_about = order_id.to_string();
        let answer = found(answer)?.map(|found| payment::payment(found, "", &asked_about));
        match answer.transpose() {
            Ok(Some(Answer::Payment(payment))) => Ok(Some(payment)),
            Ok(_) => Ok(None),
            Err(status) => Err(error(status)),
        }
    }

    /// The order's hold; `None` if there never was one.
    pub async fn hold_of(
        &self,
        order_id: OrderId,
        hold_id: Option<String>,
    ) -> Result<Option<HoldView>, CallError> {
        let message = GetHoldRequest {
            hold_id: hold_id.unwrap_or_default(),
            order_id: order_id.to_string(),
        };
        let asked = request(message, "", self.deadline);
        let answer = self.inventory.clone().get_hold(asked).await;
        let asked_about = order_id.to_string();
        let answer = found(answer)?.map(|found| inventory::hold(found, "", &asked_about));
        match answer.transpose() {
            Ok(Some(Answer::Hold(hold))) => Ok(Some(hold)),
            Ok(_) => Ok(None),
            Err(status) => Err(error(status)),
        }
    }

    /// What a sandbox reports about this order; `None` if the participants are not a sandbox.
    pub async fn totals_of(&self, order_id: OrderId) -> Result<Option<Evidence>, CallError> {
        let Some(sandbox) = &self.sandbox else {
            return Ok(None);
        };
        let message = GetTotalsRequest {
            order_id: order_id.to_string(),
        };
        let asked = request(message, "", self.deadline);
        match sandbox.clone().get_totals(asked).await {
            Ok(totals) => Ok(Some(evidence(totals.into_inner()))),
            Err(status) if status.code() == Code::Unimplemented => Ok(None),
            Err(status) => Err(error(status)),
        }
    }
}

/// NOT_FOUND as the answer to a query: it does not exist.
fn found<T>(answer: Result<Response<T>, Status>) -> Result<Option<T>, CallError> {
    match answer {
        Ok(answer) => Ok(Some(answer.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(error(status)),
    }
}

fn evidence(totals: GetTotalsResponse) -> Evidence {
    let captures = totals.orders.iter();
    let seats = totals.seats.into_iter();
    let notifications = totals.notifications.into_iter();
    Evidence {
        captures: captures.map(|sum| i64::from(sum.effective_captures)).sum(),
        seat_ids: seats.map(|seat| seat.seat_id).collect(),
        notification_ids: notifications.map(|one| one.notification_id).collect(),
        units: totals.usage.iter().map(|sum| sum.units).sum(),
    }
}
