//! What goes back to the buyer: how much is left to return, what named seats' share is, and whom an amount is taken from.
//!
//! Knows nothing of how money is returned.

use serde::{Deserialize, Serialize};

use super::{
    Currency, Money, MoneyError, Order, RefundId, RefundState, SagaId, SeatId, Tariff, Ticket,
    TicketState, Timestamp,
};

/// Most refunds of one order that callers may request, failed ones included. Sagas that return what is left add more.
pub const REFUNDS_MAX: usize = 100;

/// One return of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its name, at the Payment service too.
    pub refund_id: RefundId,
    pub amount: Money,
    pub state: RefundState,
    /// Why, in the caller's words.
    pub reason: String,
    /// When it was begun.
    pub create_time: Timestamp,
    /// The saga that returns it.
    #[serde(default)]
    pub saga_id: Option<SagaId>,
    /// The seats that are given back for it.
    #[serde(default)]
    pub seat_ids: Vec<SeatId>,
    /// Price, fee and tax share of the seats that are given back; none for a refund of money alone, and for a refund that
    /// release 0.1.0 accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats_due: Option<Shares>,
    /// The accounts that it was taken from, once it is returned.
    #[serde(default)]
    pub shares: Option<Shares>,
    /// Whether it was taken from these accounts and posted back, because it failed after it had succeeded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_posted_back: bool,
}

/// The accounts that an amount is taken from. The shares sum to the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    /// What the organizer is owed less.
    pub payable: Money,
    /// What the platform earned less.
    pub fees: Money,
    /// What the state is owed less.
    pub tax: Money,
}

/// Why an order's money is not returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefundRefusal {
    /// The seat of this index is none of the order's.
    #[error("must be a seat of this order")]
    UnknownSeat(usize),
    /// The ticket of the seat of this index is cancelled.
    #[error("must be a seat whose ticket is not cancelled already")]
    CancelledSeat(usize),
    /// Another refund gives the seat of this index back.
    #[error("must be a seat that no other refund is giving back")]
    LeavingSeat(usize),
    /// The amount is in another currency than the order.
    #[error("must be in the order's currency, {}", .0.code())]
    Currency(Currency),
    /// Less than all that is left, with the last ticket: a cancelled order keeps no money.
    #[error("must be all that is left, {0}, or absent, where no ticket remains")]
    LastTicket(Money),
    /// The order has [`REFUNDS_MAX`] refunds, failed ones included.
    #[error("an order has at most {} refunds, failed ones included", REFUNDS_MAX)]
    TooMany,
    /// More than is left, or nothing is.
    #[error("at most {0} is left to be refunded")]
    TooLarge(Money),
    /// The order's prices do not add up: a fault of ours.
    #[error("the order's prices do not add up")]
    Unpriced(#[source] MoneyError),
}

impl Shares {
    /// The sum of the shares. Error: it overflows.
    pub fn sum(self) -> Result<Money, MoneyError> {
        self.payable.plus(self.fees)?.plus(self.tax)
    }

    fn of(currency: Currency, [payable, fees, tax]: [i64; 3]) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            payable: money(payable),
            fees: money(fees),
            tax: money(tax),
        }
    }

    const fn minor(self) -> [i64; 3] {
        [self.payable.minor, self.fees.minor, self.tax.minor]
    }
}

/// A refund that an order admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judged {
    /// The amount to return.
    pub amount: Money,
    /// Whether the refund gives the last ticket back.
    pub takes_last: bool,
    /// Price, fee and tax share of the named seats; none where no seats are named.
    pub seats_due: Option<Shares>,
}

impl Refund {
    /// Whether its amount is spoken for: returned, or on its way.
    pub fn counts(&self) -> bool {
        match self.state {
            RefundState::Pending | RefundState::Succeeded => true,
            RefundState::Failed => false,
        }
    }
}

impl Order {
    /// What was captured and is neither returned nor on its way back; none before the seats are priced.
    pub fn refundable(&self) -> Option<Money> {
        let captured = self.captured?;
        let spoken_for = self.refunds.iter().filter(|refund| refund.counts());
        let minor: i64 = spoken_for.map(|refund| refund.amount.minor).sum();
        Some(Money::new(captured.minor - minor, captured.currency))
    }

