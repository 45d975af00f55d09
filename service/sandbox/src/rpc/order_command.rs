//! The part that all commands for an order share: their key and order, and what happens when the records already know the
//! command's entity, its undo, or nothing to undo.
//!
//! Every participant has one hold, booking, payment and capture per order and one refund per refund_id, for good. So a
//! command first looks its entity up (`find`) and acts only where the records allow it (`act`).

use std::time::Duration;

use order_proto::inventory::v1::{
    CancelBookingRequest, ConfirmBookingRequest, HoldSeatsRequest, ReleaseHoldRequest,
};
use order_proto::payment::v1::{
    AuthorizePaymentRequest, CapturePaymentRequest, RefundPaymentRequest, VoidPaymentRequest,
};

use super::{Attempt, Decision, Kind, Rpc};
use crate::value::digest::Digest;
use crate::value::method::Method;
use crate::value::refusal::Refusal;
use crate::world::{Change, World};

/// The reason of a refusal: the command's undo came before it, or has ended what it made.
const UNDONE: &str = "UNDONE";

/// The fields that every command for an order has.
pub(crate) trait Keyed {
    fn key(&self) -> &str;
    fn order_id(&self) -> &str;
    fn clear_key(&mut self);
}

macro_rules! keyed {
    ($($message:ty),+ $(,)?) => {$(
        impl Keyed for $message {
            fn key(&self) -> &str {
                &self.idempotency_key
            }

            fn order_id(&self) -> &str {
                &self.order_id
            }

            fn clear_key(&mut self) {
                self.idempotency_key.clear();
            }
        }
    )+};
}

keyed!(
    HoldSeatsRequest,
    ReleaseHoldRequest,
    ConfirmBookingRequest,
    CancelBookingRequest,
    AuthorizePaymentRequest,
    CapturePaymentRequest,
    VoidPaymentRequest,
    RefundPaymentRequest,
);

/// A command for one order.
pub(crate) trait OrderCommand: Keyed + prost::Message + Clone + 'static {
    /// The response message.
    type Answer: Send + 'static;
    /// The records that the command acts on.
    type Record<'w>;
    /// The method that takes this message.
    const METHOD: Method;

    /// The time that the participant takes to answer, injected delays aside.
    fn latency(&self, _world: &World) -> Duration {
        Duration::ZERO
    }

    /// Looks up what the participant already knows of the command's entity.
    fn find<'w>(&self, world: &'w World) -> Result<Found<Self::Record<'w>, Self::Answer>, Refusal>;

    /// Acts on the records. Called only when `find` answered `Ready`.
    fn act(
        &self,
        record: Self::Record<'_>,
        attempt: Attempt,
    ) -> Result<Decision<Self::Answer>, Refusal>;
}

/// The records that a command met.
#[derive(Debug)]
pub(crate) enum Found<R, A> {
    /// No earlier command or undo: the command may act on these records.
    Ready(R),
    /// The entity exists: it is made once.
    Exists(Existing<A>),
    /// The undo came first; the text says so to the caller.
    Undone(&'static str),
    /// For an undo: there is nothing to undo. The mark refuses the command that may still arrive.
    NothingToUndo {
        /// Whether an earlier undo left the mark.
        marked: bool,
        /// The change that leaves the mark.
        mark: Change,
        answer: A,
    },
}

/// An entity that an earlier command made.
#[derive(Debug)]
pub(crate) struct Existing<A> {
    /// The content of the request that made it.
    pub(crate) content: Digest,
    /// The entity in its current state.
    pub(crate) answer: A,
    /// The refusal of another key's request while the entity is no longer usable.
    pub(crate) unusable: Option<Refusal>,
    /// The refusal of a request with another content.
    pub(crate) different: Refusal,
}

impl<A> Existing<A> {
    /// The same key, or the same content under another key, is answered with the entity; anything else is refused.
    fn decide(self, attempt: Attempt) -> Result<Decision<A>, Refusal> {
        if attempt.repeated {
            return Ok(Decision::repeated(self.answer));
        }
        if let Some(refusal) = self.unusable {
            return Err(refusal);
        }
        if self.content != attempt.content {
            return Err(self.different);
        }
        Ok(Decision::repeated(self.answer))
    }
}

impl Refusal {
    /// The command was undone: before it arrived, or after it acted.
    pub(crate) fn undone(message: &str) -> Self {
        Self::failed_precondition(UNDONE, message)
    }
}

impl<C: OrderCommand> Rpc for C {
    type Answer = C::Answer;
    const METHOD: Method = C::METHOD;

    fn kind(&self) -> Kind<'_> {
        Kind::OrderCommand { key: self.key() }
    }

    fn order_id(&self) -> &str {
        Keyed::order_id(self)
    }

    fn without_key(mut self) -> Self {
        self.clear_key();
        self
    }

    fn latency(&self, world: &World) -> Duration {
        OrderCommand::latency(self, world)
    }

    fn decide(&self, world: &World, attempt: Attempt) -> Decision<C::Answer> {
        let decided = self.find(world).and_then(|found| match found {
            Found::Ready(record) => self.act(record, attempt),
            Found::Exists(existing) => existing.decide(attempt),
            Found::Undone(message) => Err(Refusal::undone(message)),
            Found::NothingToUndo {
                marked: true,
                answer,
                ..
            } => Ok(Decision::repeated(answer)),
            Found::NothingToUndo {
                marked: false,
                mark,
                answer,
            } => Ok(Decision::done(vec![mark], answer)),
        });
        decided.unwrap_or_else(Decision::refused)
    }
}
