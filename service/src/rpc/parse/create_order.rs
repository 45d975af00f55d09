//! `CreateOrderRequest` to a command, with the rules that span fields.

use std::collections::BTreeSet;

use order_proto::order::v1::{
    Contact as ContactMessage, CreateOrderRequest, TicketRequest as TicketMessage,
};

use super::broken::Broken;
use super::scalars;
use super::waiting::Waiting;
use crate::domain::{Contact, CreateOrder, Secret, TicketRequest};
use crate::error::Error;

pub(in crate::rpc) fn create_order(
    message: CreateOrderRequest,
) -> Result<Waiting<CreateOrder>, Error> {
    let mut broken = Broken::of(&message)?;
    check_storable(&message, &mut broken);
    let organization_id = broken.keep("organizationId", message.organization_id.try_into());
    let user_id = broken.keep("userId", message.user_id.try_into());
    let event_id = broken.keep("eventId", message.event_id.try_into());
    let tickets = tickets(message.tickets, &mut broken);
    let contact = contact(message.contact, &mut broken);
    let expected_total = message
        .expected_total
        .and_then(|total| broken.keep("expectedTotal", scalars::money(&total)));
    let wait = message
        .wait
        .and_then(|wait| broken.keep("wait", scalars::duration(&wait)));

    let whole = organization_id
        .zip(user_id)
        .zip(event_id)
        .zip(message.payment_method)
        .zip(contact);
    let Some(((((organization_id, user_id), event_id), method), contact)) = whole else {
        return Err(broken.into_error());
    };
    broken.into_result()?;
    Ok(Waiting {
        command: CreateOrder {
            organization_id,
            user_id,
            event_id,
            tickets,
            method_type: method.r#type,
            token: Secret::new(method.token),
            contact,
            expected_total,
            hold_id: Some(message.hold_id).filter(|hold_id| !hold_id.is_empty()),
            return_url: message.return_url,
            metadata: message.metadata,
            claim: None,
            actor: String::new(),
        },
        wait,
    })
}

/// The valid seats; a repeated seat is a violation.
fn tickets(messages: Vec<TicketMessage>, broken: &mut Broken) -> Vec<TicketRequest> {
    let mut named = BTreeSet::new();
    let mut requests = Vec::with_capacity(messages.len());
    for (index, ticket) in messages.into_iter().enumerate() {
        let field = format!("tickets[{index}].seatId");
        if !ticket.seat_id.is_empty() && !named.insert(ticket.seat_id.clone()) {
            broken.add(&*field, "must not name a seat that another ticket names");
        }
        if let Some(seat_id) = broken.keep(&field, ticket.seat_id.try_into()) {
            requests.push(TicketRequest {
                seat_id,
                holder_name: ticket.holder_name,
            });
        }
    }
    requests
}

fn contact(message: Option<ContactMessage>, broken: &mut Broken) -> Option<Contact> {
    let ContactMessage { email, phone } = message?;
    if email.is_empty() && phone.is_empty() {
        broken.add("contact", "needs an email or a phone");
    }
    Some(Contact { email, phone })
}

/// Protobuf strings may contain NUL, and Postgres texts may not.
fn check_storable(message: &CreateOrderRequest, broken: &mut Broken) {
    const DESCRIPTION: &str = "must not contain the character NUL";
    for (index, ticket) in message.tickets.iter().enumerate() {
        if ticket.holder_name.contains('\0') {
            broken.add(format!("tickets[{index}].holderName"), DESCRIPTION);
        }
    }
    for (key, value) in &message.metadata {
        if key.contains('\0') || value.contains('\0') {
            broken.add("metadata", DESCRIPTION);
        }
    }
}
