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

/// What a sandbox shows of the books that its participants keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// How many captures took money for the order.
    pub captures: i64,
    /// The seats that are held or booked for it.
    pub seat_ids: Vec<String>,
    /// Each notification about it that was received.
    pub notification_ids: Vec<String>,
    /// What the order's tenant has used, reversals taken off.
    pub units: i64,
}

/// The participants, to be looked at.
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

    /// The order's payment; none where there never was one.
    pub async fn payment_of(&self, order_id: OrderId) -> Result<Option<PaymentView>, CallError> {
        // By the order alone: a payment that the order does not know of is found too.
        let message = GetPaymentRequest {
            payment_id: String::new(),
            order_id: order_id.to_string(),
        };
        let asked = request(message, "", self.deadline);
        let answer = self.payment.clone().get_payment(asked).await;
        match found(answer)?.map(payment::payment).transpose() {
            Ok(Some(Answer::Payment(payment))) => Ok(Some(payment)),
            Ok(_) => Ok(None),
            Err(status) => Err(error(status)),
        }
    }

    /// The order's hold; none where there never was one.
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
        match found(answer)?.map(inventory::hold).transpose() {
            Ok(Some(Answer::Hold(hold))) => Ok(Some(hold)),
            Ok(_) => Ok(None),
            Err(status) => Err(error(status)),
        }
    }

    /// What a sandbox shows of this order; none where the participants are no sandbox.
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

/// NOT_FOUND answers a look: there is no such thing.
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
