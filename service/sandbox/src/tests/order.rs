//! An order that calls the participants as the order service does: with its id, its keys and a deadline. Holds no rule.

use order_proto::inventory::v1 as inventory;
use order_proto::inventory::v1::inventory_service_client::InventoryServiceClient;
use order_proto::payment::v1 as payment;
use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use tonic::Status;
use tonic::transport::Channel;

use super::calls::{acting, plain, usd};

/// One order at one event, with a channel to the sandbox.
#[derive(Clone)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) event: String,
    channel: Channel,
}

impl Order {
    pub(super) fn new(id: &str, channel: Channel) -> Self {
        Self {
            id: id.to_owned(),
            event: "opera".to_owned(),
            channel,
        }
    }

    pub(super) fn at(mut self, event_id: &str) -> Self {
        self.event = event_id.to_owned();
        self
    }

    pub(super) fn inventory(&self) -> InventoryServiceClient<Channel> {
        InventoryServiceClient::new(self.channel.clone())
    }

    pub(super) fn payments(&self) -> PaymentServiceClient<Channel> {
        PaymentServiceClient::new(self.channel.clone())
    }

    fn key(&self, step: &str) -> String {
        format!("{}/{step}", self.id)
    }

    pub(super) fn payment_id(&self) -> String {
        format!("pay_{}", self.id)
    }

    pub(super) fn hold_id(&self) -> String {
        format!("hold_{}", self.id)
    }

    pub(super) fn hold_request(&self, step: &str, seats: &[&str]) -> inventory::HoldSeatsRequest {
        inventory::HoldSeatsRequest {
            organization_id: "org".into(),
            event_id: self.event.clone(),
            user_id: "ann".into(),
            order_id: self.id.clone(),
            seat_ids: seats.iter().map(|seat| (*seat).to_owned()).collect(),
            hold_duration: Some(prost_types::Duration {
                seconds: 900,
                nanos: 0,
            }),
            hold_id: String::new(),
            idempotency_key: self.key(step),
        }
    }

    pub(super) async fn send_hold(
        &self,
        request: inventory::HoldSeatsRequest,
    ) -> Result<inventory::HoldSeatsResponse, Status> {
        let key = request.idempotency_key.clone();
        plain(self.inventory().hold_seats(acting(&key, request)).await)
    }

    pub(super) async fn hold(
        &self,
        step: &str,
        seats: &[&str],
    ) -> Result<inventory::HoldSeatsResponse, Status> {
        self.send_hold(self.hold_request(step, seats)).await
    }

    pub(super) async fn adopt(
        &self,
        step: &str,
        hold_id: &str,
        seats: &[&str],
    ) -> Result<inventory::HoldSeatsResponse, Status> {
        let mut request = self.hold_request(step, seats);
        request.hold_id = hold_id.to_owned();
        self.send_hold(request).await
    }

    pub(super) async fn release(
        &self,
        step: &str,
        hold_id: &str,
    ) -> Result<inventory::Hold, Status> {
        self.send_release(step, hold_id, false).await
    }

    /// Unbinds an adopted hold from the order.
    pub(super) async fn unbind(
        &self,
        step: &str,
        hold_id: &str,
    ) -> Result<inventory::Hold, Status> {
        self.send_release(step, hold_id, true).await
    }

    async fn send_release(
        &self,
        step: &str,
        hold_id: &str,
        keep_hold: bool,
    ) -> Result<inventory::Hold, Status> {
        let key = self.key(step);
        let request = inventory::ReleaseHoldRequest {
            hold_id: hold_id.to_owned(),
            order_id: self.id.clone(),
            idempotency_key: key.clone(),
            keep_hold,
        };
        plain(self.inventory().release_hold(acting(&key, request)).await)
    }

