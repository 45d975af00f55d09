//! Tables and properties of what goes back, and whom it is taken from.

use super::*;
use crate::domain::Charges;
use crate::rpc::tests::samples;
use proptest::prelude::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().expect("a known code"))
}

/// So many seats `A1`, `A2`, … at these prices.
fn order(tariff: Tariff, prices: &[i64]) -> Order {
    let mut order = samples::order();
    let ticket = order.tickets[0].clone();
    let tickets = prices.iter().enumerate().map(|(index, price)| Ticket {
        seat_id: format!("A{}", index + 1).parse().expect("an id"),
        price: Some(usd(*price)),
        ..ticket.clone()
    });
    order.tickets = tickets.collect();
    let prices: Vec<Money> = prices.iter().copied().map(usd).collect();
    let charges: Charges = tariff.charge(&prices).expect("it fits");
    order.charges = Some(charges);
    order.captured = Some(charges.total);
    order
}

fn refund(amount: Money, state: RefundState) -> Refund {
    Refund {
        refund_id: RefundId::generate(),
        amount,
        state,
        reason: String::new(),
        create_time: Timestamp::from_micros(0),
        saga_id: None,
        seat_ids: Vec::new(),
        seats_due: None,
        shares: None,
        is_posted_back: false,
    }
}

#[test]
fn what_is_returned_or_on_its_way_cannot_be_returned_again() {
    let mut order = order(Tariff::default(), &[5_000, 5_000]);
    order.refunds = vec![
        refund(usd(1_000), RefundState::Succeeded),
        refund(usd(2_000), RefundState::Pending),
        refund(usd(4_000), RefundState::Failed),
    ];
    assert_eq!(order.refundable(), Some(usd(7_000)));
    assert_eq!(order.returned(), Some(usd(1_000)));
}

#[test]
fn a_seat_that_is_about_to_leave_is_not_live() {
    let mut order = order(Tariff::default(), &[5_000, 5_000]);
    let seat = order.tickets[0].seat_id.clone();
    for (state, live) in [(RefundState::Pending, 1), (RefundState::Failed, 2)] {
        order.refunds = vec![Refund {
            seat_ids: vec![seat.clone()],
            ..refund(usd(5_000), state)
        }];
        assert_eq!(order.live_tickets().count(), live, "{state:?}");
    }
    order.tickets[0].state = TicketState::Cancelled;
    assert_eq!(order.live_tickets().count(), 1);
}

#[test]
fn a_refund_takes_what_it_asks_for_or_is_refused_by_field() {
    let tariff = Tariff {
        booking_fee_minor: 150,
        tax_bps: 825,
    };
    let mut order = order(tariff, &[5_000, 5_000, 5_000]);
    let total = order.captured.expect("it is captured");
    let seats: Vec<SeatId> = order.tickets.iter().map(|t| t.seat_id.clone()).collect();
    let yen = Money::new(1, "JPY".parse().expect("a known code"));
    let judge = |order: &Order, amount, seats: &[SeatId]| {
        let judged = order.judge_refund(amount, seats, tariff)?;
        Ok((judged.amount, judged.takes_last))
    };
    assert_eq!(judge(&order, None, &[]), Ok((total, false)));
    assert_eq!(judge(&order, Some(usd(7)), &[]), Ok((usd(7), false)));
    assert_eq!(
        judge(&order, Some(usd(7)), &seats[..1]),
        Ok((usd(7), false))
    );
    // 1237.5 of tax on three seats, 825 on two: half up.
    assert_eq!(judge(&order, None, &seats[..1]), Ok((usd(5_563), false)));
    assert_eq!(judge(&order, None, &seats), Ok((total, true)));
    assert_eq!(judge(&order, Some(total), &seats), Ok((total, true)));
    assert_eq!(
        judge(&order, Some(usd(7)), &seats),
        Err(RefundRefusal::LastTicket(total))
    );
    assert_eq!(
        judge(&order, Some(yen), &[]),
        Err(RefundRefusal::Currency(total.currency))
    );
    assert_eq!(
        judge(&order, Some(usd(total.minor + 1)), &[]),
        Err(RefundRefusal::TooLarge(total))
    );
    let stranger = "B1".parse().expect("an id");
    assert_eq!(
        judge(&order, None, &[seats[0].clone(), stranger]),
        Err(RefundRefusal::UnknownSeat(1))
    );
    order.tickets[0].state = TicketState::Cancelled;
    order.refunds = vec![Refund {
        seat_ids: vec![seats[1].clone()],
        ..refund(usd(total.minor - 10), RefundState::Pending)
    }];
    assert_eq!(
        judge(&order, None, &seats[..1]),
        Err(RefundRefusal::CancelledSeat(0))
    );
    assert_eq!(
        judge(&order, None, &seats[1..2]),
        Err(RefundRefusal::LeavingSeat(0))
    );
    assert_eq!(judge(&order, None, &seats[2..]), Ok((usd(10), true)));
    order.refunds.push(refund(usd(10), RefundState::Succeeded));
    assert_eq!(
        judge(&order, None, &[]),
        Err(RefundRefusal::TooLarge(usd(0)))
    );
}