    /// Whether a refund shows that the order was sold: its money is returned from payable, fees and tax, and not from
    /// `suspense`.
    pub fn has_refund_of_sale(&self) -> bool {
        let mut refunds = self.refunds.iter();
        refunds.any(|refund| refund.shares.is_some() || refund.is_posted_back)
    }

    /// What is back with the buyer; none before the seats are priced.
    pub fn returned(&self) -> Option<Money> {
        let captured = self.captured?;
        let back = self.refunds.iter();
        let back = back.filter(|refund| refund.state == RefundState::Succeeded);
        let minor = back.map(|refund| refund.amount.minor).sum();
        Some(Money::new(minor, captured.currency))
    }

    /// The tickets that are booked and that no refund is about to cancel.
    pub fn live_tickets(&self) -> impl Iterator<Item = &Ticket> {
        let leaving = |seat: &SeatId| {
            let mut pending = self.refunds.iter();
            pending.any(|refund| {
                refund.state == RefundState::Pending && refund.seat_ids.contains(seat)
            })
        };
        self.tickets
            .iter()
            .filter(move |ticket| ticket.state == TicketState::Booked && !leaving(&ticket.seat_id))
    }

    /// The refund of this amount, or of these seats, if the order admits it.
    pub fn judge_refund(
        &self,
        amount: Option<Money>,
        seat_ids: &[SeatId],
        tariff: Tariff,
    ) -> Result<Judged, RefundRefusal> {
        if self.refunds.len() >= REFUNDS_MAX {
            return Err(RefundRefusal::TooMany);
        }
        for (index, seat_id) in seat_ids.iter().enumerate() {
            self.judge_seat(index, seat_id)?;
        }
        let malformed = RefundRefusal::Unpriced(MoneyError::Malformed);
        let left = self.refundable().ok_or(malformed)?;
        let takes_last = !seat_ids.is_empty() && self.live_tickets().count() == seat_ids.len();
        let seats_due = match seat_ids {
            [] => None,
            seat_ids => Some(self.due_for(seat_ids, tariff)),
        };
        let seats_due = seats_due.transpose().map_err(RefundRefusal::Unpriced)?;
        let judged = |amount| Judged {
            amount,
            takes_last,
            seats_due,
        };
        if let Some(amount) = amount {
            if amount.currency != left.currency {
                return Err(RefundRefusal::Currency(left.currency));
            }
            if amount.minor > left.minor {
                return Err(RefundRefusal::TooLarge(left));
            }
            if takes_last && amount != left {
                return Err(RefundRefusal::LastTicket(left));
            }
            return Ok(judged(amount));
        }
        match seats_due {
            None if left.minor <= 0 => Err(RefundRefusal::TooLarge(left)),
            Some(due) if !takes_last => {
                let due = due.sum().map_err(RefundRefusal::Unpriced)?;
                let minor = due.minor.min(left.minor);
                Ok(judged(Money::new(minor, left.currency)))
            }
            None | Some(_) => Ok(judged(left)),
        }
    }

    fn judge_seat(&self, index: usize, seat_id: &SeatId) -> Result<(), RefundRefusal> {
        let mut tickets = self.tickets.iter();
        let Some(ticket) = tickets.find(|ticket| ticket.seat_id == *seat_id) else {
            return Err(RefundRefusal::UnknownSeat(index));
        };
        match ticket.state {
            TicketState::Cancelled => Err(RefundRefusal::CancelledSeat(index)),
            TicketState::Held | TicketState::Booked => {
                let mut live = self.live_tickets();
                let is_live = live.any(|live| live.seat_id == *seat_id);
                is_live
                    .then_some(())
                    .ok_or(RefundRefusal::LeavingSeat(index))
            }
        }
    }

