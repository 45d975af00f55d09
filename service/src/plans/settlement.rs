//! What the participants say of an order that was settled outside, held against the end that a person names.

use crate::domain::{HoldState, Money, PaymentState, PaymentView};
use crate::plans::refund;
use crate::saga::{Scene, Settlement};

/// No other saga of the order moves money meanwhile: returned money could not be attributed. Error: one does.
pub(super) fn is_alone(scene: &Scene<'_>) -> Result<(), String> {
    if refund::is_returned_by_another(scene) {
        return Err("another saga of the order is returning money still".to_owned());
    }
    Ok(())
}

/// No seat is held or booked, and what was captured was returned: answers how much that was, if anything. Error: what is left.
pub(super) fn nothing_is_left(settlement: &Settlement) -> Result<Option<Money>, String> {
    let (payment, hold) = (&settlement.payment, settlement.hold.state);
    if settlement.hold.keeps_seats() {
        return Err(format!("the seats are {} still", shown(hold)));
    }
    if payment.payment_id.is_empty() {
        return Ok(None);
    }
    let (captured, refunded) = moved(payment);
    let open = match payment.state {
        PaymentState::Pending | PaymentState::RequiresAction | PaymentState::Authorized => true,
        PaymentState::Captured
        | PaymentState::Declined
        | PaymentState::Voided
        | PaymentState::PartiallyRefunded
        | PaymentState::Refunded => captured != refunded,
    };
    if open {
        return Err(format!("the payment is {} still", described(payment)));
    }
    Ok(captured)
}

/// The seats are booked. Error: what they are.
pub(super) fn seats_are_booked(settlement: &Settlement) -> Result<(), String> {
    match settlement.hold.state {
        HoldState::Booked => Ok(()),
        other @ (HoldState::None | HoldState::Held | HoldState::Released | HoldState::Expired) => {
            Err(format!("the seats are {}, not BOOKED", shown(other)))
        }
    }
}

/// So much was captured, and so much of it returned. Error: how the payment stands.
pub(super) fn money_is(
    settlement: &Settlement,
    captured: Money,
    refunded: Money,
) -> Result<(), String> {
    let payment = &settlement.payment;
    let some = |money: Money| Some(money).filter(|money| !money.is_zero());
    if moved(payment) == (some(captured), some(refunded)) {
        return Ok(());
    }
    Err(format!(
        "the payment is {}; captured {captured} and refunded {refunded} would do",
        described(payment)
    ))
}

/// What was captured and what was refunded, where it is more than nothing.
fn moved(payment: &PaymentView) -> (Option<Money>, Option<Money>) {
    let some = |money: Option<Money>| money.filter(|money| !money.is_zero());
    (some(payment.captured), some(payment.refunded))
}

fn described(payment: &PaymentView) -> String {
    let (captured, refunded) = moved(payment);
    format!(
        "{}, captured {}, refunded {}",
        payment.state.as_str(),
        amount(captured),
        amount(refunded)
    )
}

fn amount(money: Option<Money>) -> String {
    money.map_or_else(|| "nothing".to_owned(), |money| money.to_string())
}

const fn shown(hold: HoldState) -> &'static str {
    match hold {
        HoldState::None => "not held",
        HoldState::Held => "HELD",
        HoldState::Booked => "BOOKED",
        HoldState::Released => "RELEASED",
        HoldState::Expired => "EXPIRED",
    }
}
