//! Plans: steps in an order that the compiler checks.
//!
//! A step out of order does not compile:
//!
//! ```compile_fail,E0271
//! use order_service::{plans::book_tickets::AuthorizePayment, saga::{Placed, Plan}};
//! let _ = Plan::<Placed>::begin("book_tickets", 1).then(AuthorizePayment);
//! ```
//!
//! nor does a compensable step after the pivot:
//!
//! ```compile_fail,E0599
//! use order_service::{plans::book_tickets::*, saga::{Placed, Plan}};
//! let _ = Plan::<Placed>::begin("book_tickets", 1)
//!     .then(HoldSeats)
//!     .then(AuthorizePayment)
//!     .then(ConfirmBooking)
//!     .pivot(CapturePayment)
//!     .then(HoldSeats);
//! ```
//!
//! nor does a missing edge:
//!
//! ```compile_fail,E0277
//! use order_service::saga::{Booked, Edge, Held};
//! fn moves<From: Edge<To>, To: order_service::saga::Progress>() {}
//! moves::<Held, Booked>();
//! ```
//!
//! nor does a compensable step after a plan that starts with its pivot:
//!
//! ```compile_fail,E0599
//! use order_service::{plans::{book_tickets::HoldSeats, cancel_order::CancelBooking}, saga::{Confirmed, Plan}};
//! let _ = Plan::<Confirmed>::begin_at_pivot("cancel_order", 1, CancelBooking).then(HoldSeats);
//! ```
//!
//! nor does a refund before the seats are freed:
//!
//! ```compile_fail,E0271
//! use order_service::{plans::{RefundPayment, cancel_order::Cancel}, saga::{Confirmed, Plan}};
//! let _ = Plan::<Confirmed>::begin_at_pivot("cancel_order", 1, RefundPayment::<Cancel>::default());
//! ```
//!
//! The same steps in order compile:
//!
//! ```
//! use order_service::{plans::book_tickets::*, saga::{Authorized, Edge, Held, Placed, Plan}};
//! fn moves<From: Edge<To>, To: order_service::saga::Progress>() {}
//! moves::<Held, Authorized>();
//! let _ = Plan::<Placed>::begin("book_tickets", 1)
//!     .then(HoldSeats)
//!     .then(AuthorizePayment)
//!     .then(ConfirmBooking)
//!     .pivot(CapturePayment);
//! ```
//!
//! ```
//! use order_service::{plans::{RefundPayment, cancel_order::*}, saga::{Confirmed, Plan}};
//! let _ = Plan::<Confirmed>::begin_at_pivot("cancel_order", 1, CancelBooking)
//!     .and(RefundPayment::<Cancel>::default());
//! ```

use std::marker::PhantomData;

use crate::domain::{HoldView, OrderState, PaymentView, SagaState};
use crate::saga::progress::{Edge, Progress};
use crate::saga::step::{Act, Change, Compensable, Retriable, Scene, Step, Undo, Unreadable};

/// Before the pivot: every step can be compensated.
#[derive(Debug)]
pub struct Open;
/// After the pivot: steps are only retried.
#[derive(Debug)]
pub struct Committed;

/// A plan under construction, at the point `Here`.
#[derive(Debug)]
pub struct Plan<Here: Progress, Phase = Open> {
    kind: &'static str,
    version: u32,
    stages: Vec<Stage>,
    here: PhantomData<(Here, Phase)>,
}

/// One step with erased types.
#[derive(Debug)]
pub(crate) enum Stage {
    /// Compensated when the saga turns back.
    Compensable(Box<dyn Undo>),
    /// The pivot: compensated only if its outcome is unknown or wrong.
    Pivot(Box<dyn Undo>),
    /// A pivot without compensation: retried until answered; a refusal leaves everything unchanged.
    Decisive(Box<dyn Act>),
    /// Retried until it succeeds.
    Retriable(Box<dyn Act>),
}

impl Stage {
    pub(crate) fn act(&self) -> &dyn Act {
        match self {
            Self::Compensable(step) | Self::Pivot(step) => step.as_ref(),
            Self::Decisive(step) | Self::Retriable(step) => step.as_ref(),
        }
    }

    pub(crate) fn undo(&self) -> Option<&dyn Undo> {
        match self {
            Self::Compensable(step) | Self::Pivot(step) => Some(step.as_ref()),
            Self::Decisive(_) | Self::Retriable(_) => None,
        }
    }
}

