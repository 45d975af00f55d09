//! A booking as a client asks for it, in both its forms.
//!
//! Every booking names a seat that no other of the same process names, unless a test says otherwise.

use std::sync::atomic::{AtomicUsize, Ordering};

use order_proto::order::v1::{Contact, CreateOrderRequest, PaymentMethod, TicketRequest};
use prost_types::Duration;
use serde_json::{Value, json};
use uuid::Uuid;

static SEATS_TAKEN: AtomicUsize = AtomicUsize::new(0);

/// What to book; change it with the `with_…` functions.
#[derive(Debug, Clone)]
pub struct Booking {
    /// The tenant.
    pub organization_id: String,
    /// The event, at 50 USD a seat.
    pub event_id: String,
    /// The seats.
    pub seat_ids: Vec<String>,
    /// The payment token, which decides how the sandbox behaves.
    pub token: String,
    /// Where the buyer is told.
    pub email: String,
    /// How many seconds to wait for the end; `None`: as the service likes.
    pub wait_secs: Option<u32>,
}

impl Booking {
    /// One seat, by an organization that nobody else uses, with a card that is good.
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

    /// So many free seats.
    #[must_use]
    pub fn with_seats(mut self, count: usize) -> Self {
        self.seat_ids = (0..count).map(|_| free_seat()).collect();
        self
    }

    /// Another token.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.token);
        self
    }

    /// Another tenant.
    #[must_use]
    pub fn for_organization(mut self, organization_id: &str) -> Self {
        organization_id.clone_into(&mut self.organization_id);
        self
    }

    /// Another bound for the wait; 0 returns at once.
    #[must_use]
    pub fn waiting(mut self, secs: u32) -> Self {
        self.wait_secs = Some(secs);
        self
    }

    /// The same order for another seat.
    #[must_use]
    pub fn again(&self) -> Self {
        let count = self.seat_ids.len();
        self.clone().with_seats(count)
    }

    /// As the gateway takes it.
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

    /// As the service takes it.
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

/// An organization that nobody else uses.
#[must_use]
pub fn organization() -> String {
    format!("org-{}", Uuid::now_v7().simple())
}

/// An idempotency key that nobody else uses.
#[must_use]
pub fn key() -> String {
    Uuid::now_v7().to_string()
}

/// `A1` to `Z99`, each once.
fn free_seat() -> String {
    let taken = SEATS_TAKEN.fetch_add(1, Ordering::Relaxed);
    let row = u8::try_from(taken / 99 % 26).expect("a letter of the alphabet");
    format!("{}{}", char::from(b'A' + row), taken % 99 + 1)
}
