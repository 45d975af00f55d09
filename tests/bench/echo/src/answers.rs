//! The orders that the server returns, of the size of real ones. Knows no server.

use order_proto::google::r#type::Money;
use order_proto::order::v1::{
    CancelOrderRequest, Contact, CreateOrderRequest, Order, OrderFailure, OrderPayment, OrderState,
    PaymentState, Ticket, TicketRequest, TicketState,
};
use prost_types::Timestamp;

const ORDER_ID: &str = "01933b8e-7c4a-7d2e-9f10-3a5b6c7d8e9f";
const SAGA_ID: &str = "01933b8e-7c4a-7d2e-9f10-3a5b6c7d8ea0";

/// An order with the four fields of the request.
pub(crate) fn cancelled(request: CancelOrderRequest) -> Order {
    Order {
        order_id: request.order_id,
        state: OrderState::Cancelling.into(),
        failure: Some(OrderFailure {
            reason: "CANCELLED_BY_USER".to_owned(),
            message: request.reason,
        }),
        expire_time: request.wait.map(|wait| Timestamp {
            seconds: wait.seconds,
            nanos: wait.nanos,
        }),
        etag: request.etag,
        ..Order::default()
    }
}

/// The requested order in state CONFIRMED.
pub(crate) fn booked(request: CreateOrderRequest) -> Order {
    let count = i64::try_from(request.tickets.len()).unwrap_or(i64::MAX);
    let method_type = request.payment_method.map(|method| method.r#type);
    Order {
        order_id: ORDER_ID.to_owned(),
        organization_id: request.organization_id,
        user_id: request.user_id,
        event_id: request.event_id,
        state: OrderState::Confirmed.into(),
        tickets: request.tickets.into_iter().map(ticket).collect(),
        subtotal: euros(count.saturating_mul(45)),
        booking_fee: euros(count),
        tax: euros(count.saturating_mul(9)),
        total: euros(count.saturating_mul(55)),
        captured: euros(count.saturating_mul(55)),
        payment: Some(OrderPayment {
            payment_id: "pay_3f7a1c".to_owned(),
            state: PaymentState::Captured.into(),
            method_type: method_type.unwrap_or_default(),
            redirect_url: String::new(),
        }),
        hold_id: "hold_9d2b44".to_owned(),
        booking_id: "book_51c0ee".to_owned(),
        contact: request.contact,
        metadata: request.metadata,
        saga_id: SAGA_ID.to_owned(),
        create_time: at(0),
        update_time: at(412_000_000),
        etag: "5".to_owned(),
        ..Order::default()
    }
}

/// An order with this number of tickets.
pub(crate) fn large(tickets: usize) -> Order {
    booked(CreateOrderRequest {
        organization_id: "acme".to_owned(),
        user_id: "ann".to_owned(),
        event_id: "ga-opera".to_owned(),
        tickets: (1..=tickets)
            .map(|number| TicketRequest {
                seat_id: format!("A{number}"),
                holder_name: format!("Guest number {number}"),
            })
            .collect(),
        contact: Some(Contact {
            email: "ann@example.com".to_owned(),
            phone: String::new(),
        }),
        ..CreateOrderRequest::default()
    })
}

fn ticket(asked: TicketRequest) -> Ticket {
    Ticket {
        seat_label: format!("Stalls {}", asked.seat_id),
        ticket_id: format!("tick_{}", asked.seat_id),
        seat_id: asked.seat_id,
        holder_name: asked.holder_name,
        price: euros(45),
        state: TicketState::Booked.into(),
    }
}

fn euros(units: i64) -> Option<Money> {
    Some(Money {
        currency_code: "EUR".to_owned(),
        units,
        nanos: 0,
    })
}

fn at(nanos: i32) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: 1_732_276_800,
        nanos,
    })
}
