//! A booking request, as JSON for the gateway and as a protobuf message for the service.
//!
//! Every booking uses a seat that no other booking of the same process uses, unless a test sets it.

use std::sync::atomic::{AtomicUsize, Ordering};

use order_proto::order::v1::{Contact, CreateOrderRequest, PaymentMethod, TicketRequest};
use prost_types::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

static SEATS_TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The values of a booking request; changed with the builder functions.
#[derive(Debug, Clone)]
pub struct Booking {
    /// The tenant that sells the seats.
    pub organization_id: String,
    /// The event; its seats cost 50 USD each.
    pub event_id: String,
    /// The ids of the seats to book.
    pub seat_ids: Vec<String>,
    /// The payment token, which selects the sandbox's behaviour.
    pub token: String,
    /// The e-mail address for notifications.
    pub email: String,
    /// The `wait` of the request in seconds; `None` leaves the field out.
    pub wait_secs: Option<u32>,
}

impl Booking {
    /// One unused seat, a new organization, and a card that is authorized and captured.
    #[must_use]
    pub fn new() -> Self {
        Self {
            organization_id: organization(),
            event_id: "concert-2031".to_owned(),
            seat_ids: vec![free_seat()],
            token: "tok_ok".to_owned(),
            email: "ada@example.test".to_owned(),
            wait_secs: Some(30),
        }
    }

    /// Replaces the seats by `count` unused ones.
    #[must_use]
    pub fn with_seats(mut self, count: usize) -> Self {
        self.seat_ids = (0..count).map(|_| free_seat()).collect();
        self
    }

    /// Replaces the payment token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// Replaces the organization.
    #[must_use]
    pub fn for_organization(mut self, organization_id: &str) -> Self {
        organization_id.clone_into(&mut self.organization_id);
        self
    }

    /// Replaces the `wait`, in seconds; 0 returns at once.
    #[must_use]
    pub fn waiting(mut self, secs: u32) -> Self {
        self.wait_secs = Some(secs);
        self
    }

    /// A copy of the booking with the same number of other unused seats.
    #[must_use]
    pub fn again(&self) -> Self {
        let count = self.seat_ids.len();
        self.clone().with_seats(count)
    }

    /// The request body for the gateway.
    #[must_use]
    pub fn json(&self) -> Value {
        let tickets: Vec<Value> = self
            .seat_ids
            .iter()
            .map(|seat| json!({"seatId": seat}))
            .collect();
        let mut body = json!({
            "organizationId": self.organization_id,
            "userId": "ada",
            "eventId": self.event_id,
            "tickets": tickets,
            "paymentMethod": {"type": "card", "token": self.token},
            "contact": {"email": self.email},
        });
        if let Some(secs) = self.wait_secs {
            body["wait"] = json!(format!("{secs}s"));
        }
        body
    }

    /// The request message for the service.
    #[must_use]
    pub fn proto(&self) -> CreateOrderRequest {
        let tickets = self.seat_ids.iter().map(|seat| TicketRequest {
            seat_id: seat.clone(),
            ..Default::default()
        });
        CreateOrderRequest {
            organization_id: self.organization_id.clone(),
            user_id: "ada".to_owned(),
            event_id: self.event_id.clone(),
            tickets: tickets.collect(),
            payment_method: Some(PaymentMethod {
                r#type: "card".to_owned(),
                token: self.token.clone(),
            }),
            contact: Some(Contact {
                email: self.email.clone(),
                ..Default::default()
            }),
            wait: self.wait_secs.map(|secs| Duration {
                seconds: i64::from(secs),
                nanos: 0,
            }),
            ..Default::default()
        }
    }
}

impl Default for Booking {
    fn default() -> Self {
        Self::new()
    }
}

/// An organization id that no other test uses.
#[must_use]
pub fn organization() -> String {
    format!("org-{}", Uuid::now_v7().simple())
}

/// An idempotency key that no other test uses.
#[must_use]
pub fn key() -> String {
    Uuid::now_v7().to_string()
}

/// The next seat from `A1` to `Z99`; each is returned once per process.
fn free_seat() -> String {
    let taken = SEATS_TAKEN.fetch_add(1, Ordering::Relaxed);
    let row = u8::try_from(taken / 99 % 26).expect("a letter of the alphabet");
    format!("{}{}", char::from(b'A' + row), taken % 99 + 1)
}