    /// Price, fee and tax share of these live seats; their tax share is what the live tickets' tax is reduced by (rule 20).
    pub fn due_for(&self, seat_ids: &[SeatId], tariff: Tariff) -> Result<Shares, MoneyError> {
        let currency = self.captured.ok_or(MoneyError::Malformed)?.currency;
        let mut before = Money::zero(currency);
        let mut after = before;
        let mut leaving: i64 = 0;
        for ticket in self.live_tickets() {
            let price = ticket.price.ok_or(MoneyError::Malformed)?;
            before = before.plus(price)?;
            if seat_ids.contains(&ticket.seat_id) {
                leaving += 1;
            } else {
                after = after.plus(price)?;
            }
        }
        let fee = tariff.booking_fee_minor.checked_mul(leaving);
        Ok(Shares {
            payable: before.minus(after)?,
            fees: Money::new(fee.ok_or(MoneyError::Overflow)?, currency),
            tax: tariff.tax(before)?.minus(tariff.tax(after)?)?,
        })
    }

    /// The accounts that this refund is taken from (rule 20): for seats by their own price, fee and tax share, for money
    /// alone in proportion to the balance of each account. None where more is taken than is left, or nothing was sold.
    pub fn shares_of(&self, refund: &Refund) -> Option<Shares> {
        let left = self.unreturned()?;
        let amount = refund.amount;
        let shares = match refund.seats_due {
            Some(due) => by_seats(amount.minor, due.minor(), left)?,
            None => split(amount.minor, left)?,
        };
        Some(Shares::of(amount.currency, shares))
    }

    /// Minor units of payable, fees and tax that no refund has returned; none where nothing was sold, or more was returned.
    fn unreturned(&self) -> Option<[i64; 3]> {
        let charges = self.charges?;
        let mut left = [charges.subtotal, charges.booking_fee, charges.tax];
        for taken in self.refunds.iter().filter_map(|refund| refund.shares) {
            let taken = [taken.payable, taken.fees, taken.tax];
            for (left, taken) in left.iter_mut().zip(taken) {
                *left = left.minus(taken).ok()?;
            }
        }
        Some(left.map(|left| left.minor))
    }
}

/// Takes an amount from balances by the seats' own parts, none above its balance. The difference between the amount and
/// the parts goes to the balances in their order; none where the amount exceeds their sum.
fn by_seats(amount: i64, due: [i64; 3], balances: [i64; 3]) -> Option<[i64; 3]> {
    if amount < 0 || balances.iter().any(|balance| *balance < 0) {
        return None;
    }
    let mut shares = [0; 3];
    for ((share, due), balance) in shares.iter_mut().zip(due).zip(balances) {
        *share = due.min(balance);
    }
    let mut rest = i128::from(amount) - shares.iter().copied().map(i128::from).sum::<i128>();
    for (share, balance) in shares.iter_mut().zip(balances) {
        let room = i128::from(balance - *share);
        let moved = i64::try_from(rest.clamp(-i128::from(*share), room)).ok()?;
        *share += moved;
        rest -= i128::from(moved);
    }
    (rest == 0).then_some(shares)
}

/// Splits an amount in proportion to balances, the largest remainders first; none where it exceeds their sum.
fn split(amount: i64, balances: [i64; 3]) -> Option<[i64; 3]> {
    let sum: i128 = balances.iter().map(|balance| i128::from(*balance)).sum();
    let amount = i128::from(amount);
    if amount < 0 || amount > sum || balances.iter().any(|balance| *balance < 0) {
        return None;
    }
    if sum == 0 {
        return Some([0; 3]);
    }
    let exact = balances.map(|balance| amount * i128::from(balance));
    let mut shares = exact.map(|product| product / sum);
    let short = amount - shares.iter().sum::<i128>();
    let mut by_remainder = [0, 1, 2];
    by_remainder.sort_by_key(|index| std::cmp::Reverse(exact[*index] % sum));
    for index in by_remainder.into_iter().take(usize::try_from(short).ok()?) {
        shares[index] += 1;
    }
    let mut whole = [0; 3];
    for (whole, share) in whole.iter_mut().zip(shares) {
        *whole = i64::try_from(share).ok()?;
    }
    Some(whole)
}

#[cfg(test)]
mod tests;
