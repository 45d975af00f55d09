//! Points at which a test pauses the process to kill it: before a call, between its answer and the commit, after the
//! commit.
//!
//! With the feature `failpoints` the variable `FAILPOINT` names the point; a task that reaches it logs that and never
//! continues. The product is built without the feature.

/// The position relative to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// The call is durable and was not made.
    BeforeCall,
    /// The call was answered, and the answer is not written.
    AfterCall,
    /// The answer is written, and nothing followed.
    AfterCommit,
}

#[cfg(feature = "failpoints")]
pub(super) use held::{Place, reach};
#[cfg(not(feature = "failpoints"))]
pub(super) use open::{Place, reach};

#[cfg(not(feature = "failpoints"))]
mod open {
    use crate::domain::{Message, Saga};
    use crate::engine::failpoint::When;
    use crate::saga;

    /// No point: the feature is off.
    #[derive(Debug, Clone)]
    pub(crate) struct Place;

    impl Place {
        pub(crate) fn at(_: &saga::Place) -> Self {
            Self
        }

        pub(crate) fn beginning(_: &Saga) -> Self {
            Self
        }

        pub(crate) fn delivering(_: &Message) -> Self {
            Self
        }
    }

    pub(crate) async fn reach(_: Place, _: When) {}
}

#[cfg(feature = "failpoints")]
mod held {
    use std::sync::OnceLock;

    use crate::domain::{Message, Saga};
    use crate::engine::failpoint::When;
    use crate::saga::{self, Purpose};

    static HELD: OnceLock<Option<String>> = OnceLock::new();

    /// Where: plan, step and purpose, such as `book_tickets/hold_seats/undo`.
    #[derive(Debug, Clone)]
    pub(crate) struct Place(String);

    impl Place {
        pub(crate) fn at(place: &saga::Place) -> Self {
            let purpose = match place.purpose {
                Purpose::Act => "act",
                Purpose::Query => "query",
                Purpose::Undo => "undo",
            };
            Self(format!("{}/{}/{purpose}", place.kind, place.step))
        }

        pub(crate) fn beginning(saga: &Saga) -> Self {
            Self(format!("{}/begin", saga.kind))
        }

        pub(crate) fn delivering(message: &Message) -> Self {
            let kind = match message {
                Message::Usage { .. } => "usage",
                Message::Notification { .. } => "notification",
            };
            Self(format!("deliver/{kind}"))
        }
    }

    /// Returns at once, unless this is the point to pause at: then never.
    pub(crate) async fn reach(place: Place, when: When) {
        let when = match when {
            When::BeforeCall => "before_call",
            When::AfterCall => "after_call",
            When::AfterCommit => "after_commit",
        };
        let here = format!("{}/{when}", place.0);
        let asked = HELD.get_or_init(|| std::env::var("FAILPOINT").ok());
        if asked.as_deref() == Some(here.as_str()) {
            tracing::warn!("held at {here}");
            std::future::pending::<()>().await;
        }
    }
}