impl<Start: Progress> Plan<Start> {
    /// An empty plan of this kind and version.
    pub fn begin(kind: &'static str, version: u32) -> Self {
        Self {
            kind,
            version,
            stages: Vec::new(),
            here: PhantomData,
        }
    }

    /// A plan that starts with its pivot: nothing has to be compensated.
    pub fn begin_at_pivot<S>(kind: &'static str, version: u32, step: S) -> Plan<S::To, Committed>
    where
        S: Retriable + Step<From = Start>,
        Start: Edge<S::To>,
    {
        let mut plan = Self::begin(kind, version);
        plan.stages.push(Stage::Decisive(Box::new(step)));
        plan.moved()
    }
}

impl<Here: Progress> Plan<Here, Open> {
    /// Adds a compensable step.
    pub fn then<S>(mut self, step: S) -> Plan<S::To, Open>
    where
        S: Compensable + Step<From = Here>,
        Here: Edge<S::To>,
    {
        self.stages.push(Stage::Compensable(Box::new(step)));
        self.moved()
    }

    /// Adds the pivot.
    pub fn pivot<S>(mut self, step: S) -> Plan<S::To, Committed>
    where
        S: Step<From = Here> + Undo,
        Here: Edge<S::To>,
    {
        self.stages.push(Stage::Pivot(Box::new(step)));
        self.moved()
    }
}

impl<Here: Progress> Plan<Here, Committed> {
    /// Adds a step that is only retried.
    pub fn and<S>(mut self, step: S) -> Plan<S::To, Committed>
    where
        S: Retriable + Step<From = Here>,
        Here: Edge<S::To>,
    {
        self.stages.push(Stage::Retriable(Box::new(step)));
        self.moved()
    }

    /// The finished plan. `complete` and `unwound` set the order's end for either outcome.
    pub fn ends(self, complete: Ending, unwound: Ending) -> Definition {
        Definition {
            kind: self.kind,
            version: self.version,
            stages: self.stages,
            complete,
            unwound,
            yields_to_cancel: false,
            resolution: None,
            after_end: None,
        }
    }
}

impl Definition {
    /// The same plan, which turns back before its next call once its order is being cancelled.
    pub fn yielding_to_cancel(self) -> Self {
        Self {
            yields_to_cancel: true,
            ..self
        }
    }

    /// The same plan, whose answers that arrive after a person ended the saga are looked into by a saga of this kind and
    /// version.
    pub fn followed_up_by(self, kind: &'static str, version: u32) -> Self {
        Self {
            after_end: Some((kind, version)),
            ..self
        }
    }

    /// The same plan, which ResolveSaga may end.
    pub fn resolved_by(self, resolution: Resolution) -> Self {
        Self {
            resolution: Some(resolution),
            ..self
        }
    }
}

impl<Here: Progress, Phase> Plan<Here, Phase> {
    fn moved<To: Progress, NextPhase>(self) -> Plan<To, NextPhase> {
        Plan {
            kind: self.kind,
            version: self.version,
            stages: self.stages,
            here: PhantomData,
        }
    }
}

/// The plans that a machine can name: a saga that begins where another ends is found by kind and version.
pub trait Plans: std::fmt::Debug + Sync {
    /// The plan of this kind and version, if this binary knows it.
    fn plan(&self, kind: &str, version: u32) -> Option<&Definition>;
}

/// How an order was settled outside, and what the participants answer about it.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The state in which the order ends.
    pub order_state: OrderState,
    /// The payment as GetPayment answers it.
    pub payment: PaymentView,
    /// The hold as GetHold answers it.
    pub hold: HoldView,
}

/// How an order ends when its saga does.
pub type Ending = fn(&Scene<'_>, &mut Change) -> Result<(), Unreadable>;

/// The end of a saga whose order an operator settled outside. Error: how the participants contradict it.
pub type Resolution = fn(&Scene<'_>, &Settlement, &mut Change) -> Result<SagaState, String>;

#[derive(Debug)]
pub struct Definition {
    pub(crate) kind: &'static str,
    pub(crate) version: u32,
    pub(crate) stages: Vec<Stage>,
    pub(crate) complete: Ending,
    pub(crate) unwound: Ending,
    pub(crate) yields_to_cancel: bool,
    pub(crate) resolution: Option<Resolution>,
    pub(crate) after_end: Option<(&'static str, u32)>,
}
