//! The bookings that are sent. Each has a seat that no other booking and no other run asks for.

use order_proto::order::v1::{Contact, CreateOrderRequest, PaymentMethod, TicketRequest};

/// One run of the command. A random event id separates its seats from those of every other run.
#[derive(Debug, Clone)]
pub(super) struct Run(String);

impl Run {
    pub(super) fn new() -> Self {
        Self(format!("{:08x}", rand::random::<u32>()))
    }

    /// The key of the booking with this number.
    pub(super) fn key(&self, number: u64) -> String {
        format!("load-{}-{number}", self.0)
    }

    /// The booking with this number.
    pub(super) fn booking(&self, number: u64) -> CreateOrderRequest {
        CreateOrderRequest {
            organization_id: "load".into(),
            user_id: format!("buyer-{number}"),
            event_id: format!("ga-load-{}", self.0),
            tickets: vec![TicketRequest {
                seat_id: format!("S{number}"),
                holder_name: String::new(),
            }],
            payment_method: Some(PaymentMethod {
                r#type: "card".into(),
                token: "tok_ok".into(),
            }),
            contact: Some(Contact {
                email: "load@example.com".into(),
                phone: String::new(),
            }),
            ..Default::default()
        }
    }
}

/// The booking as canonical JSON.
pub(super) fn json(request: &CreateOrderRequest) -> serde_json::Value {
    let method = request.payment_method.clone().unwrap_or_default();
    let contact = request.contact.clone().unwrap_or_default();
    let tickets = request.tickets.iter();
    let tickets: Vec<_> = tickets
        .map(|ticket| serde_json::json!({"seatId": ticket.seat_id}))
        .collect();
    serde_json::json!({
        "organizationId": request.organization_id,
        "userId": request.user_id,
        "eventId": request.event_id,
        "tickets": tickets,
        "paymentMethod": {"type": method.r#type, "token": method.token},
        "contact": {"email": contact.email},
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use order_proto::Validate as _;

    #[test]
    fn no_two_bookings_share_a_seat_or_a_key() {
        let run = Run::new();
        assert_ne!(run.key(1), run.key(2));
        assert_ne!(run.booking(1).tickets, run.booking(2).tickets);
        assert_ne!(run.booking(1).event_id, Run::new().booking(1).event_id);
    }

    #[test]
    fn a_booking_keeps_the_contracts_rules() {
        assert!(Run::new().booking(1).validate().is_ok());
    }

    #[test]
    fn json_has_the_same_fields() {
        let request = Run::new().booking(7);
        let said = json(&request);
        assert_eq!(said["eventId"], request.event_id.as_str());
        assert_eq!(said["tickets"][0]["seatId"], "S7");
        assert_eq!(said["paymentMethod"]["token"], "tok_ok");
    }
}
