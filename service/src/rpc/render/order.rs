//! Renders orders. The payment token is never part of them.

use order_proto::order::v1 as pb;

use super::{money, timestamp};
use crate::domain::{
    Contact, Failure, Order, OrderState, Payment, PaymentState, Refund, RefundState, Ticket,
    TicketState,
};

pub(in crate::rpc) fn order(order: Order) -> pb::Order {
    let etag = order.etag();
    let charges = order.charges;
    let is_free = charges.is_some_and(|charges| charges.total.is_zero());
    pb::Order {
        order_id: order.order_id.to_string(),
        organization_id: order.organization_id.to_string(),
        user_id: order.user_id.to_string(),
        event_id: order.event_id.to_string(),
        state: order_state(order.state).into(),
        tickets: order.tickets.into_iter().map(ticket).collect(),
        subtotal: charges.map(|charges| money(charges.subtotal)),
        booking_fee: charges.map(|charges| money(charges.booking_fee)),
        tax: charges.map(|charges| money(charges.tax)),
        total: charges.map(|charges| money(charges.total)),
        captured: order.captured.map(money),
        refunded: order.refunded.map(money),
        payment: Some(payment(order.payment, is_free)),
        refunds: order.refunds.into_iter().map(refund).collect(),
        hold_id: order.hold_id.unwrap_or_default(),
        booking_id: order.booking_id.unwrap_or_default(),
        failure: order.failure.map(failure),
        contact: Some(contact(order.contact)),
        metadata: order.metadata,
        saga_id: order.saga_id.to_string(),
        create_time: Some(timestamp(order.create_time)),
        update_time: Some(timestamp(order.update_time)),
        expire_time: order.expire_time.map(timestamp),
        etag,
    }
}

fn ticket(ticket: Ticket) -> pb::Ticket {
    pb::Ticket {
        seat_id: ticket.seat_id.to_string(),
        seat_label: ticket.seat_label,
        holder_name: ticket.holder_name,
        price: ticket.price.map(money),
        ticket_id: ticket.ticket_id.unwrap_or_default(),
        state: ticket_state(ticket.state).into(),
    }
}

/// The payment of an order whose total is 0 never begins: it is stored as PENDING and shown as NOT_REQUIRED.
fn payment(payment: Payment, is_free: bool) -> pb::OrderPayment {
    let state = if is_free && payment.state == PaymentState::Pending {
        pb::PaymentState::NotRequired
    } else {
        payment_state(payment.state)
    };
    pb::OrderPayment {
        payment_id: payment.payment_id.unwrap_or_default(),
        state: state.into(),
        method_type: payment.method_type,
        redirect_url: payment.redirect_url.unwrap_or_default(),
    }
}

fn refund(refund: Refund) -> pb::OrderRefund {
    pb::OrderRefund {
        refund_id: refund.refund_id.to_string(),
        amount: Some(money(refund.amount)),
        state: refund_state(refund.state).into(),
        reason: refund.reason,
        create_time: Some(timestamp(refund.create_time)),
    }
}

fn failure(failure: Failure) -> pb::OrderFailure {
    pb::OrderFailure {
        reason: failure.reason.into(),
        message: failure.message,
    }
}

fn contact(contact: Contact) -> pb::Contact {
    pb::Contact {
        email: contact.email,
        phone: contact.phone,
    }
}

pub(super) const fn order_state(state: OrderState) -> pb::OrderState {
    match state {
        OrderState::Pending => pb::OrderState::Pending,
        OrderState::AwaitingPayment => pb::OrderState::AwaitingPayment,
        OrderState::Confirmed => pb::OrderState::Confirmed,
        OrderState::Failed => pb::OrderState::Failed,
        OrderState::Expired => pb::OrderState::Expired,
        OrderState::Cancelling => pb::OrderState::Cancelling,
        OrderState::Cancelled => pb::OrderState::Cancelled,
    }
}

pub(super) const fn ticket_state(state: TicketState) -> pb::TicketState {
    match state {
        TicketState::Held => pb::TicketState::Held,
        TicketState::Booked => pb::TicketState::Booked,
        TicketState::Cancelled => pb::TicketState::Cancelled,
    }
}

pub(super) const fn payment_state(state: PaymentState) -> pb::PaymentState {
    match state {
        PaymentState::Pending => pb::PaymentState::Pending,
        PaymentState::RequiresAction => pb::PaymentState::RequiresAction,
        PaymentState::Authorized => pb::PaymentState::Authorized,
        PaymentState::Captured => pb::PaymentState::Captured,
        PaymentState::Declined => pb::PaymentState::Declined,
        PaymentState::Voided => pb::PaymentState::Voided,
        PaymentState::PartiallyRefunded => pb::PaymentState::PartiallyRefunded,
        PaymentState::Refunded => pb::PaymentState::Refunded,
    }
}

pub(super) const fn refund_state(state: RefundState) -> pb::RefundState {
    match state {
        RefundState::Pending => pb::RefundState::Pending,
        RefundState::Succeeded => pb::RefundState::Succeeded,
        RefundState::Failed => pb::RefundState::Failed,
    }
}
