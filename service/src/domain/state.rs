//! The state diagrams of orders, tickets, payments and refunds: which states there are, and which moves.

/// A text that names no state of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of this kind")]
pub struct UnknownState(pub String);

/// An enum whose variants have one stored name each.
macro_rules! named_states {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every state there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name that is stored and shown.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::state::UnknownState;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    other => Err($crate::domain::state::UnknownState(other.to_owned())),
                }
            }
        }
    };
}
pub(crate) use named_states;

named_states!(
    /// The state of an order.
    OrderState {
        /// The booking is under way, or unwinds.
        Pending = "PENDING",
        /// The buyer must act.
        AwaitingPayment = "AWAITING_PAYMENT",
        Confirmed = "CONFIRMED",
        /// No booking was made, and everything is undone.
        Failed = "FAILED",
        /// Out of time, and everything is undone.
        Expired = "EXPIRED",
        /// A cancel is under way.
        Cancelling = "CANCELLING",
        /// Cancelled: seats free, money returned.
        Cancelled = "CANCELLED",
    }
);

named_states!(
    /// The state of a ticket.
    TicketState {
        /// Asked for or held.
        Held = "HELD",
        Booked = "BOOKED",
        /// Void; the seat is free.
        Cancelled = "CANCELLED",
    }
);

named_states!(
    /// The state of a payment.
    PaymentState {
        Pending = "PENDING",
        /// The buyer must confirm it.
        RequiresAction = "REQUIRES_ACTION",
        Authorized = "AUTHORIZED",
        Captured = "CAPTURED",
        Declined = "DECLINED",
        Voided = "VOIDED",
        PartiallyRefunded = "PARTIALLY_REFUNDED",
        Refunded = "REFUNDED",
    }
);

named_states!(
    /// The state of a refund.
    RefundState {
        Pending = "PENDING",
        /// The money is returned.
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
    }
);

impl OrderState {
    /// Whether no booking is under way any more. A CONFIRMED order is at rest too, though it may still be cancelled.
    pub const fn is_at_rest(self) -> bool {
        match self {
            Self::Confirmed | Self::Failed | Self::Expired | Self::Cancelled => true,
            Self::Pending | Self::AwaitingPayment | Self::Cancelling => false,
        }
    }

    /// Whether the diagram has an edge from here to `next`. Staying is no move, and always allowed.
    pub fn may_become(self, next: Self) -> bool {
        self == next || self.edges().contains(&next)
    }

    /// Whether a person who settled the order outside may take it from here to `end`.
    pub const fn may_be_settled(self, end: Self) -> bool {
        let is_open = matches!(
            self,
            Self::Pending | Self::AwaitingPayment | Self::Cancelling
        );
        is_open && matches!(end, Self::Confirmed | Self::Failed | Self::Cancelled)
    }

    const fn edges(self) -> &'static [Self] {
        match self {
            Self::Pending => &[
                Self::AwaitingPayment,
                Self::Confirmed,
                Self::Failed,
                Self::Expired,
                Self::Cancelling,
            ],
            Self::AwaitingPayment => &[
                Self::Pending,
                Self::Confirmed,
                Self::Failed,
                Self::Expired,
                Self::Cancelling,
            ],
            Self::Confirmed => &[Self::Cancelling],
            Self::Cancelling => &[
                Self::Cancelled,
                Self::Confirmed,
                Self::Failed,
                Self::Expired,
            ],
            Self::Failed | Self::Expired | Self::Cancelled => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_order_never_moves() {
        for ended in [
            OrderState::Failed,
            OrderState::Expired,
            OrderState::Cancelled,
        ] {
            for next in OrderState::ALL {
                assert_eq!(
                    ended.may_become(*next),
                    ended == *next,
                    "{ended:?} to {next:?}"
                );
            }
        }
    }

    #[test]
    fn a_confirmed_order_can_only_be_cancelled() {
        for next in OrderState::ALL {
            let allowed = matches!(next, OrderState::Confirmed | OrderState::Cancelling);
            assert_eq!(OrderState::Confirmed.may_become(*next), allowed, "{next:?}");
        }
    }

    #[test]
    fn every_state_is_read_back_by_its_name() {
        for state in OrderState::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        assert!("confirmed".parse::<OrderState>().is_err());
    }
}
