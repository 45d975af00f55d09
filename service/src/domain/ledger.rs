//! Double-entry ledger: a transaction whose debits and credits differ cannot be constructed.

use std::collections::BTreeMap;

use super::state::named_states;
use super::{EntryId, Money, OrderId, OrganizationId, Timestamp, TransactionId};

named_states!(
    /// An account of the ledger.
    Account {
        /// What the buyer owes.
        Buyer = "buyer",
        /// What the payment provider has taken and not passed on.
        ProviderClearing = "provider_clearing",
        /// What the organizer is owed.
        OrganizerPayable = "organizer_payable",
        /// What the platform earned.
        PlatformFees = "platform_fees",
        /// What the state is owed.
        Tax = "tax",
        /// What is returned to buyers.
        Refunds = "refunds",
        /// Money captured unasked, until it is returned.
        Suspense = "suspense",
    }
);

named_states!(
    /// The side of an entry.
    Direction {
        Debit = "DEBIT",
        Credit = "CREDIT",
    }
);

/// Debits and credits that differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("debits and credits of a transaction differ by {0}")]
pub struct Unbalanced(pub Money);

/// One side of one transaction, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEntry {
    pub entry_id: EntryId,
    /// The transaction that it is part of.
    pub transaction_id: TransactionId,
    /// The tenant that the entry belongs to.
    pub organization_id: OrganizationId,
    /// The order that moved the money.
    pub order_id: OrderId,
    pub account: Account,
    pub direction: Direction,
    /// How much: more than nothing.
    pub amount: Money,
    /// What happened, such as `capture`.
    pub kind: String,
    pub create_time: Timestamp,
}

/// What one account comes to in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    pub account: Account,
    /// Debits less credits: negative when the credits are more.
    pub amount: Money,
}

/// Postings of one event that balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    kind: &'static str,
    postings: Vec<(Account, Direction, Money)>,
}

impl Transaction {
    /// Kind of a transaction that moves money captured unasked out of `suspense`, because it is part of a sale now. The
    /// sale debits `provider_clearing` for the same money.
    pub const KEPT_CAPTURE: &'static str = "unasked_capture_kept";

    /// Kind of a transaction that takes back a refund, because it failed after it had succeeded. It debits
    /// `provider_clearing` for money that the refund had credited.
    pub const BOUNCED_REFUND: &'static str = "refund_bounced";

    /// Takes postings whose debits equal their credits in every currency. Postings of nothing are left out.
    pub fn new(
        kind: &'static str,
        postings: &[(Account, Direction, Money)],
    ) -> Result<Self, Unbalanced> {
        let mut sums = BTreeMap::new();
        for (_, direction, amount) in postings {
            let sum: &mut i128 = sums.entry(amount.currency).or_default();
            match direction {
                Direction::Debit => *sum += i128::from(amount.minor),
                Direction::Credit => *sum -= i128::from(amount.minor),
            }
        }
        if let Some((currency, sum)) = sums.into_iter().find(|(_, sum)| *sum != 0) {
            let minor = i64::try_from(sum).unwrap_or(if sum > 0 { i64::MAX } else { i64::MIN });
            return Err(Unbalanced(Money::new(minor, currency)));
        }
        let postings = postings
            .iter()
            .filter(|(_, _, amount)| !amount.is_zero())
            .copied();
        Ok(Self {
            kind,
            postings: postings.collect(),
        })
    }

    /// The rows to store, each with a new id.
    pub fn entries(
        &self,
        transaction_id: TransactionId,
        entry_id: &mut dyn FnMut() -> EntryId,
        organization_id: &OrganizationId,
        order_id: OrderId,
        create_time: Timestamp,
    ) -> Vec<LedgerEntry> {
        self.postings
            .iter()
            .map(|(account, direction, amount)| LedgerEntry {
                entry_id: entry_id(),
                transaction_id,
                organization_id: organization_id.clone(),
                order_id,
                account: *account,
                direction: *direction,
                amount: *amount,
                kind: self.kind.to_owned(),
                create_time,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(minor: i64) -> Money {
        Money::new(minor, "USD".parse().expect("a known code"))
    }

    #[test]
    fn a_transaction_that_does_not_balance_cannot_be_made() {
        let postings = [
            (Account::Buyer, Direction::Debit, usd(100)),
            (Account::OrganizerPayable, Direction::Credit, usd(99)),
        ];
        assert_eq!(Transaction::new("sale", &postings), Err(Unbalanced(usd(1))));
    }

    #[test]
    fn it_must_balance_in_every_currency() {
        let yen = Money::new(100, "JPY".parse().expect("a known code"));
        let postings = [
            (Account::Buyer, Direction::Debit, usd(100)),
            (Account::OrganizerPayable, Direction::Credit, yen),
        ];
        assert!(Transaction::new("sale", &postings).is_err());
    }

    #[test]
    fn postings_of_nothing_are_left_out() {
        let postings = [
            (Account::Buyer, Direction::Debit, usd(100)),
            (Account::OrganizerPayable, Direction::Credit, usd(100)),
            (Account::Tax, Direction::Credit, usd(0)),
        ];
        let sale = Transaction::new("sale", &postings).expect("it balances");
        assert_eq!(sale.postings.len(), 2);
    }
}