    pub(super) async fn confirm(
        &self,
        step: &str,
        hold_id: &str,
        seats: &[&str],
    ) -> Result<inventory::Booking, Status> {
        let key = self.key(step);
        let tickets = seats.iter().map(|seat| inventory::TicketHolder {
            seat_id: (*seat).to_owned(),
            holder_name: "Ann".into(),
        });
        let request = inventory::ConfirmBookingRequest {
            hold_id: hold_id.to_owned(),
            order_id: self.id.clone(),
            tickets: tickets.collect(),
            idempotency_key: key.clone(),
        };
        plain(
            self.inventory()
                .confirm_booking(acting(&key, request))
                .await,
        )
    }

    /// Holds and books these seats.
    pub(super) async fn book(&self, seats: &[&str]) -> inventory::Booking {
        let hold = self.hold("hold", seats).await.expect("the seats are free");
        let booking = self.confirm("confirm", &hold.hold_id, seats).await;
        booking.expect("the hold is valid")
    }

    pub(super) async fn cancel(
        &self,
        step: &str,
        seats: &[&str],
    ) -> Result<inventory::Booking, Status> {
        let key = self.key(step);
        let request = inventory::CancelBookingRequest {
            booking_id: String::new(),
            order_id: self.id.clone(),
            seat_ids: seats.iter().map(|seat| (*seat).to_owned()).collect(),
            idempotency_key: key.clone(),
        };
        plain(self.inventory().cancel_booking(acting(&key, request)).await)
    }

    pub(super) async fn get_hold(&self) -> Result<inventory::Hold, Status> {
        let request = inventory::GetHoldRequest {
            hold_id: String::new(),
            order_id: self.id.clone(),
        };
        plain(self.inventory().get_hold(request).await)
    }

    pub(super) fn authorize_request(
        &self,
        step: &str,
        token: &str,
    ) -> payment::AuthorizePaymentRequest {
        payment::AuthorizePaymentRequest {
            order_id: self.id.clone(),
            organization_id: "org".into(),
            amount: Some(usd(100)),
            payment_method: Some(payment::PaymentMethod {
                r#type: "card".into(),
                token: token.to_owned(),
            }),
            return_url: String::new(),
            idempotency_key: self.key(step),
        }
    }

    pub(super) async fn authorize(
        &self,
        step: &str,
        token: &str,
    ) -> Result<payment::Payment, Status> {
        let request = self.authorize_request(step, token);
        let key = request.idempotency_key.clone();
        plain(
            self.payments()
                .authorize_payment(acting(&key, request))
                .await,
        )
    }

    pub(super) async fn capture(&self, step: &str, units: i64) -> Result<payment::Payment, Status> {
        let key = self.key(step);
        let request = payment::CapturePaymentRequest {
            payment_id: self.payment_id(),
            order_id: self.id.clone(),
            amount: Some(usd(units)),
            idempotency_key: key.clone(),
        };
        plain(self.payments().capture_payment(acting(&key, request)).await)
    }

    /// Authorizes and captures 100 USD.
    pub(super) async fn pay(&self) {
        let authorized = self.authorize("authorize", "tok_ok").await;
        authorized.expect("the card is valid");
        let captured = self.capture("capture", 100).await;
        captured.expect("it is authorized");
    }

    pub(super) async fn void(&self, step: &str) -> Result<payment::Payment, Status> {
        let key = self.key(step);
        let request = payment::VoidPaymentRequest {
            payment_id: String::new(),
            order_id: self.id.clone(),
            idempotency_key: key.clone(),
        };
        plain(self.payments().void_payment(acting(&key, request)).await)
    }

    pub(super) async fn refund(
        &self,
        step: &str,
        refund_id: &str,
        units: i64,
    ) -> Result<payment::Refund, Status> {
        let key = self.key(step);
        let request = payment::RefundPaymentRequest {
            payment_id: self.payment_id(),
            order_id: self.id.clone(),
            refund_id: refund_id.to_owned(),
            amount: Some(usd(units)),
            idempotency_key: key.clone(),
        };
        plain(self.payments().refund_payment(acting(&key, request)).await)
    }

    pub(super) async fn get_payment(&self) -> Result<payment::Payment, Status> {
        let request = payment::GetPaymentRequest {
            payment_id: String::new(),
            order_id: self.id.clone(),
        };
        plain(self.payments().get_payment(request).await)
    }
}
