//! The state of the model: two replicas, Redis, one row of the database, one participant, and the messages in transit.
//!
//! Knows the data of each, and no transition.

use std::collections::BTreeSet;

/// The number of replicas; each has a caller of its own, and all callers use the same key.
pub(crate) const REPLICAS: usize = 2;

/// The replica and the attempt that created the order. Stands for the commit id of the first commit.
pub(crate) type OrderName = (usize, u8);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) redis: Claim,
    pub(crate) row: Option<Row>,
    /// The number of orders created so far.
    pub(crate) orders_made: u8,
    pub(crate) replicas: [Replica; REPLICAS],
    pub(crate) participant: Participant,
    /// First commits in transit to the database.
    pub(crate) begins: BTreeSet<OrderName>,
    /// Later commits in transit to the database.
    pub(crate) writes: BTreeSet<Write>,
    /// Calls in transit to the participant, with the epoch that sent them.
    pub(crate) calls: BTreeSet<(u8, Call)>,
    pub(crate) may_forget: bool,
    pub(crate) may_crash: bool,
    pub(crate) may_stall: bool,
    pub(crate) may_cancel: bool,
}

/// The state of the key in Redis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    Free,
    Held(OrderName),
    Done(OrderName),
}

/// The order with its saga and its key in the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) order: OrderName,
    pub(crate) epoch: u8,
    pub(crate) is_leased: bool,
    pub(crate) stage: Stage,
    pub(crate) is_cancelled: bool,
    /// The last applied commit; a repeat of it is recognized by comparison.
    pub(crate) last: Option<Write>,
}

/// The durable state of a saga with one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Stage {
    Begun,
    Acting,
    Undoing,
    Confirmed,
    Failed,
}

impl Stage {
    pub(crate) fn is_final(self) -> bool {
        match self {
            Self::Confirmed | Self::Failed => true,
            Self::Begun | Self::Acting | Self::Undoing => false,
        }
    }
}

/// The row as a driver has read it, which serves as its version.
pub(crate) type Seen = (Stage, bool);

/// A commit of a driver: changes the row from the read state to `next` if the epoch is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Write {
    pub(crate) epoch: u8,
    pub(crate) seen: Seen,
    pub(crate) next: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Call {
    Act,
    Undo,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Replica {
    /// Rises with every crash; the caller repeats a request that was not answered.
    pub(crate) attempt: u8,
    pub(crate) request: Request,
    pub(crate) driver: Option<Driver>,
}

/// The progress of a caller's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    Unsent,
    Committing,
    Settled(OrderName),
    Answered(OrderName),
}

/// A driver in a replica's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Driver {
    pub(crate) epoch: u8,
    pub(crate) seen: Seen,
    pub(crate) phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Calling(Call),
    Writing(Stage),
}

/// The participant, which follows the rules of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Participant {
    /// The number of times that the step had an effect.
    pub(crate) effects: u8,
    /// Whether the effect exists now.
    pub(crate) is_in_place: bool,
    /// An undo was received: a later action is refused.
    pub(crate) is_marked: bool,
}

impl World {
    pub(crate) fn new() -> Self {
        let replica = Replica {
            attempt: 0,
            request: Request::Unsent,
            driver: None,
        };
        Self {
            redis: Claim::Free,
            row: None,
            orders_made: 0,
            replicas: [replica.clone(), replica],
            participant: Participant::default(),
            begins: BTreeSet::new(),
            writes: BTreeSet::new(),
            calls: BTreeSet::new(),
            may_forget: true,
            may_crash: true,
            may_stall: true,
            may_cancel: true,
        }
    }

    /// The name of an order that this replica creates now.
    pub(crate) fn name(&self, replica: usize) -> OrderName {
        (replica, self.replicas[replica].attempt)
    }

    /// The replica whose driver matches the condition.
    pub(crate) fn driving(&self, is_meant: impl Fn(&Driver) -> bool) -> Option<usize> {
        (0..REPLICAS).find(|replica| {
            self.replicas[*replica]
                .driver
                .as_ref()
                .is_some_and(&is_meant)
        })
    }

    /// The orders in the answers to callers.
    pub(crate) fn answers(&self) -> impl Iterator<Item = OrderName> {
        self.replicas
            .iter()
            .filter_map(|replica| match replica.request {
                Request::Answered(order) => Some(order),
                Request::Unsent | Request::Committing | Request::Settled(_) => None,
            })
    }
}
