//! Faults injected into methods: their order and how many calls each one still meets. Knows no request; `gate` applies them.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use order_proto::sandbox::v1::{FaultKind, SetFaultRequest};
use serde::{Deserialize, Serialize};

use crate::value::method::Method;
use crate::value::moment;
use crate::value::refusal::Refusal;

/// The longest delay that can be injected.
pub(crate) const DELAY_MAX: Duration = Duration::from_secs(3_600);
/// The most faults that can be queued for one method.
const QUEUE_MAX: usize = 100;

/// The effect of a fault on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    FailBefore,
    LoseReply,
    Delay(Duration),
    Reject,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fault {
    kind: Kind,
    /// The number of calls that it still meets; `None` lasts until Reset.
    left: Option<u32>,
}

/// The new queue of one method.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    method: Method,
    queue: VecDeque<Fault>,
}

/// The queue of every method; its faults are applied in the order in which they were injected.
#[derive(Debug, Default)]
pub(crate) struct Faults(HashMap<Method, VecDeque<Fault>>);

impl Faults {
    /// The fault that meets the next call of `method`, and the change that counts it.
    pub(crate) fn next(&self, method: Method) -> Option<(Kind, Option<Change>)> {
        let queue = self.0.get(&method)?;
        let first = queue.front()?;
        let left = match first.left {
            None => return Some((first.kind, None)),
            Some(left) => left.saturating_sub(1),
        };
        let mut queue = queue.clone();
        match queue.front_mut() {
            Some(fault) if left > 0 => fault.left = Some(left),
            Some(_) | None => drop(queue.pop_front()),
        }
        Some((first.kind, Some(Change { method, queue })))
    }

    /// The queue of the request's method with one more fault. The new fault replaces one that lasts until Reset, so that a
    /// test can end such a fault without a reset.
    pub(crate) fn injected(&self, request: &SetFaultRequest) -> Result<Change, Refusal> {
        let method = Method::with_name(&request.service, &request.method).ok_or_else(|| {
            Refusal::invalid(format!(
                "service, method: there is no method {:?} of {:?}",
                request.method, request.service
            ))
        })?;
        let fault = parse(request)?;
        let mut queue = self.0.get(&method).cloned().unwrap_or_default();
        queue.retain(|waiting| waiting.left.is_some());
        if queue.len() >= QUEUE_MAX {
            return Err(Refusal::invalid("too many faults wait on this method"));
        }
        queue.push_back(fault);
        Ok(Change { method, queue })
    }

    pub(crate) fn apply(&mut self, change: Change) {
        self.0.insert(change.method, change.queue);
    }

    pub(crate) fn dump(&self) -> impl Iterator<Item = Change> {
        self.0.iter().map(|(method, queue)| Change {
            method: *method,
            queue: queue.clone(),
        })
    }
}

fn parse(request: &SetFaultRequest) -> Result<Fault, Refusal> {
    let times = u32::try_from(request.times)
        .map_err(|_| Refusal::invalid("times: must not be negative"))?;
    let kind = match request.kind() {
        FaultKind::Unspecified => return Err(Refusal::invalid("kind: must be one of the kinds")),
        FaultKind::FailBefore => Kind::FailBefore,
        FaultKind::LoseReply => Kind::LoseReply,
        FaultKind::Reject => Kind::Reject,
        FaultKind::Delay => Kind::Delay(
            moment::length(request.delay.as_ref())
                .filter(|delay| *delay <= DELAY_MAX)
                .ok_or_else(|| Refusal::invalid("delay: must be above 0 and at most 1 h"))?,
        ),
    };
    Ok(Fault {
        kind,
        left: (times > 0).then_some(times),
    })
}
