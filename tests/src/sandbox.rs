//! The sandbox as a test uses it: faults in, journal and totals out.
//!
//! Knows which participant and method each step calls.

use std::time::Duration;

use order_proto::payment::v1::payment_service_client::PaymentServiceClient;
use order_proto::sandbox::v1::sandbox_service_client::SandboxServiceClient;
use order_proto::sandbox::v1::{
    CompletePaymentRequest, CompletionOutcome, FaultKind, GetJournalRequest, GetTotalsRequest,
    GetTotalsResponse, JournalEntry, ResetRequest, SetFaultRequest,
};
use tonic::Request;
use tonic::transport::{Channel, Endpoint};

use crate::wait::SOON;

/// A participant's method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Such as `payment.v1.PaymentService`.
    pub service: &'static str,
    /// Such as `CapturePayment`.
    pub name: &'static str,
}

/// The step `hold_seats`.
pub const HOLD_SEATS: Method = inventory("HoldSeats");
/// The step `authorize_payment`.
pub const AUTHORIZE_PAYMENT: Method = payment("AuthorizePayment");
/// The step `confirm_booking`.
pub const CONFIRM_BOOKING: Method = inventory("ConfirmBooking");
/// The step `capture_payment`.
pub const CAPTURE_PAYMENT: Method = payment("CapturePayment");
/// The step `cancel_booking`.
pub const CANCEL_BOOKING: Method = inventory("CancelBooking");
/// The step `refund_payment`.
pub const REFUND_PAYMENT: Method = payment("RefundPayment");
/// The delivery of usage.
pub const RECORD_USAGE: Method = Method {
    service: "subscription.v1.SubscriptionService",
    name: "RecordUsage",
};
/// The delivery of a notification.
pub const SEND_NOTIFICATION: Method = Method {
    service: "notification.v1.NotificationService",
    name: "SendNotification",
};

/// A method of Inventory.
#[must_use]
pub const fn inventory(name: &'static str) -> Method {
    Method {
        service: "inventory.v1.InventoryService",
        name,
    }
}

/// A method of Payment.
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
    /// A client of the sandbox at this address; it connects when it is used.
    ///
    /// # Panics
    /// When the address is none.
    #[must_use]
    pub fn at(url: &str) -> Self {
        let endpoint = Endpoint::from_shared(url.to_owned()).expect("a test names a URL");
        let channel = endpoint.connect_lazy();
        Self {
            client: SandboxServiceClient::new(channel.clone()),
            payments: PaymentServiceClient::new(channel),
        }
    }

    /// The Payment service itself, for what nobody should ask of it.
    #[must_use]
    pub fn payments(&self) -> PaymentServiceClient<Channel> {
        self.payments.clone()
    }

    /// Whether it answers.
    pub async fn answers(&self) -> bool {
        self.client
            .clone()
            .get_totals(GetTotalsRequest::default())
            .await
            .is_ok()
    }

    /// Lets a method fail `times` times; 0: until [`Sandbox::reset`].
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn fault(&self, method: Method, kind: FaultKind, times: i32) {
        self.plant(method, kind, times, Duration::ZERO).await;
    }

    /// Lets a method take this long `times` times.
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn delay(&self, method: Method, times: i32, delay: Duration) {
        self.plant(method, FaultKind::Delay, times, delay).await;
    }

    /// Ends the fault that stands on a method until [`Sandbox::reset`], and lets nobody forget anything.
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn heal(&self, method: Method) {
        // It gives way to any other.
        self.delay(method, 1, Duration::from_millis(1)).await;
    }

    async fn plant(&self, method: Method, kind: FaultKind, times: i32, delay: Duration) {
        let request = SetFaultRequest {
            service: method.service.to_owned(),
            method: method.name.to_owned(),
            kind: kind.into(),
            times,
            delay: Some(delay.try_into().expect("a test's delay is short")),
        };
        self.client
            .clone()
            .set_fault(request)
            .await
            .expect("a fault can be planted");
    }

    /// What the participants hold for one order; for all when empty.
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
            .expect("totals are answered")
            .into_inner()
    }

    /// What was asked on behalf of one order; of all when empty.
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
            .expect("the journal is answered")
            .into_inner()
            .entries
    }

    /// How often a method was called for one order.
    pub async fn calls(&self, order_id: &str, method: Method) -> usize {
        let entries = self.journal(order_id).await;
        entries
            .iter()
            .filter(|entry| entry.service == method.service && entry.method == method.name)
            .count()
    }

    /// Acts as the buyer or the provider.
    ///
    /// # Panics
    /// When the sandbox refuses.
    pub async fn complete(&self, payment_id: &str, outcome: CompletionOutcome) {
        let done = self.try_complete(payment_id, outcome).await;
        assert!(done, "a pending payment can be completed");
    }

    /// Acts as the buyer or the provider, if there is anything for them to do. Answers whether there was.
    pub async fn try_complete(&self, payment_id: &str, outcome: CompletionOutcome) -> bool {
        let request = CompletePaymentRequest {
            payment_id: payment_id.to_owned(),
            outcome: outcome.into(),
        };
        self.client.clone().complete_payment(request).await.is_ok()
    }

    /// Forgets everything.
    ///
    /// # Panics
    /// When the sandbox does not answer.
    pub async fn reset(&self) {
        self.client
            .clone()
            .reset(ResetRequest {})
            .await
            .expect("the sandbox can forget");
    }
}

/// A request as a participant takes it: its key in the metadata too, a deadline, and a trace.
///
/// # Panics
/// When the key is not ASCII.
pub fn acting<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    let key = key.parse().expect("a key is ASCII");
    request.metadata_mut().insert("idempotency-key", key);
    request.set_timeout(SOON);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let trace = trace.parse().expect("a trace is ASCII");
    request.metadata_mut().insert("traceparent", trace);
    request
}
