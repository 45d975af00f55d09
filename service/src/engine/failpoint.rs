//! Places where a test holds the process still, to end it just there: before a call, between its answer and the commit
//! of it, after that commit.
//!
//! With the feature `failpoints` the variable `FAILPOINT` names the one place to hold at; whoever comes there says so in
//! the log, and goes no further. Without the feature, which is how the product ships, nothing of this is compiled in.

/// When, around one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// It is durable that the call will be made; it was not made.
    BeforeCall,
    /// The call was answered; nobody wrote the answer down.
    AfterCall,
    /// It stands; nothing followed from it.
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

    /// A place that nobody asks for.
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

    /// Goes on at once, unless this is the place to hold at: then never.
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