#[test]
fn an_order_has_a_limited_number_of_refunds_failed_ones_included() {
    let mut order = order(Tariff::default(), &[5_000]);
    let failed = || refund(usd(1), RefundState::Failed);
    order.refunds = (1..REFUNDS_MAX).map(|_| failed()).collect();
    let judged = order.judge_refund(Some(usd(1)), &[], Tariff::default());
    judged.expect("one more is possible");
    order.refunds.push(failed());
    let judged = order.judge_refund(Some(usd(1)), &[], Tariff::default());
    assert_eq!(judged, Err(RefundRefusal::TooMany));
}

#[test]
fn an_amount_is_taken_from_everyone_in_proportion() {
    assert_eq!(split(10, [100, 0, 100]), Some([5, 0, 5]));
    assert_eq!(split(11_125, [10_000, 300, 825]), Some([10_000, 300, 825]));
    assert_eq!(split(1, [1, 1, 1]), Some([1, 0, 0]));
    assert_eq!(split(4, [1, 1, 1]), None);
    assert_eq!(split(0, [0, 0, 0]), Some([0, 0, 0]));
}

/// Two seats of 10.00 and 90.00 with a fee of 5.00 each and 20 % of tax.
fn two_seats() -> (Order, Tariff) {
    let tariff = Tariff {
        booking_fee_minor: 500,
        tax_bps: 2_000,
    };
    (order(tariff, &[1_000, 9_000]), tariff)
}

fn by_seat(order: &Order, tariff: Tariff, amount: Option<i64>) -> Refund {
    let seat = order.tickets[0].seat_id.clone();
    let judged = order.judge_refund(amount.map(usd), &[seat], tariff);
    let judged = judged.expect("it is admitted");
    Refund {
        seats_due: judged.seats_due,
        ..refund(judged.amount, RefundState::Succeeded)
    }
}

#[test]
fn a_refund_of_a_seat_is_taken_from_its_own_price_fee_and_tax() {
    let (mut order, tariff) = two_seats();
    let refund = by_seat(&order, tariff, None);
    assert_eq!(refund.amount, usd(1_700));
    let shares = order.shares_of(&refund).expect("it is left");
    assert_eq!(shares.minor(), [1_000, 500, 200]);
    order.refunds.push(Refund {
        shares: Some(shares),
        ..refund
    });
    assert_eq!(order.unreturned(), Some([9_000, 500, 1_800]));
}

