//! What there is in the model: two replicas, Redis, one row of the database, one participant, and what is on its way.
//!
//! Knows what each of them remembers, and nothing of what moves them.

use std::collections::BTreeSet;

/// Replicas of the service; each is asked by a caller of its own, under one and the same key.
pub(crate) const REPLICAS: usize = 2;

/// An order is named after the replica and the attempt that made it: the commit id of its first commit.
pub(crate) type OrderName = (usize, u8);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) redis: Claim,
    pub(crate) row: Option<Row>,
    /// How many orders were ever made.
    pub(crate) orders_made: u8,
    pub(crate) replicas: [Replica; REPLICAS],
    pub(crate) participant: Participant,
    /// First commits on their way to the database.
    pub(crate) begins: BTreeSet<OrderName>,
    /// Later commits on their way to the database.
    pub(crate) writes: BTreeSet<Write>,
    /// Calls on their way to the participant, by the epoch that sent them.
    pub(crate) calls: BTreeSet<(u8, Call)>,
    pub(crate) may_forget: bool,
    pub(crate) may_crash: bool,
    pub(crate) may_stall: bool,
    pub(crate) may_cancel: bool,
}

/// What Redis knows of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    Free,
    Held(OrderName),
    Done(OrderName),
}

/// The order with its saga and its key, in the database.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) order: OrderName,
    pub(crate) epoch: u8,
    pub(crate) is_leased: bool,
    pub(crate) stage: Stage,
    pub(crate) is_cancelled: bool,
    /// The last commit that applied: the same one, sent again, is known by it.
    pub(crate) last: Option<Write>,
}

/// Where the saga of one step stands, durably.
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

/// What a driver has seen of the row: this is its version.
pub(crate) type Seen = (Stage, bool);

/// A commit of a driver: where the row stands as seen at that epoch, it moves on.
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
    /// Rises with every crash: a caller that was not answered asks again.
    pub(crate) attempt: u8,
    pub(crate) request: Request,
    pub(crate) driver: Option<Driver>,
}

/// How far a caller's request has come.
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

/// Another team's service, which keeps the rules of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Participant {
    /// How often something happened.
    pub(crate) effects: u8,
    /// Whether it stands.
    pub(crate) is_in_place: bool,
    /// An undo came by: a late action is refused.
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

    /// The name that this replica gives to an order that it makes now.
    pub(crate) fn name(&self, replica: usize) -> OrderName {
        (replica, self.replicas[replica].attempt)
    }

    /// The replica whose driver is like this.
    pub(crate) fn driving(&self, is_meant: impl Fn(&Driver) -> bool) -> Option<usize> {
        (0..REPLICAS).find(|replica| {
            self.replicas[*replica]
                .driver
                .as_ref()
                .is_some_and(&is_meant)
        })
    }

    /// Orders that callers were told of.
    pub(crate) fn answers(&self) -> impl Iterator<Item = OrderName> {
        self.replicas
            .iter()
            .filter_map(|replica| match replica.request {
                Request::Answered(order) => Some(order),
                Request::Unsent | Request::Committing | Request::Settled(_) => None,
            })
    }
}
