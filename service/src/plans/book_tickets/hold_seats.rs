//! Step `hold_seats`: keeps the seats and prices the order. Undone by ReleaseHold, which leaves an adopted hold to its buyer.

use crate::domain::{Answer, Call, Failure, HeldSeat, HoldState, Money, Order, Reason};
use crate::plans::book_tickets::payload::Payload;
use crate::saga::{
    Act, Change, Compensable, Held, Placed, Scene, Step, Undo, Undone, Unreadable, Verdict,
};

/// Keeps the seats, all or none.
#[derive(Debug, Clone, Copy)]
pub struct HoldSeats;

impl Step for HoldSeats {
    type From = Placed;
    type To = Held;
}

impl Compensable for HoldSeats {}

impl Act for HoldSeats {
    fn name(&self) -> &'static str {
        "hold_seats"
    }

    fn act(&self, scene: &Scene<'_>) -> Result<Call, Unreadable> {
        let payload: &Payload = scene.payload()?;
        let order = scene.order;
        Ok(Call::HoldSeats {
            organization_id: order.organization_id.clone(),
            event_id: order.event_id.clone(),
            user_id: order.user_id.clone(),
            order_id: order.order_id,
            seat_ids: order
                .tickets
                .iter()
                .map(|ticket| ticket.seat_id.clone())
                .collect(),
            hold_duration: payload.hold_duration(),
            hold_id: payload.adopted_hold_id.clone(),
        })
    }

    fn query(&self, scene: &Scene<'_>) -> Option<Call> {
        Some(Call::get_hold(scene.order))
    }

    fn judge(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        change: &mut Change,
    ) -> Result<Verdict, Unreadable> {
        if answer.is_absent() {
            return Ok(Verdict::Absent);
        }
        if let Some(hold) = answer.hold() {
            return Ok(looked_at(hold.state));
        }
        let payload: &Payload = scene.payload()?;
        let Answer::Held {
            hold_id,
            expire_time,
            seats,
        } = answer
        else {
            return Ok(Verdict::No(Failure::new(
                Reason::InventoryRejected,
                "the hold was answered with something else",
            )));
        };
        change.order.hold_id = Some(hold_id.clone()).filter(|id| !id.is_empty());
        change.order.expire_time = *expire_time;
        if change.order.hold_id.is_none() || expire_time.is_none() {
            return Ok(Verdict::No(Failure::new(
                Reason::InventoryRejected,
                "the hold has no id or no end",
            )));
        }
        let Some(prices) = seat_by_seat(&mut change.order, seats) else {
            return Ok(Verdict::No(Failure::new(
                Reason::InventoryRejected,
                "the hold has other seats than asked for",
            )));
        };
        let currency = prices.first().map(|price| price.currency);
        let tariff = currency.map_or(payload.tariff, |currency| payload.tariff_in(currency));
        let charges = match tariff.charge(&prices) {
            Ok(charges) => charges,
            Err(error) => {
                let message = format!("the seats' prices cannot be added up: each {error}");
                return Ok(Verdict::No(Failure::new(
                    Reason::InventoryRejected,
                    message,
                )));
            }
        };
        change.order.captured = Some(Money::zero(charges.total.currency));
        change.order.refunded = Some(Money::zero(charges.total.currency));
        change.order.charges = Some(charges);
        match payload.expected_total {
            Some(expected) if expected != charges.total => {
                let message = format!("the total is {}, not {expected}", charges.total);
                Ok(Verdict::No(Failure::new(Reason::PriceChanged, message)))
            }
            Some(_) | None => Ok(Verdict::Done),
        }
    }

    fn refusal(&self, reason: &Reason, _message: &str) -> Failure {
        refused_seats(reason)
    }
}

/// The failure of an order whose seats Inventory refused for this reason.
pub(super) fn refused_seats(reason: &Reason) -> Failure {
    let reason = reason.of_refused_seats();
    let message = if reason == Reason::SeatsUnavailable {
        "a seat is no longer available"
    } else if reason == Reason::HoldInvalid {
        "the hold cannot be used for this order"
    } else {
        "the seats were refused"
    };
    Failure::new(reason, message)
}

/// An existing hold is requested again: only HoldSeats returns prices.
fn looked_at(state: HoldState) -> Verdict {
    match state {
        HoldState::None | HoldState::Held => Verdict::Absent,
        HoldState::Released | HoldState::Expired => Verdict::No(Failure::new(
            Reason::HoldExpired,
            "the hold on the seats ran out",
        )),
        HoldState::Booked => Verdict::No(Failure::new(
            Reason::HoldInvalid,
            "the seats are booked, though nobody asked for it",
        )),
    }
}

/// Labels and prices every ticket; none where the hold's seats are not exactly the order's, each with a price.
fn seat_by_seat(order: &mut Order, seats: &[HeldSeat]) -> Option<Vec<Money>> {
    if seats.len() != order.tickets.len() {
        return None;
    }
    order
        .tickets
        .iter_mut()
        .map(|ticket| {
            let seat = seats
                .iter()
                .find(|seat| seat.seat_id == ticket.seat_id.as_str())?;
            ticket.seat_label.clone_from(&seat.seat_label);
            ticket.price = seat.price;
            seat.price
        })
        .collect()
}

/// Whether the buyer brought the hold: its undo unbinds it and leaves it to the buyer (rule 8).
fn is_adopted(scene: &Scene<'_>) -> Result<bool, Unreadable> {
    let payload: &Payload = scene.payload()?;
    Ok(payload.adopted_hold_id.is_some())
}

impl Undo for HoldSeats {
    fn undo(&self, scene: &Scene<'_>) -> Result<(Call, &'static str), Unreadable> {
        let call = Call::ReleaseHold {
            hold_id: scene.order.hold_id.clone(),
            order_id: scene.order.order_id,
            keep_hold: is_adopted(scene)?,
        };
        Ok((call, "undo"))
    }

    fn judge_undo(
        &self,
        scene: &Scene<'_>,
        answer: &Answer,
        _change: &mut Change,
    ) -> Result<Undone, Unreadable> {
        let is_adopted = is_adopted(scene)?;
        let is_released = answer.hold().is_some_and(|hold| match hold.state {
            HoldState::Released | HoldState::Expired | HoldState::None => true,
            HoldState::Held => is_adopted && !hold.is_bound,
            HoldState::Booked => false,
        });
        Ok(if is_released {
            Undone::Yes
        } else {
            Undone::Again("the hold is not released yet".into())
        })
    }
}
