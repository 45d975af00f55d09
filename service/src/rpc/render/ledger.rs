//! Renders ledger entries and balances.

use order_proto::order::v1 as pb;

use super::{money, timestamp};
use crate::domain::{Balance, Direction, LedgerEntry};

pub(in crate::rpc) fn ledger_entry(entry: LedgerEntry) -> pb::LedgerEntry {
    pb::LedgerEntry {
        entry_id: entry.entry_id.to_string(),
        transaction_id: entry.transaction_id.to_string(),
        organization_id: entry.organization_id.to_string(),
        order_id: entry.order_id.to_string(),
        account: entry.account.as_str().to_owned(),
        direction: direction(entry.direction).into(),
        amount: Some(money(entry.amount)),
        kind: entry.kind,
        create_time: Some(timestamp(entry.create_time)),
    }
}

pub(in crate::rpc) fn balance(balance: Balance) -> pb::AccountBalance {
    pb::AccountBalance {
        account: balance.account.as_str().to_owned(),
        balance: Some(money(balance.amount)),
    }
}

const fn direction(direction: Direction) -> pb::EntryDirection {
    match direction {
        Direction::Debit => pb::EntryDirection::Debit,
        Direction::Credit => pb::EntryDirection::Credit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Account, Money};

    fn shown(minor: i64, code: &str) -> (i64, i32, String) {
        let amount = Money::new(minor, code.parse().expect("a known code"));
        let balance = balance(Balance {
            account: Account::OrganizerPayable,
            amount,
        });
        assert_eq!(balance.account, "organizer_payable");
        let money = balance.balance.expect("there is one");
        (money.units, money.nanos, money.currency_code)
    }

    #[test]
    fn a_negative_balance_has_units_and_nanos_of_one_sign() {
        assert_eq!(shown(-5_025, "USD"), (-50, -250_000_000, "USD".into()));
        assert_eq!(shown(-25, "USD"), (0, -250_000_000, "USD".into()));
        assert_eq!(shown(-5_000, "JPY"), (-5_000, 0, "JPY".into()));
        assert_eq!(shown(-1_001, "KWD"), (-1, -1_000_000, "KWD".into()));
        let (units, nanos, _) = shown(i64::MIN, "USD");
        assert_eq!((units, nanos), (-92_233_720_368_547_758, -80_000_000));
    }

    #[test]
    fn every_side_is_shown_by_its_own_name() {
        for side in Direction::ALL {
            let shown = direction(*side).as_str_name();
            assert_eq!(shown, format!("ENTRY_DIRECTION_{}", side.as_str()));
        }
    }
}
