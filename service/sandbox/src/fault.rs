//! Faults planted on methods: which come next, and for how long. Knows no request; `gate` plays them.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use order_proto::sandbox::v1::{FaultKind, SetFaultRequest};
use serde::{Deserialize, Serialize};

use crate::method::Method;
use crate::moment;
use crate::refusal::Refusal;

/// The longest delay that can be planted.
pub(crate) const DELAY_MAX: Duration = Duration::from_secs(3_600);
/// How many faults can wait on one method.
const QUEUE_MAX: usize = 100;

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    FailBefore,
    LoseReply,
    Delay(Duration),
    Reject,
}

/// One fault, and how many calls it still meets.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Fault {
    kind: Kind,
    /// `None`: until Reset.
    left: Option<u32>,
}

/// The faults of one method as they stand after a change.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    method: Method,
    queue: VecDeque<Fault>,
}

/// Every planted fault. Those of one method are played in the order they were planted.
#[derive(Debug, Default)]
pub(crate) struct Faults(HashMap<Method, VecDeque<Fault>>);

impl Faults {
    /// The fault that meets the next call of `method`, and what is left after it.
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

    /// The faults of the request's method with one more. One that stands until Reset gives way to it, so that a participant
    /// can be healed without being made to forget.
    pub(crate) fn planted(&self, request: &SetFaultRequest) -> Result<Change, Refusal> {
        let method = Method::named(&request.service, &request.method).ok_or_else(|| {
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
