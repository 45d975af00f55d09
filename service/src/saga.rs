//! The language of sagas: typed plans, the steps they consist of, and the machine that decides what a saga does next.
//!
//! Pure: no I/O, clock or randomness. Knows no business step (`plans`) and performs no effect (`engine`).

pub mod machine;
mod moment;
pub mod plan;
mod policy;
mod progress;
pub mod step;
mod turn;

pub use machine::{
    Cancel, Decision, Hint, Intervention, Machine, Operator, Purpose, Start, StepIn,
};
pub use moment::{Moment, Source};
pub use plan::{Committed, Definition, Ending, Open, Plan, Plans, Resolution, Settlement};
pub use policy::Policy;
pub use progress::{
    Authorized, Booked, Captured, Checked, Confirmed, Edge, Ended, Found, Freed, Held, Placed,
    Progress, Reported, Returned, Voided,
};
pub use step::{
    Act, Change, Compensable, Next, Ready, Retriable, Scene, Step, Undo, Undone, Unreadable,
    Verdict,
};
pub use turn::{Done, Effect, Event, Place, Turn};