#[test]
fn a_refund_of_a_seat_after_one_of_money_is_capped_by_what_each_account_has_left() {
    let (mut order, tariff) = two_seats();
    let all_but = |left: [i64; 3]| {
        let taken = [10_000 - left[0], 1_000 - left[1], 2_000 - left[2]];
        let shares = Shares::of(usd(0).currency, taken);
        let amount = shares.sum().expect("it fits");
        Refund {
            shares: Some(shares),
            ..refund(amount, RefundState::Succeeded)
        }
    };
    for (left, shares) in [
        ([9_000, 400, 1_800], [1_100, 400, 200]),
        ([700, 900, 1_800], [700, 800, 200]),
        ([100, 200, 1_800], [100, 200, 1_400]),
    ] {
        order.refunds = vec![all_but(left)];
        let refund = by_seat(&order, tariff, None);
        let found = order.shares_of(&refund).map(Shares::minor);
        assert_eq!(found, Some(shares), "of {left:?}");
    }
}

#[test]
fn the_difference_to_the_seats_own_share_is_taken_from_the_organizer_first() {
    let (order, tariff) = two_seats();
    for (amount, shares) in [
        (1_700, [1_000, 500, 200]),
        (1_200, [500, 500, 200]),
        (600, [0, 400, 200]),
        (5_000, [4_300, 500, 200]),
        (12_500, [10_000, 1_000, 1_500]),
    ] {
        let refund = by_seat(&order, tariff, Some(amount));
        let found = order.shares_of(&refund).map(Shares::minor);
        assert_eq!(found, Some(shares), "of {amount}");
    }
}

proptest! {
    #[test]
    fn seats_are_returned_from_what_each_account_has_left(
        due in prop::array::uniform3(0_i64..1_000_000_000),
        balances in prop::array::uniform3(0_i64..1_000_000_000),
        of_million in 0_i64..=1_000_000,
    ) {
        let sum: i64 = balances.iter().sum();
        let amount = i64::try_from(i128::from(sum) * i128::from(of_million) / 1_000_000).expect("it is less");
        let shares = by_seats(amount, due, balances).expect("it is left");
        prop_assert_eq!(shares.iter().sum::<i64>(), amount);
        for (share, balance) in shares.iter().zip(balances) {
            prop_assert!((0..=balance).contains(share));
        }
        prop_assert_eq!(by_seats(sum, due, balances), Some(balances));
        prop_assert_eq!(by_seats(sum + 1, due, balances), None);
    }

    #[test]
    fn shares_sum_to_their_amount_and_exceed_no_balance(
        balances in prop::array::uniform3(0_i64..1_000_000_000),
        of_million in 0_i64..=1_000_000,
    ) {
        let sum: i64 = balances.iter().sum();
        let amount = i64::try_from(i128::from(sum) * i128::from(of_million) / 1_000_000).expect("it is less");
        let shares = split(amount, balances).expect("it is left");
        prop_assert_eq!(shares.iter().sum::<i64>(), amount);
        for (share, balance) in shares.iter().zip(balances) {
            prop_assert!((0..=balance).contains(share));
        }
    }

    #[test]
    fn the_shares_of_all_seats_sum_to_the_total(
        prices in prop::collection::vec(0_i64..1_000_000_000, 1..20),
        booking_fee_minor in 0_i64..10_000,
        tax_bps in 0_u32..10_000,
    ) {
        let tariff = Tariff { booking_fee_minor, tax_bps };
        let mut order = order(tariff, &prices);
        let total = order.captured.expect("it is captured");
        let mut returned = usd(0);
        for index in 0..order.tickets.len() {
            let seat = [order.tickets[index].seat_id.clone()];
            let due = order.due_for(&seat, tariff).expect("it fits");
            let share = due.sum().expect("it fits");
            let taken = refund(share, RefundState::Succeeded);
            let taken = Refund { seats_due: Some(due), ..taken };
            let shares = order.shares_of(&taken);
            prop_assert_eq!(shares, Some(due), "nothing else was taken");
            order.refunds.push(Refund { shares, ..taken });
            prop_assert!(share.minor >= 0);
            returned = returned.plus(share).expect("it fits");
            order.tickets[index].state = TicketState::Cancelled;
        }
        prop_assert_eq!(returned, total);
    }
}
