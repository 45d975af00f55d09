//! A client of the sandbox: injects faults, and reads the journal and the totals.
//!
//! Knows which method of which participant each step calls.

use std::time::Duration;

use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_proto::sandbox::v1::{
    CompletePaymentRequest, CompletionOutcome, FailRefundRequest, FaultKind, GetJournalRequest,
    GetTotalsRequest, GetTotalsResponse, JournalEntry, ResetRequest, SetFaultRequest,
};
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

use crate::wait::SOON;

/// A method of a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// The full name of the service, such as `payment.v1.PaymentService`.
    pub service: &'static str,
    /// The name of the method, such as `CapturePayment`.
    pub name: &'static str,
}

/// The method of the step `hold_seats`.
pub const HOLD_SEATS: Method = inventory("HoldSeats");
/// The method of the step `authorize_payment`.
pub const AUTHORIZE_PAYMENT: Method = payment("AuthorizePayment");
/// The method of the step `confirm_booking`.
pub const CONFIRM_BOOKING: Method = inventory("ConfirmBooking");
/// The method of the step `capture_payment`.
pub const CAPTURE_PAYMENT: Method = payment("CapturePayment");
/// The method of the step `cancel_booking`.
pub const CANCEL_BOOKING: Method = inventory("CancelBooking");
/// The method of the step `refund_payment`.
pub const REFUND_PAYMENT: Method = payment("RefundPayment");
/// The method of usage deliveries.
pub const RECORD_USAGE: Method = Method {
    service: "subscription.v1.SubscriptionService",
    name: "RecordUsage",
};
/// The method of notification deliveries.
pub const SEND_NOTIFICATION: Method = Method {
    service: "notification.v1.NotificationService",
    name: "SendNotification",
};

/// A method of the Inventory service.
#[must_use]
pub const fn inventory(name: &'static str) -> Method {
    Method {
        service: "inventory.v1.InventoryService",
        name,
    }
}

/// A method of the Payment service.
#[must_use]
pub const fn payment(name: &'static str) -> Method {
    Method {
        service: "payment.v1.PaymentService",
        name,
    }
}

/// A client of `sandbox.v1.SandboxService`.
#[derive(Debug, Clone)]
pub struct Sandbox {
    client: SandboxServiceClient<Channel>,
    payments: PaymentServiceClient<Channel>,
}

impl Sandbox {
    /// A client of the sandbox at this URL; it connects on first use.
    ///
    /// # Panics
    /// When the URL is invalid.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let endpoint = Endpoint::from_shared(url.to_owned()).expect("a valid URL");
        let channel = endpoint.connect_lazy();
        Self {
            client: SandboxServiceClient::new(channel.clone()),
            payments: PaymentServiceClient::new(channel),
        }
    }

    /// A client of the Payment service, for calls that the order service does not make.
    #[must_use]
    pub fn payments(&self) -> PaymentServiceClient<Channel> {
        self.payments.clone()
    }

    /// Whether the sandbox answers a request now.
    pub async fn answers(&self) -> bool {
        self.client
            .clone()
            .get_totals(GetTotalsRequest::default())
            .await
            .is_ok()
    }

    /// Makes the next `times` calls of a method fail; 0: every call until [`Sandbox::reset`].
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn fault(&self, method: Method, kind: FaultKind, times: i32) {
        self.inject(method, kind, times, Duration::ZERO).await;
    }

    /// Delays the next `times` calls of a method.
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn delay(&self, method: Method, times: i32, delay: Duration) {
        self.inject(method, FaultKind::Delay, times, delay).await;
    }

    /// Removes a fault that lasts until [`Sandbox::reset`] without deleting other state.
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn clear_fault(&self, method: Method) {
        // Any new fault replaces one that lasts until `Reset`.
        self.delay(method, 1, Duration::from_millis(1)).await;
    }

    async fn inject(&self, method: Method, kind: FaultKind, times: i32, delay: Duration) {
        let request = SetFaultRequest {
            service: method.service.to_owned(),
            method: method.name.to_owned(),
            kind: kind.into(),
            times,
            delay: Some(
                delay
                    .try_into()
                    .expect("the delay fits in a protobuf duration"),
            ),
        };
        self.client
            .clone()
            .set_fault(request)
            .await
            .expect("the sandbox accepts the fault");
    }

    /// The totals that the participants store for one order; for every order when `order_id` is empty.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    pub async fn totals(&self, order_id: &str) -> GetTotalsResponse {
        let request = GetTotalsRequest {
            order_id: order_id.to_owned(),
        };
        self.client
            .clone()
            .get_totals(request)
            .await
            .expect("the sandbox returns the totals")
            .into_inner()
    }

    /// The requests that the participants received for one order; for every order when `order_id` is empty.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    pub async fn journal(&self, order_id: &str) -> Vec<JournalEntry> {
        let request = GetJournalRequest {
            order_id: order_id.to_owned(),
            after_sequence: 0,
        };
        self.client
            .clone()
            .get_journal(request)
            .await
            .expect("the sandbox returns the journal")
            .into_inner()
            .entries
    }

    /// The number of calls of a method for one order.
    pub async fn calls(&self, order_id: &str, method: Method) -> usize {
        let entries = self.journal(order_id).await;
        entries
            .iter()
            .filter(|entry| entry.service == method.service && entry.method == method.name)
            .count()
    }

    /// Completes what is pending on a payment, as the buyer or the provider.
    ///
    /// # Panics
    /// When nothing is pending.
    pub async fn complete(&self, payment_id: &str, outcome: CompletionOutcome) {
        let done = self.try_complete(payment_id, outcome).await;
        assert!(done, "a pending payment can be completed");
    }

    /// Completes what is pending on a payment, as the buyer or the provider; returns whether anything was pending.
    pub async fn try_complete(&self, payment_id: &str, outcome: CompletionOutcome) -> bool {
        let request = CompletePaymentRequest {
            payment_id: payment_id.to_owned(),
            outcome: outcome.into(),
        };
        self.client.clone().complete_payment(request).await.is_ok()
    }

    /// Fails a refund that had succeeded, as the provider.
    ///
    /// # Panics
    /// When there is no such refund.
    pub async fn fail_refund(&self, refund_id: &str) {
        let request = FailRefundRequest {
            refund_id: refund_id.to_owned(),
        };
        let failed = self.client.clone().fail_refund(request).await;
        failed.expect("the refund has succeeded");
    }

    /// Deletes all state of the sandbox.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    pub async fn reset(&self) {
        self.client
            .clone()
            .reset(ResetRequest {})
            .await
            .expect("the sandbox can be reset");
    }
}

/// A request as a participant requires it: with the key, a deadline and a trace in the metadata.
///
/// # Panics
/// When the key is not ASCII.
pub fn participant_request<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request.set_timeout(SOON);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let trace = trace.parse().expect("a traceparent is ASCII");
    request.metadata_mut().insert("traceparent", trace);
    request
}
