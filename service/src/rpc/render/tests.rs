//! What is shown of an order and of a saga.

use super::order::{order as order_of, order_state, payment_state, refund_state, ticket_state};
use super::saga::{saga_state, step_state};
use super::*;
use crate::domain::{
    Money, Order, OrderState, PaymentState, RefundState, ReplicaId, SagaState, StepState,
    TicketState,
};
use crate::rpc::tests::samples;
use order_proto::order::v1 as pb;

#[test]
fn every_state_is_shown_by_its_own_name() {
    for state in OrderState::ALL {
        let shown = order_state(*state).as_str_name();
        assert_eq!(shown, format!("ORDER_STATE_{}", state.as_str()));
    }
    for state in TicketState::ALL {
        let shown = ticket_state(*state).as_str_name();
        assert_eq!(shown, format!("TICKET_STATE_{}", state.as_str()));
    }
    for state in PaymentState::ALL {
        let shown = payment_state(*state).as_str_name();
        assert_eq!(shown, format!("PAYMENT_STATE_{}", state.as_str()));
    }
    for state in RefundState::ALL {
        let shown = refund_state(*state).as_str_name();
        assert_eq!(shown, format!("REFUND_STATE_{}", state.as_str()));
    }
    for state in SagaState::ALL {
        let shown = saga_state(*state).as_str_name();
        assert_eq!(shown, format!("SAGA_STATE_{}", state.as_str()));
    }
    for state in StepState::ALL {
        let shown = step_state(*state).as_str_name();
        assert_eq!(shown, format!("STEP_STATE_{}", state.as_str()));
    }
}

#[test]
fn an_order_is_shown_with_its_money_times_and_etag() {
    let shown = order(samples::order());
    assert_eq!(shown.etag, "v3");
    assert_eq!(shown.order_id, samples::order().order_id.to_string());
    let total = shown.total.expect("it is priced");
    assert_eq!(
        (total.units, total.nanos, total.currency_code.as_str()),
        (50, 0, "USD")
    );
    let made = shown.create_time.expect("it was made");
    assert_eq!((made.seconds, made.nanos), (1_700_000_000, 1_000));
    assert_eq!(shown.expire_time, None);
    assert_eq!(shown.tickets[0].seat_id, "A1");
}

#[test]
fn a_time_before_1970_is_shown_with_nanos_of_one_sign() {
    let shown = timestamp(Timestamp::from_micros(-1));
    assert_eq!((shown.seconds, shown.nanos), (-1, 999_999_000));
}

#[test]
fn an_attempt_that_is_due_at_once_is_not_shown_as_a_wait() {
    let mut waiting = samples::saga();
    waiting.due_time = Some(waiting.update_time);
    waiting.owner = Some("replica-1".parse::<ReplicaId>().expect("an id"));
    let shown = saga(waiting.clone(), Vec::new());
    assert_eq!(shown.next_attempt_time, None);
    assert_eq!(shown.owner, "replica-1");
    assert_eq!(shown.current_step, "hold_seats");
    let later = waiting.update_time.plus(std::time::Duration::from_secs(2));
    waiting.due_time = Some(later);
    let shown = saga(waiting, Vec::new());
    assert_eq!(shown.next_attempt_time, Some(timestamp(later)));
}

#[test]
fn the_payment_of_a_free_order_is_not_required() {
    let mut free = samples::order();
    free.payment.state = PaymentState::Pending;
    let shown = |order: &Order| {
        order_of(order.clone())
            .payment
            .map(|payment| payment.state())
    };
    assert_eq!(shown(&free), Some(pb::PaymentState::Pending));
    let zero = Money::zero("USD".parse().expect("a known code"));
    let charges = free.charges.as_mut().expect("it is priced");
    (charges.subtotal, charges.booking_fee, charges.tax) = (zero, zero, zero);
    charges.total = zero;
    assert_eq!(shown(&free), Some(pb::PaymentState::NotRequired));
}

#[test]
fn a_saga_that_has_ended_has_no_current_step() {
    let mut ended = samples::saga();
    ended.state = SagaState::Completed;
    assert_eq!(saga(ended, Vec::new()).current_step, "");
}
